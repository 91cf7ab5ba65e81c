"""What the command line decides, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages import cli, errors, memory_lists, processes
from ntpages.arguments import parse_size
from ntpages.cli.exits import Exit
from ntpages.memory_lists import Step
from ntpages.table import Table

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

# Whether a command opens other processes, and enables SeDebugPrivilege for that.
OPENS_OTHERS = {
    "bench": False,
    "clean": False,
    "defrag": False,
    "doctor": False,
    "dsc": True,
    "files": False,
    "guard": False,
    "heap": True,
    "limits": True,
    "lists": False,
    "map": True,
    "metrics": False,
    "numa": False,
    "pools": False,
    "privileges": False,
    "ps": True,
    "read": True,
    "scan": True,
    "strings": True,
    "system": False,
    "top": True,
    "trim": True,
    "where": False,
}


def test_of_every_command_it_is_said_whether_it_opens_others() -> None:
    context = cli.ntpages.make_context("ntpages", ["system"], resilient_parsing=True)
    assert set(cli.ntpages.list_commands(context)) == set(OPENS_OTHERS)


@pytest.mark.parametrize("command", OPENS_OTHERS)
def test_the_debug_privilege_is_for_those_who_open_others(
    capsys: Capture, lab: Lab, command: str
) -> None:
    lab.model("privileges")
    assert Run(capsys, command, "--help").code == 0
    assert (lab.count("AdjustTokenPrivileges") > 0) == OPENS_OTHERS[command]


@pytest.mark.parametrize(
    ("code", "number"),
    [("OK", 0), ("FAILURE", 1), ("PARTLY", 2), ("PRIVILEGE", 3), ("UNAVAILABLE", 4)],
)
def test_exit_codes_are_numbers_that_scripts_know(code: str, number: int) -> None:
    assert Exit[code] == number


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.from_call("Call", 87, 0, "No.", ""), 1),
        (errors.from_call("Call", 5, 0, "No.", ""), 1),
        (errors.from_call("Call", 8, 0, "No.", ""), 1),
        (errors.from_call("Call", 487, 0, "No.", ""), 1),
        (errors.no_such_process("Call", 8, 87), 1),
        (errors.from_call("Call", 1300, 0, "No.", "SeDebugPrivilege"), 3),
        (errors.from_call("Call", 1314, 0xC0000061, "No.", ""), 3),
        (errors.from_call("Call", 120, 0, "No.", ""), 4),
        (errors.from_missing("Call"), 4),
        (ValueError("no"), 1),
        (MemoryError("no"), 1),
        (OSError("no"), 1),
        (KeyboardInterrupt(), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_an_error_ends_with_its_code(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(memory_lists, "query", refuse)
    assert Run(capsys, "lists").code == code


@pytest.mark.parametrize("command", [("defrag",), ("clean", "--all")])
def test_a_dry_run_tells_steps_in_the_order_in_which_they_would_run(
    capsys: Capture, command: tuple[str, ...]
) -> None:
    document = Run(capsys, *command, "--dry-run", "--json").json
    told = [row["step"] for row in document["steps"]]
    wanted = memory_lists.DEFRAG if command == ("defrag",) else Step
    assert told == [step.value for step in wanted]


def test_a_dry_run_of_steps_in_another_order_tells_the_same(capsys: Capture) -> None:
    run = Run(capsys, "clean", "--steps", "purge-standby,combine-pages", "--dry-run", "--json")
    steps = [row["step"] for row in run.json["steps"]]
    assert steps == ["combine-pages", "purge-standby"]
    told = [
        line.split()[0]
        for line in Run(
            capsys, "clean", "--steps", "purge-standby,combine-pages", "--dry-run"
        ).out.splitlines()
    ]
    assert told.index("combine-pages") < told.index("purge-standby")


@pytest.mark.parametrize(
    ("working_set", "is_shown"), [(65535, False), (65536, True), (65537, True)]
)
def test_the_floor_of_ps_itself_is_large_enough(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, working_set: int, *, is_shown: bool
) -> None:
    table = Table("Process", {"pid": [8], "name": ["a.exe"], "working_set": [working_set]})
    monkeypatch.setattr(processes, "list_processes", lambda **_: table)
    found = Run(capsys, "ps", "--floor", "64K", "--json").json["processes"]
    assert bool(found) == is_shown


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("1b", 1),
        ("1k", 1 << 10),
        ("64K", 64 << 10),
        ("64KB", 64 << 10),
        ("64 KiB", 64 << 10),
        ("1m", 1 << 20),
        ("1.5GiB", 3 << 29),
        ("2T", 2 << 40),
    ],
)
def test_a_size_has_a_binary_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "k", "-1", "1.k", "1x", "1kk", "1e3"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@pytest.mark.windows
@pytest.mark.standard_user
def test_a_standard_user_is_told_to_run_as_administrator(capsys: Capture) -> None:
    run = Run(capsys, "defrag")
    assert run.code == Exit.PRIVILEGE
    assert "run as administrator" in run.err
