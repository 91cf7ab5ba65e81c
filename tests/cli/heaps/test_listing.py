"""``ntpages heap``, with and without ``list``."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages import system
from ntpages.heaps import Heap
from ntpages.report.cells import address

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

WINE = system.windows().wine is not None


@pytest.mark.parametrize("words", [[], ["list"]])
def test_heap_lists_the_heaps_of_this_process(capsys: Capture, words: list[str]) -> None:
    with Heap.create(maximum=1 << 20) as heap:  # of fixed size: it never has a front end
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
    assert lines[1].split()[0] == address(Heap.default().address)
    assert lines[-1].startswith("all ")


def test_a_heap_that_can_not_be_told_of_is_named(capsys: Capture, lockless: int) -> None:
    run = Run(capsys, "heap", "--json")
    assert run.code == 2
    assert f"Without heap {address(lockless)}: the heap was made without a lock" in run.err
    assert lockless not in {heap["address"] for heap in run.json["heaps"]}
    assert Run(capsys, "heap", "walk", "--json").code == 2
    run = Run(capsys, "heap", "walk", "--heap", hex(lockless))
    assert (run.code, run.out) == (1, "")
    assert f"Without heap {address(lockless)}" in run.err


def test_a_corrupt_heap_is_named_and_the_others_are_told(capsys: Capture, lab: Lab) -> None:
    with Heap.create() as heap:
        lab.fail("RtlWalkHeap", nth=2)  # in the default heap, which is the first
        lab.fail("HeapValidate", nth=1)
        run = Run(capsys, "heap", "walk", "--json")
    assert run.code == 2
    assert f"Without heap {address(Heap.default().address)}: RtlWalkHeap failed" in run.err
    assert "the heap is corrupt" in run.err
    told = {one["address"] for one in run.json["heaps"]}
    assert heap.address in told
    assert Heap.default().address not in told


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


NOBODY = "2147483644"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([NOBODY], "there is no such process"),
        (["0"], "0"),
        (["-5"], "-5"),
        (["nobody"], "nobody"),
        (["walk", NOBODY], "there is no such process"),
        (["walk", "nobody"], "nobody"),
        (["walk", "--heap", "here"], "'here' is no address"),
        (["walk", "--heap", "-1"], "'-1' is no address"),
        (["walk", "--csv", "/no/such/folder/file"], "file"),
        (["walk", "--clone"], "for another, name it"),
        (["--method", "toolhelp"], "for another, name it"),
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
