"""A second opinion: clang, for the same target, with the flags the build uses."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wine.build import BUILD
from wine.packages import COMPILER
from wine.state import say

_KEPT = ("-D", "-I", "-W", "-std=")
# What MSVC warns of as well, and GCC doesn't: conversions that may lose something.
_LIKE_MSVC = ("-Wshorten-64-to-32", "-Wimplicit-int-conversion", "-Wimplicit-int-float-conversion")


def check() -> int:
    """Parse every source of the build with clang; the number of files it refuses."""
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    say(f"clang on {len(entries)} files")
    with ThreadPoolExecutor() as pool:
        return sum(pool.map(_refuses, entries))


def _refuses(entry: dict[str, str]) -> bool:
    command = [
        *("clang++", "--target=x86_64-w64-mingw32", "-fsyntax-only"),
        *_flags(shlex.split(entry["command"])),
        *_LIKE_MSVC,
        *(f"-isystem{folder}" for folder in _library_folders()),
        entry["file"],
    ]
    done = subprocess.run(command, cwd=BUILD, capture_output=True, check=False)
    sys.stderr.write(done.stderr.decode(errors="replace"))
    return done.returncode != 0


def _flags(words: list[str]) -> list[str]:
    """Those flags of a GCC command line that mean the same to clang."""
    kept = [word for word in words if word.startswith(_KEPT)]
    systems = [at for at, word in enumerate(words) if word == "-isystem"]
    return kept + [f"-isystem{words[at + 1]}" for at in systems]


def _library_folders() -> list[Path]:
    """Where MinGW GCC keeps its C++ library, which clang does not look for."""
    include = subprocess.run(
        [COMPILER, "-print-file-name=include"], capture_output=True, text=True, check=True
    ).stdout.strip()
    library = Path(include) / "c++"
    return [library, library / "x86_64-w64-mingw32"]
