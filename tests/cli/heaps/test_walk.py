"""``ntpages heap walk``: every block, or how many of each size."""

from __future__ import annotations

import csv
import io
import os
import sys
from array import array
from functools import cache
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import heaps
from ntpages.heaps import EntryFlag, Heap
from ntpages.report import consoles
from ntpages.report.cells import address, word
from ntpages.report.heaps.picture import pieces_of
from ntpages.report.heaps.walk import HeapPart, strip
from ntpages.table import Table

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]

SUMS = ("busy_blocks", "busy", "free_blocks", "free", "largest_free", "uncommitted")

ENTRY = ("heap", "address", "size", "overhead", "region", "kind", "flags")


def test_a_walk_prints_each_block_as_json(capsys: Capture) -> None:
    with Heap.create() as heap:
        blocks = [heap.allocate(size) for size in (100, 5000, 77)]
        blocks.pop(1).free()
        run = Run(capsys, "heap", "walk", "--heap", hex(heap.address), "--json")
        walked, sums = heap.walk(), heap.fragmentation()
    assert tuple(run.json) == (
        *("time", "version", "host", "pid", "method", "cloned", "heaps", "entries"),
    )
    assert (run.json["pid"], run.json["method"], run.json["cloned"]) == (os.getpid(), "walk", False)
    [told] = run.json["heaps"]
    assert tuple(told) == ("address", "kind", *SUMS)
    assert [told[name] for name in SUMS] == [getattr(sums, name) for name in SUMS]
    assert tuple(run.json["entries"][0]) == ENTRY
    assert [row["address"] for row in run.json["entries"]] == list(walked.column("address"))
    busy = {row["address"]: row["size"] for row in run.json["entries"] if row["kind"] == "busy"}
    assert busy == {row.address: row.size for row in walked if row.kind == "busy"}


def test_a_walk_of_another_process_has_the_same_keys(capsys: Capture, model: Any) -> None:
    model.set(heaps=2, blocks=300)
    run = Run(capsys, "heap", "walk", str(os.getpid()), "--json", "--timeout", "20")
    assert run.json["method"] == "query"
    assert run.json["entries"] == [{name: row[name] for name in ENTRY} for row in model.entries()]


def test_one_heap_of_another_process_is_picked_out(capsys: Capture, model: Any) -> None:
    shape = model.set(heaps=3)
    last = shape.base + (2 * 64 << 30)
    run = Run(capsys, "heap", "walk", str(os.getpid()), "--heap", hex(last), "--json")
    assert {row["heap"] for row in run.json["entries"]} == {last}
    run = Run(capsys, "heap", "walk", str(os.getpid()), "--heap", "0x10")
    assert run.code == 1
    assert f"no heap is at {address(0x10)}: there are {address(shape.base)}, " in run.err


def test_a_walk_counts_blocks_by_size(capsys: Capture) -> None:
    with Heap.create() as heap:
        blocks = [heap.allocate(100) for _ in range(10)]
        words = ("heap", "walk", "--histogram", "--heap", hex(heap.address))
        run = Run(capsys, *words, "--json")
        [row] = [row for row in run.json["histogram"] if row["largest"] == 128]
        assert row["heap"] == heap.address
        assert (row["smallest"], row["busy"], row["busy_size"]) == (65, 10, 1000)
        assert len(blocks) == 10
        run = Run(capsys, *words)
    assert f"heap {address(heap.address)}" in run.out
    [line] = [line for line in run.out.splitlines() if line.strip().startswith("128 B")]
    assert line.split()[2:6] == ["10", "0.98", "KiB", "█" * 12]


def test_a_walk_is_the_seeds_exercise_for_people(capsys: Capture) -> None:
    with Heap.create() as heap:
        block = heap.allocate(100)
        run = Run(capsys, "heap", "walk", "--heap", hex(heap.address))
        [row] = [row for row in heap.walk() if row.address == block.address]
    assert run.err == ""
    [line] = [line for line in run.out.splitlines() if address(row.address) in line]
    assert line.split() == [
        *(address(heap.address), address(row.address), "100", str(row.overhead)),
        *(str(row.region), "busy", ",".join(word(flag) for flag in EntryFlag if flag & row.flags)),
    ]


def test_a_walk_is_written_as_csv(capsys: Capture, tmp_path: Path) -> None:
    with Heap.create() as heap:
        words = ("heap", "walk", "--heap", hex(heap.address), "--csv")
        run = Run(capsys, *words, "-")
        rows = list(csv.DictReader(io.StringIO(run.out)))
        assert tuple(rows[0]) == ENTRY
        assert {row["heap"] for row in rows} == {str(heap.address)}
        run = Run(capsys, *words, str(tmp_path / "walk.csv"), "--histogram")
    assert run.out == ""
    assert (tmp_path / "walk.csv").read_text().startswith("heap,smallest,largest,busy,")


def test_long_walks_show_on_stderr_how_far_they_are(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, model: Any
) -> None:
    model.set(heaps=1, blocks=5000)
    stderr = io.StringIO()
    words = Console(file=stderr, force_terminal=True, width=100)
    monkeypatch.setattr(consoles, "words", cache(lambda: words))
    run = Run(capsys, "heap", "walk", str(os.getpid()), "--json")
    assert len(run.json["entries"]) == len(list(model.entries()))
    assert f"asking process {os.getpid()} for its heaps" in stderr.getvalue()
    assert "writing" in stderr.getvalue()


def entries(*pieces: tuple[str, int]) -> Table:
    kinds, sizes = zip(*pieces, strict=True)
    nowhere = array("Q", [0] * len(sizes))
    return Table("t", {"address": nowhere, "size": array("Q", sizes), "kind": kinds})


@pytest.mark.parametrize(
    ("pieces", "width", "picture"),
    [
        ([("busy", 100)], 4, "████"),
        ([("free", 100)], 4, "░░░░"),
        ([("busy", 50), ("free", 50)], 4, "██░░"),
        ([("busy", 40), ("free", 60)], 4, "█▓░░"),
        ([("busy", 30), ("free", 70)], 4, "█▒░░"),
        ([("busy", 1)] * 52 + [("free", 1), ("busy", 1)] * 26, 4, "██▓▓"),
        ([("free", 999_999), ("busy", 1)], 5, "░░░░▒"),
        ([("region", 1000), ("busy", 10), ("uncommitted", 990)], 3, "███"),
        ([("busy", 3)], 7, "███████"),
        ([("region", 1000)], 5, ""),
    ],
)
def test_a_strip_is_as_dark_as_memory_is_used(
    pieces: list[tuple[str, int]], width: int, picture: str
) -> None:
    walked = entries(*pieces)
    part = HeapPart(0, "nt", walked, heaps.fragmentation(walked))
    assert strip(part, width) == picture


def test_a_walk_tells_of_regions_and_handles_where_it_is_asked_to(capsys: Capture) -> None:
    with Heap.create() as heap:
        start = heap.allocate(100).address
        words = ("heap", "walk", "--heap", hex(heap.address), "--details")
        entries = Run(capsys, *words, "--json").json["entries"]
        shown = Run(capsys, *words).out.splitlines()
    [region] = [entry for entry in entries if entry["kind"] == "region"]
    assert region["committed"] + region["uncommitted"] == region["size"]
    assert region["first"] <= start < region["last"]
    [line] = [line for line in shown if line.split()[5:6] == ["region"]]
    assert line.split()[-6:] == [
        *(str(region["committed"]), str(region["uncommitted"])),
        *(address(region[name]) for name in ("first", "last", "handle")),
        "segment",
    ]
    [heading] = [line for line in shown if line.startswith("heap ") and "flags" in line]
    assert heading.split()[-6:] == ["committed", "uncommitted", "first", "last", "handle", "flags"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_heaps_are_drawn_as_strips_and_by_size(capsys: Capture, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn = tmp_path / "heaps.svg"
    run = Run(capsys, "heap", "walk", "--picture", str(drawn))
    assert (run.code in {0, 2}, run.out) == (True, "")
    text = drawn.read_text(encoding="utf-8")
    whose = f"Heaps of {PureWindowsPath(sys.executable).name} ({os.getpid()})"
    for words in ("What is in use", "Blocks by size", "Holes by size", whose):
        assert words in text


def test_a_strip_of_a_picture_is_as_long_as_the_heap() -> None:
    walked = entries(("free", 30), ("busy", 60), ("busy", 10), ("uncommitted", 99))
    part = HeapPart(0, "nt", walked, heaps.fragmentation(walked))
    assert pieces_of(part, 100) == [(0.0, 30.0, False), (30.0, 70.0, True)]
