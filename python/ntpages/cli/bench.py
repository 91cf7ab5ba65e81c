"""``ntpages bench``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from ntpages import extras
from ntpages.cli import saved
from ntpages.cli.exits import Exit
from ntpages.report import bench as shown
from ntpages.report import consoles

_SUITE = Path(__file__).parents[1] / "bench"


def _nouns() -> list[str]:
    return sorted({path.parent.name for path in _SUITE.glob("*/bench_*.py")})


def _check_nouns(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for noun in value:
        if noun not in _nouns():
            msg = f"{noun!r} has no benchmarks: choose from {', '.join(_nouns())}"
            raise click.BadParameter(msg)
    return value


@click.command("bench")
@click.option("--quick", is_flag=True, help="The first size of each question only, briefly.")
@click.option(
    "--noun",
    "nouns",
    multiple=True,
    callback=_check_nouns,
    metavar="NOUN",
    help="Only this; may be repeated.",
)
@click.option(
    "--report",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write report.md, results.json and chart.png here.",
)
@click.option(
    "--against",
    "earlier",
    type=saved.FILE,
    help="Compare with an earlier run, and fail where ntpages got slower.",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write here what --against compares with.",
)
def bench_command(
    *,
    quick: bool,
    nouns: tuple[str, ...],
    folder: Path | None,
    earlier: Path | None,
    save: Path | None,
) -> Exit:
    """Measure ntpages against bare C++ loops and against its rivals, on this machine.

    Every way of answering a question must give the same answer; the command fails if one
    differs. Needs the extra [bench]; the chart needs [plot].

    With --against, the ratios to the bare loops, or to a rival where there is none, are held
    against those of a run that --save or --report wrote: one is worse if it is larger by more than
    the rounds of both runs were apart, and by a tenth at least.
    """
    before = _load(earlier) if earlier else None
    if extras.missing("bench"):
        msg = f"the suite needs pytest-benchmark: {extras.install_line('bench')}"
        raise click.ClickException(msg)
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.json"
        files = [_SUITE / noun for noun in nouns or _nouns()]
        command = [sys.executable, "-m", "pytest", "-q", f"-c{_SUITE / 'pytest.ini'}"]
        command += ["--benchmark-quiet", f"--benchmark-json={results}", *map(str, files)]
        command += ["--quick"] if quick else []
        code, said = _run(command, scratch)
        if code or not results.exists():
            click.echo(said, err=True)
        if not results.exists():
            return Exit.FAILURE
        if folder is not None:
            _write(folder, results)
        found = json.loads(results.read_text(encoding="utf-8"))
    _show(found)
    if save is not None:
        save.write_text(json.dumps(shown.kept(found), indent=1) + "\n", encoding="utf-8")
    slower = _compare(before, found) if before else False
    return Exit.FAILURE if code or slower else Exit.OK


def _run(command: list[str], scratch: str) -> tuple[int, str]:
    """Run the suite; return its exit code, and what it said.

    Where somebody watches, it tells meanwhile what is measured. It talks to stderr: stdout is for
    the tables. `-m` looks for modules where it is started, which is not to be a folder that anybody
    may have filled.
    """
    watched = consoles.words().is_terminal
    said: list[str] = []
    with (
        shown.Running() if watched else nullcontext() as running,
        subprocess.Popen(
            command + ["--tell"] * watched,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as suite,
    ):
        assert suite.stdout
        try:
            for line in suite.stdout:
                words, sign, event = line.partition(shown.SIGN)
                said.append(words)
                if running and sign:
                    running.goes_on(json.loads(event))
        except BaseException:
            suite.kill()
            raise
    return suite.returncode, "".join(said)


def _load(path: Path) -> dict[str, Any]:
    """Return an earlier run."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        shown.changes(found, found)
        shown.host_line(found)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as wrong:
        msg = f"{path} holds no run that `ntpages bench --save` wrote: {wrong!r}"
        raise click.UsageError(msg) from wrong
    return found


def _compare(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Show what became of the ratios; whether one got worse."""
    found = shown.changes(before, now)
    consoles.data().print(shown.changes_table(found))
    worse = sum(each.is_worse for each in found)
    consoles.words().print(f"Against {shown.host_line(before)}")
    consoles.words().print(f"{worse} of {len(found)} ratios got worse beyond their noise.")
    return worse > 0


def _show(results: dict[str, Any]) -> None:
    asked = shown.questions(results)
    for noun in dict.fromkeys(question.noun for question in asked):
        consoles.data().print(
            shown.noun_table(noun, [question for question in asked if question.noun == noun])
        )
        consoles.data().print()
    consoles.words().print(shown.host_line(results))


def _write(folder: Path, results: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(results, folder / "results.json")
    found = json.loads(results.read_text(encoding="utf-8"))
    (folder / "report.md").write_text(shown.markdown(found), encoding="utf-8")
    if extras.missing("plot"):
        consoles.words().print(f"No chart: it needs matplotlib ({extras.install_line('plot')}).")
    else:
        shown.chart(found, folder / "chart.png")
    consoles.words().print(f"Written to {folder}.")
