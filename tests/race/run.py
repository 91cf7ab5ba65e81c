#!/usr/bin/env python3
"""Lets eight threads at the objects of each noun, under ThreadSanitizer.

usage: python tests/race/run.py [--build] [--rounds 20] [--python PYTHON] [SCENE ...]

A scene is race_<noun>.cpp beside this file. What of native/ knows no Python is built for Linux as
it is, with mingw's headers, over a small Windows of our own (windows/). Needs clang with its
runtimes (Debian: clang, libclang-rt-dev), and mingw-w64's headers.

With --python, all of _native is built for a Python of Linux in the same way, and that runs
tests/reliability/racing.py: meant for one without a GIL (Debian's source of CPython, built with
--disable-gil), since none is to be had for Windows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Source = TypeVar("Source")

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STATE = ROOT / ".ntpages" / "race"
SCENES = sorted(path.stem.removeprefix("race_") for path in HERE.glob("race_*.cpp"))

# mingw's headers, as they are for a Linux-like machine with 64-bit longs (Cygwin); a wchar_t of 16
# bits, and so no code of the C++ library's that was built for 32.
WINDOWS = [
    *("-fshort-wchar", "-fdeclspec", "-D__CYGWIN__", "-D_WIN64", "-D_GLIBCXX_EXTERN_TEMPLATE=0"),
    *("-DUNICODE", "-D_UNICODE", "-DNOMINMAX", "-DWIN32_LEAN_AND_MEAN", "-D_WIN32_WINNT=0x0A00"),
    *("-idirafter", "/usr/share/mingw-w64/include"),
    *("-Wno-everything", f"-I{ROOT}"),  # other compilers warn of these files
]
FLAGS = [
    *("-std=c++20", "-O1", "-gline-tables-only"),
    *("-fno-omit-frame-pointer", "-ffunction-sections"),
]
SANITIZED = "-fsanitize=thread"
BINDING = ["-std=c++20", "-O1", "-fPIC", "-fvisibility=hidden"]
LIBRARY = ROOT / "native" / "library.hpp"
ONLY_MEMORY_LACKS_IT = HERE / "windows" / "memory.cpp"


def sources() -> list[Path]:
    """What every scene is linked with: the work of their nouns, and the Windows below it."""
    native = ROOT / "native"
    rooms = [native, native / "system", *(native / noun for noun in SCENES)]
    work = [
        path
        for room in rooms
        for path in room.glob("*.cpp")
        if not path.stem.endswith("binding") and path.stem != "module"
    ]
    return sorted([*work, *(HERE / "windows").glob("*.cpp"), HERE / "main.cpp"])


def compiled(source: Path) -> Path:
    """Compile one file, if it or any header changed since; a header is precompiled."""
    header = source == LIBRARY
    made = STATE / source.relative_to(ROOT).with_suffix(".pch" if header else ".o")
    made.parent.mkdir(parents=True, exist_ok=True)
    headers = [*(ROOT / "native").rglob("*.hpp"), *HERE.rglob("*.hpp"), Path(__file__)]
    newest = max(path.stat().st_mtime for path in (source, *headers))
    if not made.exists() or made.stat().st_mtime < newest:
        options = [SANITIZED, "-include-pch", str(STATE / "native" / "library.pch")]
        if header:
            options = [SANITIZED, "-xc++-header"]
        elif source == ONLY_MEMORY_LACKS_IT:
            options = []
        command = ["clang++", *FLAGS, *options, *WINDOWS, "-c", str(source), "-o", str(made)]
        subprocess.run(command, check=True)
    return made


def every_core(make: Callable[[Source], Path], sources: Iterable[Source]) -> list[Path]:
    """Make a file of each source, as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(make, sources))


def linked(objects: list[Path], scene: str) -> Path:
    """The program of a scene, linked if anything in it changed since."""
    objects = [*objects, compiled(HERE / f"race_{scene}.cpp")]
    program = STATE / scene
    newest = max(path.stat().st_mtime for path in objects)
    if not program.exists() or program.stat().st_mtime < newest:
        # What no scene comes to call goes, and the functions of Windows that it would have called.
        link = ["clang++", SANITIZED, "-Wl,--gc-sections", "-pthread"]
        subprocess.run([*link, *map(str, objects), "-o", str(program)], check=True)
    return program


def programs(scenes: list[str]) -> list[Path]:
    """Build what plays scenes."""
    compiled(LIBRARY)
    return every_core(partial(linked, every_core(compiled, sources())), scenes)


def module(python: str) -> Path:
    """Build ntpages for a Python of Linux; the folder to import it from."""
    asked = "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'))"
    include, suffix = subprocess.check_output([python, "-c", asked], text=True).split()
    folder = STATE / f"module{suffix}"
    tools = ROOT / ".ntpages" / "tools" / "lib"
    [pybind11] = tools.glob("python3*/site-packages/pybind11/include")
    docstrings = [str(ROOT / "native" / "docstrings.py"), str(folder / "docstrings")]
    subprocess.run([python, *docstrings, str(ROOT / "python" / "ntpages" / "_native")], check=True)

    def compile_one(source: Path) -> Path:
        made = folder / source.relative_to(ROOT).with_suffix(".o")
        made.parent.mkdir(parents=True, exist_ok=True)
        places = [f"-I{folder}", f"-I{pybind11}", f"-I{include}"]
        command = ["clang++", *BINDING, *WINDOWS, *places, "-c", str(source), "-o", str(made)]
        subprocess.run(command, check=True)
        return made

    work = [*(ROOT / "native").rglob("*.cpp"), *(HERE / "windows").glob("*.cpp")]
    objects = map(str, every_core(compile_one, work))
    site = folder / "site"
    shutil.copytree(ROOT / "python" / "ntpages", site / "ntpages", dirs_exist_ok=True)
    (site / "winreg.py").write_text("def __getattr__(_):\n    return 0\n")  # nobody asks it
    # Functions that no race calls need not be there: they are looked for when they are called.
    lazy = "import os, sys\nsys.setdlopenflags(os.RTLD_LAZY)\n"
    (site / "sitecustomize.py").write_text(lazy)
    link = ["clang++", "-shared", "-Wl,-Bsymbolic", "-Wl,-z,lazy", "-pthread"]
    made = site / "ntpages" / f"_native{suffix}"
    subprocess.run([*link, *objects, "-o", str(made)], check=True)
    return site


def race_in(python: str, nouns: list[str], rounds: int) -> bool:
    """Race the compiled classes of nouns in a Python of Linux."""
    environment = {**os.environ, "PYTHONPATH": f"{module(python)}:{ROOT / 'tests'}"}
    racing = [python, str(ROOT / "tests" / "reliability" / "racing.py")]
    broken = [
        noun
        for noun in nouns
        if subprocess.run([*racing, noun, str(rounds)], check=False, env=environment).returncode
    ]
    sys.stdout.write(f"{python}: {'BROKEN: ' + ', '.join(broken) if broken else 'fine'}\n")
    return not broken


def at_fixed_addresses() -> list[str]:
    """What begins a command, where it may: older sanitizers want addresses less random."""
    fixed = ["setarch", "--addr-no-randomize"]
    able = shutil.which(fixed[0]) and not subprocess.run([*fixed, "true"], check=False).returncode
    return fixed if able else []


def play(program: Path, rounds: int) -> bool:
    """Run one scene; whether it went without a race."""
    done = subprocess.run(
        [*at_fixed_addresses(), str(program), str(rounds)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1 second_deadlock_stack=1"},
    )
    verdict = "BROKEN" if done.returncode else "fine"
    sys.stdout.write(f"{program.name}: {rounds} rounds, {verdict}\n")
    if done.returncode:
        sys.stderr.write(done.stderr)
    return done.returncode == 0


def main() -> int:
    """Play what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="of each scene")
    parser.add_argument("--build", action="store_true", help="what plays them, and play none")
    parser.add_argument("--python", help="a Python of Linux, whose own threads are raced instead")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of: {', '.join(SCENES)}")
    arguments = parser.parse_args()
    if arguments.python:
        nouns = arguments.scenes or sorted(path.name for path in (ROOT / "native").glob("*/"))
        return 0 if race_in(arguments.python, nouns, arguments.rounds) else 1
    built = programs(arguments.scenes or SCENES)
    played = [play(program, arguments.rounds) for program in built if not arguments.build]
    return 0 if all(played) else 1


if __name__ == "__main__":
    sys.exit(main())
