"""Every command with streams that are absent, closed, full, of any code page and of any width."""

from __future__ import annotations

import errno
import io
import re
from itertools import product
from typing import TYPE_CHECKING

import pytest

from cli.commands import Ended, Reader, every_command, finish, run
from house.through import through
from ntpages import processes
from ntpages.cli.exits import Exit
from ntpages.table import Table

if TYPE_CHECKING:
    from typing import TextIO

pytestmark = pytest.mark.lab

Calls = dict[str, list[str]]

COMMANDS = sorted(every_command())
CHANGING = {
    "clean",
    "defrag",
    "heap image",
    "limits",
    "privileges grant",
    "privileges revoke",
    "trim",
}
WIDTHS = (20, 40, 60, 79, 80, 100, 200, 300)
ROOM = 20  # bytes: more than nothing, and less than any command has to say


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def seen() -> dict[str, Ended]:
    """How commands ended when all was well, each seen once."""
    return {}


@pytest.fixture
def usual(command: str, calls: Calls, seen: dict[str, Ended]) -> Ended:
    """How the command ends when all is well."""
    ended = seen[command] = seen.get(command) or run(calls[command])
    assert ended.code == (Exit.FAILURE if command == "top" else Exit.OK), ended.err
    return ended


def closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


def sentences(text: str) -> set[str]:
    """Lines without their numbers, which change from run to run."""
    return {re.sub(r"[-+\d.,:]+( [KMGT]?i?B)?", "#", line) for line in text.splitlines()}


def test_every_command_has_a_harmless_call(calls: Calls) -> None:
    assert sorted(calls) == COMMANDS


def test_streams_that_are_absent_or_closed_change_no_exit_code(
    command: str, calls: Calls, usual: Ended
) -> None:
    """As under pythonw.exe, in a service, and after ``>&-``."""
    for which in product((True, False), repeat=3):
        for gone in (None, closed()):
            streams = (gone if away else Reader().stream() for away in which)
            assert finish(calls[command], *streams) == usual.code, which


@pytest.mark.parametrize("room", [0, ROOM])
def test_a_full_disk_is_a_failure_that_is_told(
    command: str, calls: Calls, usual: Ended, room: int
) -> None:
    ended = run(calls[command], out=Reader(refusal=errno.ENOSPC, room=room))
    assert "Traceback" not in ended.err
    assert ended.code == (Exit.FAILURE if usual.out else usual.code)
    assert ("No space left" in ended.err) == bool(usual.out)
    if command in CHANGING:  # what was done is told even so
        assert sentences(usual.err) <= sentences(ended.err)


@pytest.mark.parametrize("room", [0, ROOM])
@pytest.mark.parametrize("refusal", [errno.EPIPE, errno.EINVAL])
def test_a_reader_who_has_had_enough_is_a_failure_without_complaint(
    command: str, calls: Calls, usual: Ended, refusal: int, room: int
) -> None:
    ended = run(calls[command], out=Reader(refusal=refusal, room=room))
    assert ended.code == (Exit.FAILURE if usual.out else usual.code)
    assert sentences(ended.err) <= sentences(usual.err) | {""}
    if command in CHANGING:
        assert sentences(usual.err) <= sentences(ended.err)


@pytest.mark.parametrize("refusal", [errno.EPIPE, errno.EINVAL, errno.ENOSPC])
def test_words_that_nobody_reads_stop_nothing(
    command: str, calls: Calls, usual: Ended, refusal: int
) -> None:
    for room in (0, ROOM):
        ended = run(calls[command], err=Reader(refusal=refusal, room=room))
        assert ended.code == usual.code
        assert len(ended.out.splitlines()) == len(usual.out.splitlines())


@through(encoding=["cp437", "cp1252", "cp932", "ascii", "utf-16"])
def test_any_code_page_will_do(command: str, calls: Calls, usual: Ended, encoding: str) -> None:
    ended = run(calls[command], Reader(encoding=encoding), Reader(encoding=encoding))
    assert ended.code == usual.code
    assert len(ended.out.splitlines()) == len(usual.out.splitlines())
    assert sentences(ended.err) == sentences(usual.err)


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "cp932"])
def test_what_a_code_page_lacks_is_a_question_mark(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    table = Table("Process", {"pid": [8], "name": ["\u0e01\u0e02.exe"], "working_set": [1]})
    monkeypatch.setattr(processes, "list_processes", lambda **_: table)
    ended = run(["ps", "--columns", "name"], Reader(encoding=encoding))
    assert (ended.code, ended.out.split()) == (Exit.OK, ["name", "??.exe"])


@through(width=WIDTHS)
def test_a_terminal_may_have_any_width(
    command: str, calls: Calls, usual: Ended, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ended = run(calls[command], Reader(terminal=True), Reader(terminal=True))
    assert ended.code == usual.code
    assert bool(ended.out) == bool(usual.out)
    assert "Traceback" not in ended.err
