"""``ntpages heap diff``: what grew between two saved walks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.running import ENCODINGS, Run
from ntpages import heaps
from ntpages.heaps import Heap
from ntpages.report.cells import address

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def save(capsys: Capture, path: Path, heap: Heap, encoding: str = "utf-8") -> str:
    run = Run(capsys, "heap", "walk", "--heap", hex(heap.address), "--json")
    path.write_text(run.out, encoding=encoding)
    return str(path)


@pytest.mark.parametrize("encoding", ENCODINGS)
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
    assert run.json["growth"] == 180
    assert run.json["sizes"] == [row._asdict() for row in expected]
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
    before, after = tmp_path / "1", tmp_path / "2"
    assert f"{before} is of process 1, and {after} of process 2." in run.err


def test_diff_refuses_entries_of_no_kind(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "walk.json"
    row = {"heap": 1, "address": 2, "size": 3, "kind": "lost"}
    path.write_text(json.dumps({"pid": 1, "entries": [row]}))
    run = Run(capsys, "heap", "diff", str(path), str(path))
    assert run.code == 1
    assert "busy, free, uncommitted or region, not lost" in run.err


def test_diff_says_which_heap_grew(capsys: Capture, tmp_path: Path) -> None:
    def walk(name: str, **sizes: int) -> str:
        path = tmp_path / name
        entries = [
            {"heap": int(heap[1:]), "address": at, "size": size, "kind": "busy"}
            for at, (heap, size) in enumerate(sizes.items(), 1)
        ]
        free = {"heap": 1, "address": 99, "size": 7, "kind": "free"}
        path.write_text(json.dumps({"pid": 1, "entries": [*entries, free]}))
        return str(path)

    before, after = walk("before", h1=100, h2=1000), walk("after", h1=100, h2=5096, h3=64)
    run = Run(capsys, "heap", "diff", before, after, "--json")
    assert run.json["heaps"] == [
        {"address": 2, "before": 1000, "after": 5096},
        {"address": 3, "before": 0, "after": 64},
        {"address": 1, "before": 100, "after": 100},
    ]
    shown = Run(capsys, "heap", "diff", before, after).out.splitlines()
    assert shown[0].split() == ["heap", "before", "after", "growth"]
    assert shown[1].split()[:7] == [address(2), "0.98", "KiB", "4.98", "KiB", "+4.00", "KiB"]
