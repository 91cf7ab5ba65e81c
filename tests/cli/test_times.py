"""Times on the command line: one that can't be waited for is refused before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from cli.running import Run
from ntpages import cli
from ntpages.cli.arguments import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

# Each command that waits, with what it needs besides.
WAITS = {
    ("clean", "--refaults"): ("clean", "--all"),
    ("defrag", "--refaults"): ("defrag",),
    ("ps", "--watch"): ("ps",),
    ("top", "--every"): ("top",),
    ("trim", "--idle"): ("trim", "--where", "*"),
    ("trim", "--settle"): ("trim", "--where", "*"),
}


def options(
    command: click.Command, context: click.Context, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Parameter]]:
    """Every option of a command and of those below it."""
    for param in command.params:
        yield " ".join(path), param
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from options(below, context, (*path, name))


def test_every_option_that_is_a_time_is_asked_whether_it_can_be_waited_for() -> None:
    context = cli.ntpages.make_context("ntpages", ["system"], resilient_parsing=True)
    floats = [
        (command, param.opts[-1], param.type)
        for command, param in options(cli.ntpages, context)
        if isinstance(param.type, (click.types.FloatParamType, click.FloatRange, Seconds))
    ]
    assert [each for each in floats if not isinstance(each[2], Seconds)] == []
    assert {(command, option) for command, option, _ in floats} >= {*WAITS}


@pytest.mark.parametrize("time", ["nan", "inf", "-inf", "-1", "1e300", "5000000", "soon"])
@pytest.mark.parametrize("option", WAITS, ids=" ".join)
def test_a_time_that_cant_be_is_refused_before_anything_is_done(
    capsys: Capture, lab: Lab, option: tuple[str, str], time: str
) -> None:
    for model in ("privileges", "memory_lists", "working_sets"):
        lab.model(model)
    lab.record("NtSetSystemInformation", "SetProcessWorkingSetSizeEx", "NtQuerySystemInformation")
    done = Run(capsys, *WAITS[option], f"{option[1]}={time}")
    assert (done.code, done.out) == (1, "")
    assert option[1] in done.err
    assert lab.calls("NtSetSystemInformation") == []
    assert lab.calls("SetProcessWorkingSetSizeEx") == []
