"""Makes a folder with ntpages.exe and all that it needs, for machines without Python.

usage: assemble.py LAUNCHER FOLDER

The Python that runs this gives itself: its DLLs, its standard library in one archive, and those of
the packages installed in it that ntpages needs, with the extra ``tui``.
"""

from __future__ import annotations

import py_compile
import re
import shutil
import sys
import tempfile
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRA = "tui"  # small, and what most people start
PYTHON = f"python3{sys.version_info.minor}"
BASE = Path(sys.base_prefix)

# Of the standard library: what ntpages and its packages never import, and megabytes large.
LEFT_OUT = {
    "__pycache__",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tkinter",
    "turtledemo",
    "venv",
}
DLLS_LEFT_OUT = re.compile(r"_test|_tkinter|tcl|tk8|_msi|winsound|_ssl|libssl|libcrypto|_hashlib")


def needed(name: str, seen: set[str]) -> Iterator[Distribution]:
    """Yield an installed distribution and all that it requires."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # required on other systems alone
    yield found
    for requirement in found.requires or ():
        said, _, marker = requirement.partition(";")
        extra = re.search(r"extra\s*==\s*['\"](\w+)", marker)
        if not extra or (key == "ntpages" and extra[1] == EXTRA):
            match = re.match(r"[\w.-]+", said)
            assert match
            yield from needed(match[0], seen)


def copy_packages(folder: Path) -> None:
    """Copy ntpages and what it needs."""
    for package in needed("ntpages", set()):
        for file in package.files or ():
            if ".." in file.parts or "__pycache__" in file.parts:
                continue
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(str(package.locate_file(file))), target)


def copy_python(folder: Path) -> None:
    """Copy the interpreter: its DLLs, and its licence."""
    names = (f"{PYTHON}.dll", "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll")
    files = [BASE / name for name in names if (BASE / name).exists()]
    files += [
        path
        for path in (BASE / "DLLs").iterdir()
        if path.suffix in {".dll", ".pyd"} and not DLLS_LEFT_OUT.match(path.name)
    ]
    for file in files:
        shutil.copyfile(file, folder / file.name)
    shutil.copyfile(BASE / "LICENSE.txt", folder / "LICENSE-python.txt")
    # Says where modules are, and that no variable and no folder of the user's is one of them.
    (folder / f"{PYTHON}._pth").write_text(f"{PYTHON}.zip\n.\nsite-packages\n", encoding="ascii")


def modules(library: Path, folder: Path) -> Iterator[Path]:
    """Yield the modules of the standard library below one of its folders, by paths from its top."""
    for path in (library / folder).iterdir():
        if path.is_dir() and path.name not in LEFT_OUT:
            yield from modules(library, folder / path.name)
        elif path.suffix == ".py":
            yield folder / path.name


def archive_library(archive: Path) -> None:
    """Write the standard library, compiled, into one archive."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        compiled = str(Path(scratch) / "module.pyc")
        for name in sorted(modules(BASE / "Lib", Path())):
            source = BASE / "Lib" / name
            py_compile.compile(str(source), compiled, name.as_posix(), doraise=True, optimize=1)
            written.write(compiled, name.with_suffix(".pyc"))


def assemble(launcher: Path, folder: Path) -> int:
    """Make the folder anew, and return its bytes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(launcher, folder / "ntpages.exe")
    copy_python(folder)
    copy_packages(folder / "site-packages")
    archive_library(folder / f"{PYTHON}.zip")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    size = assemble(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{sys.argv[2]}: {size / (1 << 20):.1f} MiB")  # noqa: T201
