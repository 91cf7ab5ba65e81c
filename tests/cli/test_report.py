"""What all reports are made of: cells, tables, documents, consoles."""

from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntFlag
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from ntpages.errors import from_call
from ntpages.report import consoles, documents
from ntpages.report.cells import address, bar, count, moment, size, word
from ntpages.report.tables import line, table
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "0.98 KiB"),
        (4096, "4.00 KiB"),
        (10 * 1024**2, "10.0 MiB"),
        (100 * 1024**3, "100 GiB"),
        (1023 * 1024**2, "1.00 GiB"),
        (None, "-"),
    ],
)
def test_sizes_have_three_digits_and_a_binary_unit(count: int | None, text: str) -> None:
    assert size(count) == text


def test_changes_carry_their_sign() -> None:
    assert size(4096, signed=True) == "+4.00 KiB"
    assert size(-4096, signed=True) == "-4.00 KiB"
    assert size(0, signed=True) == "0 B"


@pytest.mark.parametrize("console", [consoles.data, consoles.words])
def test_what_looks_like_markup_is_a_name(capsys: Capture, console: Any) -> None:
    console.cache_clear()
    console().print("[bold]a[/red] :smile:")
    assert "".join(capsys.readouterr()).strip() == "[bold]a[/red] :smile:"


def test_addresses_are_of_one_width() -> None:
    assert address(0x1000) == "0x000000001000"
    assert len(address(0x7FFF_FFFF_FFFF)) == len(address(0))


def test_unknown_counts_are_a_dash_and_known_ones_have_thousands_apart() -> None:
    assert [count(None), count(0), count(1234567)] == ["-", "0", "1,234,567"]


def test_a_time_is_of_this_machines_clock() -> None:
    assert moment(datetime(2026, 3, 1, 12, 30, 5).timestamp()) == "2026-03-01 12:30:05"


# None, and what a process that is being made may have, under Wine.
@pytest.mark.parametrize("seconds", [0.0, 603246995523.6517, -1e12, 1e300, math.inf, math.nan])
def test_a_time_that_no_clock_shows_is_a_dash(seconds: float) -> None:
    assert moment(seconds) == "-"


@pytest.mark.parametrize(
    ("encoding", "value", "drawn"),
    [
        ("utf-8", 0, ""),
        ("utf-8", 1, "▏"),
        ("utf-8", 50, "██"),
        ("utf-8", 200, "████"),
        ("cp437", 1, "#"),
        ("cp437", 50, "##"),
    ],
)
def test_bars_show_whatever_is_above_zero(
    monkeypatch: pytest.MonkeyPatch, encoding: str, value: int, drawn: str
) -> None:
    monkeypatch.setattr(consoles, "draws_blocks", lambda: encoding == "utf-8")
    assert bar(value, 100, width=4) == drawn
    assert bar(value, 0, width=4) == ""  # of nothing there is no share


@pytest.mark.parametrize("width", [60, 80])
def test_text_is_wrapped_and_never_cut(width: int) -> None:
    command = "ntpages privileges grant SeLockMemoryPrivilege"
    path = "C:\\" + "folder\\" * 12
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    shown = table(line("subject"), "found", "what to do")
    shown.add_row("x" * 20, path, command)
    screen.print(shown)
    assert isinstance(screen.file, io.StringIO)
    rows = [row[22:] for row in screen.file.getvalue().splitlines()[1:]]
    assert "…" not in screen.file.getvalue()
    assert sorted("".join(rows).replace(" ", "")) == sorted((path + command).replace(" ", ""))


# ---- Documents -----------------------------------------------------------------------------------


def undated(printed: str) -> dict[str, Any]:
    """A printed document without its time, which is first."""
    document: dict[str, Any] = json.loads(printed)
    assert next(iter(document)) == "time"
    assert isinstance(document.pop("time"), float)
    return document


class Kind(Enum):
    LOW_FRAGMENTATION = 1


class Flag(IntFlag):
    BUSY = 1


@dataclass(frozen=True)
class Result:
    kind: Kind
    sizes: tuple[int, ...]

    @property
    def largest(self) -> int:
        return max(self.sizes)


def test_results_are_objects_of_their_fields(capsys: Capture) -> None:
    documents.print_document({"found": [Result(Kind.LOW_FRAGMENTATION, (1, 2))], "flags": Flag(1)})
    assert undated(capsys.readouterr().out) == {
        "found": [{"kind": 1, "sizes": [1, 2]}],
        "flags": 1,
    }
    assert word(Kind.LOW_FRAGMENTATION) == "low-fragmentation"


def test_tables_are_lists_of_objects(capsys: Capture) -> None:
    table = Table("Process", {"pid": [4, 8], "name": ["a", "\u6771"]})
    documents.print_document({"processes": table})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert undated(printed) == {
        "processes": [{"pid": 4, "name": "a"}, {"pid": 8, "name": "\u6771"}]
    }


def test_refusals_say_what_windows_said(capsys: Capture) -> None:
    refused = from_call("OpenProcess", 1314, 0xC0000061, "No.", "SeDebugPrivilege")
    documents.print_document({"error": refused})
    assert json.loads(capsys.readouterr().out)["error"] == {
        "call": "OpenProcess",
        "code": 1314,
        "status": 0xC0000061,
        "privilege": "SeDebugPrivilege",
        "message": str(refused),
    }


def test_rows_are_printed_as_they_come(capsys: Capture) -> None:
    seen: list[str] = []

    def rows() -> Iterator[dict[str, Any]]:
        for at in range(3):
            yield {"address": at}
            seen.append(capsys.readouterr().out)

    documents.print_document({"pid": 4, "rows": rows(), "last": None})
    printed = "".join(seen) + capsys.readouterr().out
    assert seen[1].strip(" ,\n") == '{"address": 1}'
    assert undated(printed) == {
        "pid": 4,
        "rows": [{"address": at} for at in range(3)],
        "last": None,
    }


def test_no_rows_are_an_empty_list(capsys: Capture) -> None:
    documents.print_document({"rows": iter(())})
    assert undated(capsys.readouterr().out) == {"rows": []}


def test_a_compact_document_is_one_line(capsys: Capture) -> None:
    documents.print_document({"processes": Table("Process", {"pid": [4]})}, compact=True)
    printed = capsys.readouterr().out
    assert printed.endswith(', "processes": [{"pid": 4}]}\n')
    assert undated(printed) == {"processes": [{"pid": 4}]}
