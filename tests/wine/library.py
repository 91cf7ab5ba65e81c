"""Puts Python's standard library, compiled, into the archive where the Python that runs this looks.

Under Wine each question about a file goes to two other processes: to import a module from a folder
takes several, from an archive fewer. What is raised still names the files in the folder.

usage: python.exe library.py
"""

from __future__ import annotations

import py_compile
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "exe"))

from assemble import BASE, PYTHON, modules  # type: ignore[import-not-found]

if __name__ == "__main__":
    made = BASE / f"{PYTHON}.zip"
    writing = made.with_suffix(".new")
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(writing, "w") as archive:
        compiled = str(Path(scratch) / "module.pyc")
        for name in sorted(modules(BASE / "Lib", Path())):
            py_compile.compile(str(BASE / "Lib" / name), compiled, doraise=True)
            archive.write(compiled, name.with_suffix(".pyc"))
    writing.replace(made)
