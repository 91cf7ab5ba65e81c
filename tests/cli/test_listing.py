"""What all listings share: order, columns, how many, in which form, how often; of every command."""

from __future__ import annotations

import csv
import importlib
import io
import json
import time
from functools import cache
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli.commands import every_command, run
from cli.schemas import misfits, name_of
from cli.test_documents import interrupt_at
from ntpages.cli.exits import Exit
from ntpages.cli.listing import Listing
from ntpages.report import consoles
from ntpages.report.columns import runs_upwards
from ntpages.report.timeline import timeline_picture
from ntpages.table import Table
from target import Target

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.lab

Calls = dict[str, list[str]]

# Of each command that lists rows: two columns, the second of numbers, and what documents call them.
COLUMNS = {
    "files": ("path", "total", "files"),
    "heap": ("address", "committed", "heaps"),
    "heap list": ("address", "committed", "heaps"),
    "heap walk": ("address", "size", "entries"),
    "limits": ("name", "maximum", "processes"),
    "map": ("address", "size", "regions"),
    "numa": ("number", "processor_count", "nodes"),
    "pools": ("tag", "total", "pools"),
    "ps": ("name", "working_set", "processes"),
}
# Without columns to choose.
WHOLE = {"lists": ("list", "size"), "where": ("group", "name", "size")}


def having(option: str) -> set[str]:
    """The commands that have an option."""
    return {
        name
        for name, command in every_command().items()
        if any(option in parameter.opts for parameter in command.params)
    }


WATCHED = sorted(having("--watch") & {*COLUMNS, *WHOLE} - {"pools"})


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    lab.model("physical").live_in()


def test_every_listing_is_tested_here() -> None:
    assert having("--columns") - {"top"} == {*COLUMNS}  # that is a screen
    assert having("--csv") == {*COLUMNS, *WHOLE, "scan", "strings"}
    for option in ("--sort", "--ascending", "--top"):
        assert {*COLUMNS} <= having(option)


@pytest.mark.parametrize("command", COLUMNS)
def test_csv_has_one_heading_and_whole_numbers(calls: Calls, command: str) -> None:
    text, number, _ = COLUMNS[command]
    ended = run([*calls[command], "--columns", f"{number},{text}", "--csv", "-"])
    assert ended.code == Exit.OK, ended.err
    heading, *rows = csv.reader(io.StringIO(ended.out))
    assert heading == [number, text]
    assert rows
    assert all(row[0].removeprefix("-").isdecimal() for row in rows)
    assert all(len(row) == 2 for row in rows)


@pytest.mark.parametrize("command", COLUMNS)
def test_a_document_has_the_columns_that_are_asked_for(calls: Calls, command: str) -> None:
    text, number, key = COLUMNS[command]
    ended = run([*calls[command], "--columns", f"{number}, {text}", "--json"])
    document = json.loads(ended.out)
    assert {(*row,) for row in document[key]} == {(number, text)}
    assert misfits(name_of(command), document) == []


@pytest.mark.parametrize("command", COLUMNS)
def test_people_see_the_columns_that_are_asked_for(calls: Calls, command: str) -> None:
    text, number, _ = COLUMNS[command]
    ended = run([*calls[command], "--columns", f"{number},{text}", "--top", "1"])
    assert ended.code == Exit.OK, ended.err
    *_, heading, row = ended.out.rstrip().splitlines()
    assert heading.split()[-1] == text
    assert row.split()


@pytest.mark.parametrize("command", COLUMNS)
def test_rows_are_sorted_and_cut(calls: Calls, command: str) -> None:
    text, number, key = COLUMNS[command]
    every = json.loads(run([*calls[command], "--json"]).out)[key]
    for column, more in ((number, ()), (number, ("--ascending",)), (text, ())):
        words = [*calls[command], "--sort", column, *more, "--top", "3", "--columns", column]
        found = [row[column] for row in json.loads(run([*words, "--json"]).out)[key]]
        assert len(found) == min(3, len(every))
        downwards = not (more or runs_upwards(column))
        assert found == sorted(found, reverse=downwards), column


@pytest.mark.parametrize("command", COLUMNS)
@pytest.mark.parametrize("option", ["--sort", "--columns"])
def test_a_wrong_column_is_refused_with_what_may_have_been_meant(
    calls: Calls, command: str, option: str
) -> None:
    text, number, _ = COLUMNS[command]
    ended = run([*calls[command], option, f"{number[:-1]}x"])
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    words = " ".join(ended.err.split())
    assert f"no column '{number[:-1]}x'; did you mean '{number}'? There are " in words
    assert text in words.partition("There are ")[2]


@pytest.mark.parametrize("command", WATCHED)
def test_watching_into_a_pipe_is_a_document_a_line_until_ctrl_c(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(time, "sleep", interrupt_at(3))
    ended = run([*calls[command], "--watch", "9", "--json"])
    assert ended.code == Exit.OK
    lines = ended.out.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert misfits(name_of(command), json.loads(line)) == []


@pytest.mark.parametrize("command", WATCHED)
def test_watching_as_csv_has_one_heading_and_the_time_of_each_row(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    begun = time.time()
    monkeypatch.setattr(time, "sleep", interrupt_at(2))
    ended = run([*calls[command], "--watch", "9", "--csv", "-"])
    assert ended.code == Exit.OK
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert len({row["time"] for row in rows}) == 2
    assert all(begun <= float(row["time"]) <= time.time() for row in rows)


@pytest.mark.parametrize("command", WATCHED)
def test_watching_shows_each_look_below_the_other(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    once = run(calls[command]).out.splitlines()[0].split()[:2]
    monkeypatch.setattr(time, "sleep", interrupt_at(3))
    ended = run([*calls[command], "--watch", "9"])
    assert ended.code == Exit.OK
    assert sum(line.split()[:2] == once for line in ended.out.splitlines()) == 3


def test_watching_on_a_terminal_keeps_to_one_screen(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Console(
        file=io.StringIO(), force_terminal=True, legacy_windows=False, width=80, height=24
    )
    monkeypatch.setattr(consoles, "data", cache(lambda: screen))
    monkeypatch.setattr(time, "sleep", interrupt_at(3))
    assert run([*calls["lists"], "--watch", "9"]).code == Exit.OK
    assert isinstance(screen.file, io.StringIO)
    shown = screen.file.getvalue()
    assert shown.count("\x1b[?1049h") == shown.count("\x1b[?1049l") == 1  # in, and back
    assert shown.count("standby, all") == 3
    assert shown.count("\x1b[H") >= 3  # each from the top


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
@pytest.mark.parametrize("command", ["heap list", "lists", "map", "ps", "where"])
def test_what_is_watched_is_drawn_over_time(
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
) -> None:
    pytest.importorskip("matplotlib")
    import matplotlib as mpl  # noqa: PLC0415

    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")  # text as text
    monkeypatch.setattr(time, "sleep", interrupt_at(3))
    drawn = tmp_path / "drawn.svg"
    ended = run([*calls[command], "--watch", "9", "--picture", str(drawn)])
    assert ended.code == Exit.OK, ended.err
    text = drawn.read_text(encoding="utf-8")
    assert "iB" in text  # the unit
    assert "ntpages " in text  # who made it, and on which Windows


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
@pytest.mark.parametrize(
    ("sort", "title", "unit"),
    [
        ("private_working_set", "Processes by private working set", ("iB", "bytes")),
        ("threads", "Processes by threads", ("threads",)),
        ("name", "Processes by working set", ("iB", "bytes")),
    ],
)
def test_processes_are_drawn_by_what_they_are_sorted_by_in_its_unit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sort: str, title: str, unit: tuple[str, ...]
) -> None:
    drawn: list[str] = []
    pytest.importorskip("matplotlib")
    from matplotlib.axes import Axes  # noqa: PLC0415

    monkeypatch.setattr(time, "sleep", interrupt_at(2))
    monkeypatch.setattr(Axes, "set_title", lambda _, words, **__: drawn.append(words))
    monkeypatch.setattr(Axes, "set_ylabel", lambda _, words: drawn.append(words))
    path = str(tmp_path / "drawn.svg")
    ended = run(["ps", "--sort", sort, "--watch", "9", "--picture", path])
    assert ended.code == Exit.OK, ended.err
    assert drawn[0] == title
    assert drawn[1].endswith(unit)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_amounts_that_are_all_nothing_are_drawn_as_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setitem(importlib.import_module("matplotlib").rcParams, "svg.fonttype", "none")
    path = tmp_path / "drawn.svg"
    timeline_picture([(0.0, {"idle.exe (4)": 0}), (1.0, {"idle.exe (4)": 0})], path, title="a")
    assert "idle.exe (4)" in path.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_a_process_that_ends_while_it_is_watched_has_been_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mpl = pytest.importorskip("matplotlib")
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")  # text as text
    drawn = tmp_path / "drawn.svg"
    with Target("idle") as target:
        monkeypatch.setattr(time, "sleep", lambda _: target.end())
        ended = run(["map", str(target.pid), "--watch", "9", "--json", "--picture", str(drawn)])
    assert ended.code == Exit.FAILURE
    first, wrong = map(json.loads, ended.out.splitlines())
    assert first["pid"] == target.pid
    assert "no such process" in wrong["error"]["message"]
    assert f"({target.pid}), by use" in drawn.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["heap list", "ps", "system"])
def test_what_is_drawn_over_time_alone_has_to_be_watched(calls: Calls, command: str) -> None:
    pytest.importorskip("matplotlib")
    ended = run([*calls[command], "--picture", "drawn.svg"])
    assert ended.code == Exit.FAILURE
    assert "add --watch" in ended.err


def test_what_windows_does_not_tell_comes_last() -> None:
    class Row:
        def __init__(self, size: int | None) -> None:
            self.size = size

    rows = [Row(None), Row(1), Row(2)]
    assert [row.size for row in Listing(sort="size").ordered(rows)] == [2, 1, None]
    assert [row.size for row in Listing(sort="size", ascending=True).ordered(rows)] == [1, 2, None]


def test_cells_with_commas_and_quotes_are_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    from ntpages import processes  # noqa: PLC0415

    name = 'a "b", c\n.exe'
    table = Table("Process", {"pid": [8], "name": [name], "working_set": [1 << 40]})
    monkeypatch.setattr(processes, "list_processes", lambda **_: table)
    rows = list(csv.DictReader(io.StringIO(run(["ps", "--csv", "-"]).out, newline="")))
    assert rows == [{"pid": "8", "name": name, "working_set": str(1 << 40)}]


@pytest.mark.parametrize("words", ["scan {me} --hex {mark}", "scan {me} --regex {text}"])
def test_matches_and_texts_are_values_between_commas(calls: Calls, words: str) -> None:
    me, _, mark, _, start, _, end = calls["scan"][1:]
    text = bytes.fromhex(mark).decode().replace(" ", ".")
    given = words.format(me=me, mark=mark, text=text).split()
    found = run([*given, "--start", start, "--end", end, "--csv", "-"])
    [row] = csv.DictReader(io.StringIO(found.out))
    assert int(row["address"]) == int(start, 16)
    texts = run([*calls["strings"], "--csv", "-"])
    [row] = csv.DictReader(io.StringIO(texts.out))
    assert row["text"] == bytes.fromhex(mark).decode()
