"""ntpages.exe: the folder for machines without Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ntpages

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = os.environ.get("NTPAGES_LAUNCHER_EXE")
pytestmark = pytest.mark.skipif(not LAUNCHER, reason="NTPAGES_LAUNCHER_EXE does not name it")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("exe") / "ntpages"
    command = [sys.executable, str(ROOT / "exe" / "assemble.py"), str(LAUNCHER), str(made)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return made


def run(folder: Path, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [str(folder / "ntpages.exe"), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, **more)


def test_it_runs_the_command_line_with_a_python_of_its_own(folder: Path) -> None:
    done = run(folder, "--version")
    assert done.returncode == 0, done.stderr
    assert ntpages.__version__ in done.stdout


def test_arguments_and_exit_codes_pass_through(folder: Path) -> None:
    quoted = 'a "name" with \\ and blanks'
    done = run(folder, "system", quoted)
    assert done.returncode == 1
    assert f"({quoted})" in done.stderr


def test_it_asks_windows_as_the_package_does(folder: Path) -> None:
    done = run(folder, "system", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["page_size"] == 4096


def test_it_starts_itself_again_as_any_python_would(folder: Path) -> None:
    done = run(folder, "-m", "ntpages", "--version")
    assert done.returncode == 0, done.stderr
    assert ntpages.__version__ in done.stdout


def test_nothing_of_the_users_is_imported(folder: Path, tmp_path: Path) -> None:
    for name in ("click", "ntpages", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(77)")
    planted = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": str(tmp_path)}
    assert run(folder, "--version", cwd=tmp_path, env=planted).returncode == 0


def test_the_cockpit_is_among_it(folder: Path) -> None:
    done = run(folder, "top", "--help")
    assert done.returncode == 0, done.stderr
    assert (folder / "site-packages" / "textual" / "__init__.py").exists()


def test_an_elevated_console_stays_as_it_is(folder: Path) -> None:
    if not ntpages.privileges.is_elevated():
        pytest.skip("the token is not elevated: Windows would ask for consent")
    assert run(folder, "--elevate", "--version").returncode == 0


def test_without_its_python_it_says_so(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "ntpages.exe"
    alone.write_bytes((folder / "ntpages.exe").read_bytes())
    done = run(tmp_path, "--version")
    assert done.returncode == 1
    assert "its Python is missing" in done.stderr
