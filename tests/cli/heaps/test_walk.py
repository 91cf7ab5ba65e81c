"""``ntpages heap``: the list, the walk and what grew between two walks."""

from __future__ import annotations

import csv
import ctypes
import io
import json
import os
import time
from array import array
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import heaps, system
from ntpages.heaps import Heap
from ntpages.report.heaps.walk import strip
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

WINE = system.windows().wine is not None
NOBODY = "2147483644"
SUMS = ("busy_blocks", "busy", "free_blocks", "free", "largest_free", "uncommitted")
ENTRY = ("heap", "address", "size", "overhead", "region", "kind", "flags")


@pytest.fixture
def model(lab: Lab) -> Any:
    """The modelled heaps of whatever process is asked about."""
    return lab.model("heaps")


@pytest.fixture
def lockless() -> Iterator[int]:
    """The address of a heap that other code made without a lock."""
    kernel = ctypes.WinDLL("kernel32")
    kernel.HeapCreate.restype = ctypes.c_void_p
    kernel.HeapDestroy.argtypes = [ctypes.c_void_p]
    handle = kernel.HeapCreate(1, ctypes.c_size_t(0), ctypes.c_size_t(0))
    yield handle
    kernel.HeapDestroy(handle)


# ---- The list ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["list"]])
def test_heap_lists_the_heaps_of_this_process(capsys: Capture, words: list[str]) -> None:
    with Heap.create() as heap:
        block = heap.allocate(100_000)
        run = Run(capsys, "heap", *words, "--json")
        [mine] = [one for one in run.json["heaps"] if one["address"] == heap.address]
        assert block.live
    assert run.code == (2 if run.err else 0)  # a DLL may have made a heap without a lock
    assert run.json["pid"] == os.getpid()
    assert (mine["kind"], mine["blocks"]) == ("nt", 1)
    assert mine["reserved"] >= mine["committed"] >= mine["allocated"] >= 100_000


def test_heap_lists_for_people(capsys: Capture) -> None:
    lines = Run(capsys, "heap").out.splitlines()
    assert lines[0].split() == ["heap", "kind", "blocks", "in", "use", "committed", "reserved"]
    assert lines[1].split()[0] == hex(Heap.default().address)
    assert lines[-1].startswith("all ")


def test_a_heap_that_can_not_be_told_of_is_named(capsys: Capture, lockless: int) -> None:
    run = Run(capsys, "heap", "--json")
    assert run.code == 2
    assert f"Without heap {lockless:#x}: the heap was made without a lock" in run.err
    assert lockless not in {heap["address"] for heap in run.json["heaps"]}
    assert Run(capsys, "heap", "walk", "--json").code == 2
    run = Run(capsys, "heap", "walk", "--heap", hex(lockless))
    assert (run.code, run.out) == (1, "")
    assert f"Without heap {lockless:#x}" in run.err


def test_heap_lists_the_heaps_of_another_process(capsys: Capture, model: Any) -> None:
    shape = model.set(heaps=3, segments=2, blocks=100)
    run = Run(capsys, "heap", str(os.getpid()), "--json")
    assert run.code == 0
    assert [set(heap) for heap in run.json["heaps"]] == [
        {"address", "kind", "blocks", "allocated", "committed", "reserved"}
    ] * 3
    assert run.json["heaps"][0]["address"] == shape.base
    assert run.json["heaps"][0]["reserved"] == 2 << 30
    assert run.json["heaps"][0]["blocks"] is None
    assert " - " in Run(capsys, "heap", str(os.getpid())).out


def test_toolhelp_lists_heaps_and_nothing_of_them(capsys: Capture, model: Any, lab: Lab) -> None:
    lab.hide("wine_get_version")
    shape = model.set(heaps=2)
    run = Run(capsys, "heap", str(os.getpid()), "--method", "toolhelp", "--json")
    assert run.json["heaps"][0] == {
        "address": shape.base,
        **dict.fromkeys(("kind", "blocks", "allocated", "committed", "reserved")),
    }


def test_a_32_bit_process_ends_with_4(capsys: Capture, model: Any) -> None:
    model.target_is_32_bit()
    run = Run(capsys, "heap", str(os.getpid()))
    assert run.code == 4
    assert "is a 32-bit one" in run.err


def test_a_process_that_does_not_answer_in_time_ends_with_1(
    capsys: Capture, model: Any, lab: Lab
) -> None:
    model.hang()
    run = Run(capsys, "heap", str(os.getpid()), "--timeout", "0.2")
    assert run.code == 1
    assert "did not tell of its heaps within 0.2 s" in run.err
    assert not run.out
    model.release()
    while lab.count("RtlDestroyQueryDebugBuffer") < lab.count("RtlCreateQueryDebugBuffer"):
        time.sleep(0.01)  # the query that was given up still needs the model


@pytest.mark.skipif(not WINE, reason="Windows has the query")
@pytest.mark.parametrize("how", [[], ["--method", "toolhelp"], ["--clone"]])
def test_where_other_processes_can_not_be_asked_it_ends_with_4(
    capsys: Capture, how: list[str]
) -> None:
    run = Run(capsys, "heap", "walk", str(os.getpid()), *how)
    assert run.code == 4
    assert "this Windows does not" in run.err


# ---- The walk ------------------------------------------------------------------------------------


def test_a_walk_prints_each_block_as_json(capsys: Capture) -> None:
    with Heap.create() as heap:
        blocks = [heap.allocate(size) for size in (100, 5000, 77)]
        blocks.pop(1).free()
        run = Run(capsys, "heap", "walk", "--heap", hex(heap.address), "--json")
        walked, sums = heap.walk(), heap.fragmentation()
    assert tuple(run.json) == ("pid", "method", "cloned", "heaps", "entries")
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
    assert f"no heap is at 0x10: there are {shape.base:#x}, " in run.err


def test_a_walk_counts_blocks_by_size(capsys: Capture) -> None:
    with Heap.create() as heap:
        blocks = [heap.allocate(100) for _ in range(10)]
        words = ("heap", "walk", "--histogram", "--heap", str(heap.address))
        run = Run(capsys, *words, "--json")
        [row] = [row for row in run.json["histogram"] if row["largest"] == 128]
        assert row["heap"] == heap.address
        assert (row["smallest"], row["busy"], row["busy_size"]) == (65, 10, 1000)
        assert len(blocks) == 10
        run = Run(capsys, *words)
    assert f"heap {heap.address:#x}" in run.out
    [line] = [line for line in run.out.splitlines() if line.strip().startswith("128 B")]
    assert line.split()[2:6] == ["10", "0.98", "KiB", "█" * 12]


def test_a_walk_is_the_seeds_exercise_for_people(capsys: Capture) -> None:
    with Heap.create() as heap:
        block = heap.allocate(100)
        run = Run(capsys, "heap", "walk", "--heap", hex(heap.address))
        [row] = [row for row in heap.walk() if row.address == block.address]
    assert run.err == ""
    [line] = [line for line in run.out.splitlines() if f"{row.address:#014x}" in line]
    assert line.split() == [
        *(f"{heap.address:#014x}", f"{row.address:#014x}", "100", str(row.overhead)),
        *(str(row.region), "busy", f"{row.flags:#06x}"),
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
    monkeypatch.setattr("ntpages.report.words", cache(lambda: words))
    monkeypatch.setattr("ntpages.report.heaps.walk.words", lambda: words)
    run = Run(capsys, "heap", "walk", str(os.getpid()), "--json")
    assert len(run.json["entries"]) == len(list(model.entries()))
    assert f"asking process {os.getpid()} for its heaps" in stderr.getvalue()
    assert "writing" in stderr.getvalue()


# ---- The strip -----------------------------------------------------------------------------------


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
    assert strip(entries(*pieces), width) == picture


# ---- What grew -----------------------------------------------------------------------------------


def save(capsys: Capture, path: Path, heap: Heap, encoding: str = "utf-8") -> str:
    run = Run(capsys, "heap", "walk", "--heap", hex(heap.address), "--json")
    path.write_text(run.out, encoding=encoding)
    return str(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_diff_finds_what_leaked_between_two_saved_walks(
    capsys: Capture, tmp_path: Path, encoding: str
) -> None:
    with Heap.create() as heap:
        doomed = heap.allocate(300)
        before, first = save(capsys, tmp_path / "before", heap, encoding), heap.walk()
        leaked = [heap.allocate(48) for _ in range(10)]
        doomed.free()
        after, second = save(capsys, tmp_path / "after", heap, encoding), heap.walk()
        assert len(leaked) == 10
    run = Run(capsys, "heap", "diff", before, after, "--json")
    assert run.code == 0
    expected = heaps.diff(first, second)
    assert run.json == {
        "growth": 180,
        "sizes": [row._asdict() for row in expected],
    }
    assert [(row["size"], row["appeared"], row["vanished"]) for row in run.json["sizes"]] == [
        (48, 10, 0),
        (300, 0, 1),
    ]
    run = Run(capsys, "heap", "diff", before, after, "--top", "1")
    assert run.err == ""
    heading, leak, everything = run.out.splitlines()
    assert heading.split()[:3] == ["block", "size", "appeared"]
    assert leak.split()[:6] == ["48", "B", "10", "0", "+480", "B"]
    assert everything.split() == ["all", "10", "1", "+180", "B"]


def test_diff_says_that_the_process_is_another(capsys: Capture, tmp_path: Path) -> None:
    for pid in (1, 2):
        (tmp_path / str(pid)).write_text(json.dumps({"pid": pid, "entries": []}))
    run = Run(capsys, "heap", "diff", str(tmp_path / "1"), str(tmp_path / "2"))
    assert run.code == 0
    assert "heaps of two processes, 1 and 2" in run.err


ROW = {"heap": 1, "address": 2, "size": 3, "kind": "busy"}


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no JSON",
        "[]",
        "[" * 100_000,
        "5",
        '"\ud800"',
        json.dumps({"entries": []}),
        json.dumps({"pid": 1}),
        json.dumps({"pid": 1, "entries": {}}),
        json.dumps({"pid": 1, "entries": 3}),
        json.dumps({"pid": "me", "entries": []}),
        json.dumps({"pid": 1, "entries": [{}]}),
        json.dumps({"pid": 1, "entries": [5]}),
        json.dumps({"pid": 1, "entries": [{"heap": 1}]}),
        json.dumps({"pid": 1, "entries": [ROW], "more": [ROW]}),
        *(
            json.dumps({"pid": 1, "entries": [{**ROW, **wrong}]})
            for wrong in (
                {"size": -1},
                {"size": 2**64},
                {"size": 0.5},
                {"address": None},
                {"kind": 7},
            )
        ),
    ],
)
def test_diff_refuses_what_is_no_walk(capsys: Capture, tmp_path: Path, document: str) -> None:
    path = tmp_path / "walk.json"
    path.write_bytes(document.encode("utf-8", "surrogatepass"))
    run = Run(capsys, "heap", "diff", str(path), str(path))
    assert run.code == 1
    assert "holds no result of `ntpages heap walk --json`" in run.err
    assert not run.out


def test_diff_refuses_entries_of_no_kind(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "walk.json"
    path.write_text(json.dumps({"pid": 1, "entries": [{**ROW, "kind": "lost"}]}))
    run = Run(capsys, "heap", "diff", str(path), str(path))
    assert run.code == 1
    assert "busy, free, uncommitted or region, not lost" in run.err


# ---- Bad arguments -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([NOBODY], "there is no such process"),
        (["0"], "0"),
        (["-5"], "-5"),
        (["nobody"], "nobody"),
        (["walk", NOBODY], "there is no such process"),
        (["walk", "nobody"], "nobody"),
        (["walk", "--heap", "here"], "'here' is no number"),
        (["walk", "--heap", "-1"], "no heap is at -0x1"),
        (["walk", "--json", "--csv", "-"], "one of the two"),
        (["walk", "--csv", "/no/such/folder/file"], "file"),
        (["walk", "--clone"], "name its PID"),
        (["--method", "toolhelp"], "name its PID"),
        (["walk", "1", "--method", "magic"], "magic"),
        (["walk", "1", "--timeout", "0"], "0"),
        (["walk", "1", "--timeout", "soon"], "soon"),
        (["walk", "1", "--timeout", "nan"], "nan"),
        (["diff"], "BEFORE"),
        (["diff", "no-such-file", "no-such-file"], "no-such-file"),
        (["diff", ".", "."], "."),
    ],
)
def test_bad_arguments_of_heap_end_with_1_and_a_sentence(
    capsys: Capture, arguments: list[str], words: str
) -> None:
    run = Run(capsys, "heap", *arguments)
    assert run.code == 1
    assert words in run.err
    assert "Traceback" not in run.err
    assert not run.out


def test_help_names_the_commands(capsys: Capture) -> None:
    run = Run(capsys, "heap", "--help")
    assert run.code == 0
    for command in ("diff", "image", "list", "walk"):
        assert f"\n  {command} " in run.out
