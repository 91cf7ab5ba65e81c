"""A second opinion: clang, for ARM64 of all that is shipped, for x86 of the rest that is built."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wine.build import BUILD
from wine.packages import COMPILER
from wine.state import ROOT, STATE, call, say
from wine.witnesses import ZIG

_KEPT = re.compile("-[DIW](?!no-)|-std=")  # what GCC shall not warn of is its own affair
# What MSVC warns of as well, and GCC doesn't: conversions that may lose something.
_LIKE_MSVC = ("-Wshorten-64-to-32", "-Wimplicit-int-conversion", "-Wimplicit-int-float-conversion")

_INCLUDED = re.compile('^#include "(.*)"$', re.MULTILINE)

_OF_X86 = "_M_X64"
_SHIPPED = {"native", "bench", "exe"}
_LIBRARY = ROOT / "native" / "library.hpp"
_BEGINNINGS = {"native": "bind.hpp", "bench": "bare.hpp"}  # as CMakeLists.txt precompiles them

# libc++ is told by macros how it was built, where no build has written them down.
_LIBCXX = {
    "ABI_VERSION": "1",
    "ABI_NAMESPACE": "__1",
    "ASSERTION_SEMANTIC_DEFAULT": "_LIBCPP_ASSERTION_SEMANTIC_HARDENING_DEPENDENT",
    "HARDENING_MODE_DEFAULT": "_LIBCPP_HARDENING_MODE_NONE",
    "PSTL_BACKEND_SERIAL": "1",
    "HAS_MUSL_LIBC": "0",
    "HAS_TIME_ZONE_DATABASE": "0",
    "HAS_VENDOR_AVAILABILITY_ANNOTATIONS": "0",
    "HAS_THREAD_API_WIN32": "1",
    **{
        f"HAS_{part}": "1"
        for part in (
            *("FILESYSTEM", "LOCALIZATION", "MONOTONIC_CLOCK", "RANDOM_DEVICE"),
            *("TERMINAL", "THREADS", "UNICODE", "WIDE_CHARACTERS"),
        )
    },
}


@dataclass(frozen=True)
class Source:
    """A file of the build, with those flags of its GCC command that mean the same to clang."""

    path: Path
    flags: tuple[str, ...]

    @classmethod
    def of(cls, entry: dict[str, str]) -> list[Source]:
        """The one of an entry, or all that were put together to be compiled at once."""
        words = shlex.split(entry["command"])
        # What CMake defines for a DLL alone says nothing here, and would part what is precompiled.
        kept = [each for each in words if _KEPT.match(each) and not each.endswith("_EXPORTS")]
        systems = [at for at, word in enumerate(words) if word == "-isystem"]
        kept += [f"-isystem{words[at + 1]}" for at in systems]
        path = Path(entry["file"])
        together = _INCLUDED.findall(path.read_text()) if path.name.startswith("unity_") else [path]
        return [cls(Path(each), tuple(kept)) for each in together]

    @property
    def room(self) -> str:
        return self.path.relative_to(ROOT).parts[0]

    @property
    def for_arm(self) -> bool:
        return self.room in _SHIPPED

    @property
    def for_x86(self) -> bool:
        """Whether it is for x86 alone, or has lines that are."""
        return not self.for_arm or _OF_X86 in self.path.read_text(encoding="utf-8")

    @property
    def beginning(self) -> Path:
        """A header that takes longer to parse than all that follows: Python's, or the library's."""
        python = any("pybind11" in flag for flag in self.flags)
        return ROOT / self.room / _BEGINNINGS[self.room] if python else _LIBRARY


@dataclass(frozen=True)
class Clang:
    """A clang, and the Windows that it parses for."""

    processor: str
    command: tuple[str | Path, ...]

    def tree(self, source: Source, namespace: str) -> list[Any]:
        """What it understood of a namespace: a tree for each time that one is opened."""
        asked = ("-ast-dump=json", f"-ast-dump-filter={namespace}")
        options = ("-fsyntax-only", *(word for each in asked for word in ("-Xclang", each)))
        text = call([*self.command, *source.flags, *options, source.path], cwd=BUILD)
        trees, decoder = [], json.JSONDecoder()
        while text := text.lstrip():
            tree, end = decoder.raw_decode(text)
            trees.append(tree)
            text = text[end:]
        return trees

    def refuses(self, source: Source, *options: str | Path) -> bool:
        """Whether it finds anything to say, which is shown."""
        command = [*self.command, *source.flags, *_LIKE_MSVC, *options, source.path]
        done = subprocess.run(command, cwd=BUILD, capture_output=True, check=False)
        sys.stderr.write(done.stderr.decode(errors="replace"))
        return done.returncode != 0

    def precompile(self, header: Path, flags: tuple[str, ...]) -> tuple[str | Path, ...]:
        """Parse such a beginning, and return how to use it."""
        made = STATE / "clang" / f"{self.processor}-{header.stem}.pch"
        options = ("-xc++-header", "-fpch-instantiate-templates", "-o", made)
        return () if self.refuses(Source(header, flags), *options) else ("-include-pch", made)


def built() -> list[Source]:
    """Every source of the build that somebody wrote."""
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    sources = {source.path: source for each in entries for source in Source.of(each)}
    ours = (path for path in sources if path.suffix == ".cpp" and not path.is_relative_to(STATE))
    return [sources[path] for path in ours]


def check() -> int:
    """Parse what was built; the number of files that are refused."""
    sources = built()
    arm = [(aarch64(), each) for each in sources if each.for_arm]
    x86 = [(x86_64(), each) for each in sources if each.for_x86]
    say(f"clang on {len(arm)} files for ARM64, and on {len(x86)} for x86")
    jobs = arm + x86
    (STATE / "clang").mkdir(exist_ok=True)
    beginnings = {(clang, source.beginning): source.flags for clang, source in jobs}
    with ThreadPoolExecutor() as pool:
        begun = {
            (clang, header): pool.submit(clang.precompile, header, flags)
            for (clang, header), flags in beginnings.items()
        }

        def refuses(job: tuple[Clang, Source]) -> bool:
            clang, source = job
            return clang.refuses(source, "-fsyntax-only", *begun[clang, source.beginning].result())

        return sum(pool.map(refuses, jobs))


def x86_64() -> Clang:
    """Debian's, with the headers and the C++ library of MinGW GCC."""
    gcc = [COMPILER, "-print-file-name=include"]
    library = Path(call(gcc).strip()) / "c++"
    folders = (library, library / "x86_64-w64-mingw32")
    command = ("clang++", "--target=x86_64-w64-mingw32")
    return Clang("x86_64", (*command, *(f"-isystem{each}" for each in folders)))


def aarch64() -> Clang:
    """Zig's, which has headers and a C++ library of its own."""
    include = ZIG / "lib"
    folders = (
        *(include / name / "include" for name in ("libcxx", "libcxxabi", ".")),
        include / "libc" / "include" / "any-windows-any",
    )
    macros = (f"-D_LIBCPP_{name}={value}" for name, value in _LIBCXX.items())
    command: tuple[str | Path, ...] = (ZIG / "zig", "clang", "--target=aarch64-w64-windows-gnu")
    command += ("-nostdinc", *macros)
    return Clang("aarch64", (*command, *(f"-isystem{each}" for each in folders)))
