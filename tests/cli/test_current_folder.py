"""Nothing is imported or started from the folder that the user happens to be in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.commands import every_command
from ntpages import extras

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPT = "from ntpages.__main__ import main\nmain()\n"


def names() -> set[str]:
    """What a planted module can be called: every name that a command, or its child, may import."""
    every_command()
    optional = {"_pytest", "matplotlib", "numpy", "pefile", "psutil", "pytest", "pytest_benchmark"}
    more = {
        "PyMemoryEditor",
        "conftest",
        "pymem",
        "sitecustomize",
        "textual",
        "usercustomize",
        "xdist",
    }
    found = {name.partition(".")[0] for name in (*sys.modules, *sys.stdlib_module_names)}
    return (found | optional | more) - {
        "__main__",
        "__mp_main__",
        "ntpages",
        *sys.builtin_module_names,
    }


class Trap:
    """A folder in which every name is a module, or a program, of somebody else's."""

    def __init__(self, folder: Path, left_out: Sequence[str] = ()) -> None:
        self.folder = folder / "downloads"
        self.folder.mkdir()
        self._sprung = folder / "sprung"
        code = f"open({str(self._sprung)!r}, 'a').write(__name__ + ' ')\nraise SystemExit(99)\n"
        for name in names() - set(left_out):
            (self.folder / f"{name}.py").write_text(code, encoding="utf-8")
        for name in ("python", "pytest", "ntpages", "pip", "cmd", Path(sys.executable).stem):
            for ending in (".exe", ".bat", ".cmd"):
                (self.folder / f"{name}{ending}").write_text("exit 99\n", encoding="utf-8")
        (self.folder / "pytest.ini").write_text("[pytest]\naddopts = -p sitecustomize\n")

    def run(self, *command: str) -> str:
        """Run Python in the folder, and return what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
        assert not self._sprung.exists(), self._sprung.read_text()
        assert done.returncode == 0, done.stderr
        return done.stdout


def imported_before_ours() -> list[str]:
    """Modules that `python -m` itself imports with the current folder in its path."""
    code = "import runpy, sys; print('__future__', *sys.modules)"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_command_imports_nothing_from_the_current_folder(tmp_path: Path) -> None:
    trap = Trap(tmp_path)
    script = tmp_path / "Scripts" / "ntpages-script.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    trap.run(str(script), "ps", "--pid", str(os.getpid()))
    if not extras.missing("plot"):
        picture = str(tmp_path / "map.svg")
        trap.run(str(script), "map", "--min-size", "1G", "--picture", picture)
    if not extras.missing("image"):
        trap.run(str(script), "heap", "image", sys.executable)


def test_nor_does_the_module_as_far_as_it_is_asked(tmp_path: Path) -> None:
    trap = Trap(tmp_path, imported_before_ours())
    trap.run("-m", "ntpages", "--version")
    trap.run("-m", "ntpages", "ps", "--pid", str(os.getpid()))


SAFE = ("-I", "-P") if sys.version_info >= (3, 11) else ("-I",)


@pytest.mark.parametrize("switch", SAFE)
def test_the_module_is_safe_from_the_first_import_where_python_is_told_so(
    tmp_path: Path, switch: str
) -> None:
    trap = Trap(tmp_path)
    trap.run(switch, "-m", "ntpages", "--version")
    trap.run(switch, "-m", "ntpages", "ps", "--pid", str(os.getpid()))


def test_without_that_doctor_says_what_the_module_can_not_promise(tmp_path: Path) -> None:
    trap = Trap(tmp_path, imported_before_ours())
    assert "python -I -m ntpages" in trap.run("-m", "ntpages", "doctor", "--json")
    assert "python -I" not in trap.run("-I", "-m", "ntpages", "doctor", "--json")


def test_the_benchmarks_run_none_of_it(tmp_path: Path) -> None:
    pytest.importorskip("pytest_benchmark")
    trap = Trap(tmp_path, imported_before_ours())
    trap.run("-m", "ntpages", "bench", "--quick", "--noun", "system")


def test_a_trap_springs(tmp_path: Path) -> None:
    trap = Trap(tmp_path)
    with pytest.raises(AssertionError, match="click"):
        trap.run("-c", "import click")
