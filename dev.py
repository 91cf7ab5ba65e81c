#!/usr/bin/env python3
"""Builds, runs and tests ntpages, on Windows or on Linux, from a machine with nothing on it.

usage: python3 dev.py VERB [ARGUMENTS]

{verbs}

On Linux the host is a real Windows Python under Wine (tests/wine). Everything made is kept
in .ntpages/, which is safe to delete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent
DIST = ROOT / "dist"
ROOMS = [
    ROOT / room for room in ("native", "python", "bench", "exe", "CMakeLists.txt", "pyproject.toml")
]
TOUR = ROOT / "tests" / "ntlab" / "tour.py"
RELEASE = ("--config", "Release")
GITHUB = ROOT / ".github"
FORMS = {"workflows": GITHUB / "workflows", "issue-forms": GITHUB / "ISSUE_TEMPLATE"}
METADATA = ROOT / "tests" / "microsoft" / "metadata.py"
EVERY_CORE = ("--numprocesses=auto",)  # tests/conftest.py says what this means
TYPED = ("python", "tests", "bench", "exe", "--exclude=^tests/wine/")


class Host(Protocol):
    """A Windows Python with ntpages installed, wherever it runs."""

    def prepare(self, *verbs: str) -> None:
        """Bring everything that verbs need up to date."""

    def python(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Run the Python on our streams, and return its exit code."""

    def test_environment(self) -> dict[str, str]:
        """The variables that say where what only the tests load is."""

    def wheels(self, *, every: bool) -> Iterable[Path]:
        """The built wheel; if wished, one for every Python there is."""

    def launcher(self) -> Path:
        """The built ntpages.exe, which needs a Python beside it."""

    def tool(self, name: str, *arguments: str) -> int:
        """Run a linter, and return its exit code."""

    def compiler_check(self) -> int:
        """How many files a second compiler refuses."""

    def metadata_environment(self) -> dict[str, str]:
        """The variables that say where Microsoft's metadata is."""

    def coverage(self, arguments: Sequence[str]) -> int:
        """Run the tests with every line counted, and print which were not run."""

    def trap(self, arguments: Sequence[str]) -> int:
        """Run the tests with a build that undefined behaviour ends."""

    def interrupted(self) -> None:
        """Leave no process behind."""

    def clean(self) -> None:
        """Remove all state."""


class Windows:
    """The machine itself: a virtual environment, and the compiler that is installed."""

    state = ROOT / ".ntpages"
    scripts = state / "venv" / "Scripts"
    build = state / "build"
    build32 = state / "build32"

    def prepare(self, *verbs: str) -> None:
        if not self.scripts.exists():
            venv.create(self.state / "venv", with_pip=True)
            self._pip("install", "pip>=25.1")  # it knows dependency groups
        groups = {"lint": ("lint", "metadata"), "docs": ("docs",)}
        for group in (group for verb in verbs for group in groups.get(verb, ())):
            self._pip("install", f"--group={ROOT / 'pyproject.toml'}:{group}")

        # Folders count too: their time changes when a file is removed.
        inputs = [path for room in ROOMS for path in [room, *room.rglob("*")] if path.exists()]
        newest = max(path.stat().st_mtime for path in inputs if "__pycache__" not in path.parts)
        built = self.state / "built"
        if not built.exists() or built.stat().st_mtime < newest:
            self._pip("install", f"--group={ROOT / 'pyproject.toml'}:build")
            settings = (f"build-dir={self.build}", "cmake.define.NTPAGES_LAB=ON")
            options = [f"--config-settings={setting}" for setting in settings]
            self._pip("install", "--no-build-isolation", *options, f"{ROOT}[dev]")
            built.touch()

    def _pip(self, *arguments: str) -> None:
        if self.python("-m", "pip", "--quiet", "--disable-pip-version-check", *arguments):
            sys.exit(1)

    def python(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        command = [str(self.scripts / "python"), *arguments]
        return subprocess.run(command, env={**os.environ, **(env or {})}, check=False).returncode

    def test_environment(self) -> dict[str, str]:
        self._cmake("-S", str(ROOT), "-B", str(self.build32), "-AWin32", "-DNTPAGES_LAB=ON")
        self._cmake("--build", str(self.build32), *RELEASE, "--target", "target")
        self._cmake("--build", str(self.build), *RELEASE, "--target", "ntlab", "target", "numbers")
        return {
            "NTPAGES_LAUNCHER_EXE": str(self.launcher()),
            "NTPAGES_LAB_DLL": str(self.build / "ntlab.dll"),
            "NTPAGES_TARGET_EXE": str(self.build / "target.exe"),
            "NTPAGES_TARGET32_EXE": str(self.build32 / "target.exe"),
        }

    def _cmake(self, *arguments: str) -> None:
        if self.tool("cmake", *arguments):
            sys.exit(1)

    def wheels(self, *, every: bool) -> Iterable[Path]:
        if every:
            sys.exit("dev.py: here there is one Python: cibuildwheel builds for all")
        self._pip("wheel", "--no-build-isolation", "--no-deps", str(ROOT), f"-w{self.state}")
        return self.state.glob("*.whl")

    def launcher(self) -> Path:
        self._cmake("--build", str(self.build), *RELEASE, "--target", "launcher")
        return next(self.build.rglob("ntpages.exe"))

    def tool(self, name: str, *arguments: str) -> int:
        command = [str(self.scripts / name), *arguments]
        return subprocess.run(command, cwd=ROOT, check=False).returncode

    def compiler_check(self) -> int:
        return 0  # one compiler here, and it treats warnings as errors

    def metadata_environment(self) -> dict[str, str]:
        return {}

    def coverage(self, arguments: Sequence[str]) -> int:
        del arguments
        sys.exit("dev.py: lines are counted by GCC, so on Linux")

    def trap(self, arguments: Sequence[str]) -> int:
        del arguments
        sys.exit("dev.py: undefined behaviour is trapped by GCC, so on Linux")

    def interrupted(self) -> None:
        pass

    def clean(self) -> None:
        shutil.rmtree(self.state, ignore_errors=True)


def setup(host: Host, arguments: Sequence[str]) -> int:
    """Set up what verbs need, for all of them at once, and run none: setup [VERB ...]."""
    if unknown := " ".join(each for each in arguments if each not in VERBS):
        print(f"dev.py: there is no {unknown}", file=sys.stderr)
        return 1
    host.prepare(*(arguments or VERBS))
    return 0


def demo(host: Host, _arguments: Sequence[str]) -> int:
    """Set up everything, do the main job (ntpages defrag) and show what else there is."""
    return host.python(str(TOUR), env=host.test_environment())


def test(host: Host, arguments: Sequence[str]) -> int:
    """Run the tests: test [PYTEST ARGUMENTS]."""
    if not Path.cwd().is_relative_to(ROOT):
        os.chdir(ROOT)
    return host.python("-m", "pytest", *EVERY_CORE, *arguments, env=host.test_environment())


def bench(host: Host, arguments: Sequence[str]) -> int:
    """Run the benchmarks: bench [ARGUMENTS of `ntpages bench`]."""
    # What this host has nothing of, the laboratory answers.
    return host.python("-m", "ntpages", "bench", *arguments, env=host.test_environment())


def figures(host: Host, arguments: Sequence[str]) -> int:
    """Measure all that bench/README.md shows, and write it: figures [ARGUMENTS of bench]."""
    os.chdir(ROOT)
    saved = Path("bench", "reference.json")
    return bench(host, ("--save", str(saved), *arguments)) or python(host, ("docs/figures.py",))


def run(host: Host, arguments: Sequence[str]) -> int:
    """Run the ntpages command: run ARGUMENTS."""
    return host.python("-m", "ntpages", *arguments)


def python(host: Host, arguments: Sequence[str]) -> int:
    """Run the host's Python, with ntpages installed: python ARGUMENTS."""
    return host.python(*arguments)


def lint(host: Host, arguments: Sequence[str]) -> int:
    """Check style, types, and what other compilers and Microsoft's metadata say: lint [--fix]."""
    rooms = [ROOT / room for room in ("native", "tests", "bench", "exe")]
    sources = [str(path) for room in rooms for path in room.rglob("*.?pp")]
    if "--fix" in arguments:
        host.tool("ruff", "check", "--fix", ".")
        host.tool("ruff", "format", ".")
        host.tool("clang-format", "-i", *sources)
    checks: dict[str, Callable[[], int]] = {
        "mypy": partial(host.tool, "mypy", "--platform", "win32", *TYPED),
        "second compiler": host.compiler_check,
        "ruff check": partial(host.tool, "ruff", "check", "."),
        "ruff format": partial(host.tool, "ruff", "format", "--check", "."),
        **{schema: partial(_fits, host, schema, folder) for schema, folder in FORMS.items()},
        "clang-format": partial(host.tool, "clang-format", "--dry-run", "--Werror", *sources),
        "Microsoft's metadata": partial(
            host.python, str(METADATA), env=host.metadata_environment()
        ),
    }
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        refused = {name: pool.submit(check) for name, check in checks.items()}
    names = ", ".join(name for name, code in refused.items() if code.result())
    print(f"lint: {f'refused by {names}' if names else 'clean'}")
    return 1 if names else 0


def _fits(host: Host, schema: str, folder: Path) -> int:
    """Check what GitHub reads against GitHub's own schema."""
    options = ("--quiet", "--builtin-schema", f"vendor.github-{schema}")
    return host.tool("check-jsonschema", *options, *map(str, folder.glob("*.yml")))


def docs(host: Host, arguments: Sequence[str]) -> int:
    """Build the site into .ntpages/site, or show it while it is written: docs [serve]."""
    return host.tool("mkdocs", *(arguments or ["build"]), "--strict")


def fuzz(_host: Host, arguments: Sequence[str]) -> int:
    """Fuzz what reads the kernel's buffers (on Linux): fuzz [--seconds N] [TARGET ...]."""
    command = [sys.executable, str(ROOT / "tests" / "fuzz" / "run.py"), *arguments]
    return subprocess.run(command, check=False).returncode


def race(_host: Host, arguments: Sequence[str]) -> int:
    """Race threads under ThreadSanitizer (on Linux): race [--rounds N] [--python P] [SCENE ...]."""
    command = [sys.executable, str(ROOT / "tests" / "race" / "run.py"), *arguments]
    return subprocess.run(command, check=False).returncode


def fleet(_host: Host, _arguments: Sequence[str]) -> int:
    """Let a real Prometheus scrape `ntpages metrics --serve` (on Linux), and check its answers."""
    command = [sys.executable, str(ROOT / "tests" / "fleet" / "run.py")]
    return subprocess.run(command, check=False).returncode


def browser(_host: Host, _arguments: Sequence[str]) -> int:
    """Zoom, hover and search on the page of a map in a real Chromium (on Linux)."""
    command = [sys.executable, str(ROOT / "tests" / "browser" / "run.py")]
    return subprocess.run(command, check=False).returncode


def coverage(host: Host, arguments: Sequence[str]) -> int:
    """Run the tests and tell which lines they don't (on Linux): coverage [PYTEST ARGUMENTS]."""
    return host.coverage(arguments)


def trap(host: Host, arguments: Sequence[str]) -> int:
    """Run the tests, undefined behaviour ending them (on Linux): trap [PYTEST ARGUMENTS]."""
    return host.trap(arguments)


def wheel(host: Host, arguments: Sequence[str]) -> int:
    """Build the wheel into dist/; for Python 3.10 to 3.13, each tried: wheel --all."""
    DIST.mkdir(exist_ok=True)
    for built in host.wheels(every="--all" in arguments):
        print(shutil.copy(built, DIST), flush=True)
    return 0


def exe(host: Host, _arguments: Sequence[str]) -> int:
    """Make dist/ntpages with ntpages.exe, for machines without Python, and a zip of it."""
    assemble, folder = ROOT / "exe" / "assemble.py", DIST / "ntpages"
    if code := host.python(*map(str, (assemble, host.launcher(), folder))):
        return code
    made = Path(shutil.make_archive(str(folder), "zip", folder))
    digest = hashlib.sha256(made.read_bytes()).hexdigest()  # for the manifests in exe/
    print(f"{made}: {made.stat().st_size / (1 << 20):.1f} MiB, SHA-256 {digest}")
    return 0


def clean(host: Host, _arguments: Sequence[str]) -> int:
    """Remove everything that was made."""
    host.clean()
    shutil.rmtree(DIST, ignore_errors=True)
    return 0


VERBS: dict[str, Callable[[Host, Sequence[str]], int]] = {
    verb.__name__: verb
    for verb in (
        setup,
        demo,
        test,
        coverage,
        trap,
        fuzz,
        race,
        fleet,
        browser,
        bench,
        figures,
        lint,
        docs,
        wheel,
        exe,
        run,
        python,
        clean,
    )
}


def find_host() -> Host:
    """The host for this machine."""
    if sys.platform == "win32":
        return Windows()
    sys.path.insert(0, str(ROOT / "tests"))
    from wine.host import Host as Wine  # noqa: PLC0415 (needs the line above)

    return Wine()


def main(arguments: Sequence[str]) -> int:
    """Do what one command line asks, and return its exit code."""
    verb, *rest = arguments or ["--help"]
    if verb not in VERBS:
        described = "\n".join(f"  {name:<10}{each.__doc__}" for name, each in VERBS.items())
        print(str(__doc__).replace("{verbs}", described))
        return 0 if verb in {"-h", "--help"} else 1
    host = find_host()
    try:
        if verb not in {"clean", "setup"}:
            host.prepare(verb)
        return VERBS[verb](host, rest)
    except KeyboardInterrupt as stopped:
        host.interrupted()
        return 128 + getattr(stopped, "number", signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
