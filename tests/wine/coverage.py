"""Which lines the tests run, in C++ and in Python: a build that counts, and a table of the gaps."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wine import build
from wine.state import ROOT, STATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wine.host import Host

GCOV = "x86_64-w64-mingw32-gcov-posix"
FOLDER = STATE / "coverage"
WIDTH = 60  # characters of a list of lines; what is longer is cut


def measure(host: Host, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the tests with every line counted, print the table, and return pytest's exit code."""
    site = build.variant("NTPAGES_COVERAGE")
    counters = site.parent / "CMakeFiles" / "_native.dir"
    for stale in counters.rglob("*.gcda"):
        stale.unlink()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    env = {**environment, "PYTHONPATH": build.windows_path(site)}
    data = f"--data-file={build.windows_path(FOLDER / 'python')}"
    run = ("-m", "coverage", "run", data, "--source=ntpages", "-m", "pytest", *arguments)
    code = host.python(*run, env=env)
    found = {**_native(counters), **_python(host, data, env, site)}
    _print(found)
    return code


def _native(counters: Path) -> dict[str, dict[int, bool]]:
    """For each file of native/: which lines that hold code were run."""
    lines: dict[str, dict[int, bool]] = {}
    for counted in sorted(counters.rglob("*.gcda")):
        command = [GCOV, "--json-format", "--stdout", str(counted)]
        done = subprocess.run(command, cwd=counters, capture_output=True, check=True)
        answer = json.loads(done.stdout)
        for file in answer["files"]:
            path = Path(answer["current_working_directory"], file["file"]).resolve()
            if path.is_relative_to(ROOT / "native"):
                runs = lines.setdefault(path.relative_to(ROOT).as_posix(), {})
                for line in file["lines"]:
                    number = line["line_number"]
                    runs[number] = runs.get(number, False) or line["count"] > 0
    return lines


def _python(
    host: Host, data: str, env: Mapping[str, str], site: Path
) -> dict[str, dict[int, bool]]:
    """The same for each file of python/ntpages."""
    report = FOLDER / "python.json"
    host.python("-m", "coverage", "json", "-q", data, "-o", build.windows_path(report), env=env)
    lines = {}
    files: dict[str, Any] = json.loads(report.read_text())["files"]
    for name, file in files.items():
        path = name.replace("\\", "/").rpartition(f"{site.name}/ntpages/")[2]
        if not path.startswith("bench/"):
            ran = dict.fromkeys(file["executed_lines"], True)
            missed = dict.fromkeys(file["missing_lines"], False)
            lines[f"python/ntpages/{path}"] = {**ran, **missed}
    return lines


def _print(found: Mapping[str, Mapping[int, bool]]) -> None:
    for room in ("native", "python"):
        files = {name: runs for name, runs in found.items() if name.startswith(room)}
        ran = sum(sum(runs.values()) for runs in files.values())
        print(f"\n{room}/: {ran} of {sum(map(len, files.values()))} lines were run")
        for name, runs in sorted(files.items()):
            missed = [number for number, was_run in sorted(runs.items()) if not was_run]
            if missed:
                share = (len(runs) - len(missed)) / len(runs)
                print(f"{share:5.0%}  {name}  not: {_ranges(missed)}")


def _ranges(numbers: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    text = ", ".join("-".join(map(str, run)) for run in runs)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."
