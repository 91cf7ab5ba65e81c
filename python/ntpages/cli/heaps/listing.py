"""``ntpages heap list``."""

from __future__ import annotations

import os
from typing import Any

import click

from ntpages import heaps
from ntpages.cli.arguments import timeline_option
from ntpages.cli.exits import Exit
from ntpages.cli.heaps.asking import (
    UNTOLD,
    another_process,
    ask,
    by_heap,
    kind_word,
    leave_out,
    outcome,
    require_pid,
)
from ntpages.cli.listing import Listing, Look, listing
from ntpages.cli.processes.named import program_of
from ntpages.report.cells import address
from ntpages.report.heaps.listing import HeapLine, heaps_table


@click.command("list")
@another_process
@listing(names=HeapLine.__match_args__, picture=timeline_option, still=False)
def list_command(*, listing: Listing, pid: int | None, **how: Any) -> Exit:
    """List the heaps of PROCESS, or of this one.

    How many blocks are in use is told of this process alone: to count those of others, walk. With
    --watch and --picture, what is committed in each heap is drawn over time.
    """
    require_pid(pid)
    whose = pid or os.getpid()
    program = program_of(whose) if listing.picture else ""

    def look() -> Look:
        lines, code = _list_own() if pid is None else _list_of(pid, **how)
        return Look(
            names=HeapLine.__match_args__,
            rows=lines,
            key="heaps",
            document={"pid": whose},
            people=lambda rows: heaps_table(rows, lines),
            series={address(each.address): each.committed or 0 for each in lines},
            title=f"Committed memory of {program} ({whose}), by heap",
            code=code,
        )

    return listing.show(look)


def _list_own() -> tuple[list[HeapLine], Exit]:
    lines = []
    found_all = True
    for heap in heaps.heaps():
        try:
            found = heap.summary()
            blocks = heap.fragmentation().busy_blocks
            taken = (blocks, found.allocated, found.committed, found.reserved)
            lines.append(HeapLine(heap.address, kind_word(heap), *taken))
        except UNTOLD as why:
            leave_out(heap, why)
            found_all = False
    return lines, outcome(lines, found_all=found_all)


def _list_of(pid: int, **how: Any) -> tuple[list[HeapLine], Exit]:
    found = ask(pid, blocks=False, **how)
    told = found.method == "query"  # Toolhelp knows nothing but blocks
    segments = by_heap(found.entries)
    reserved = {heap: sum(entries.column("size")) for heap, entries in segments.items()}
    lines = [
        HeapLine(
            heap.address,
            kind_word(heap),
            blocks=None,
            allocated=heap.allocated if told else None,
            committed=heap.committed if told else None,
            reserved=reserved.get(heap.address),
        )
        for heap in found.heaps
    ]
    return lines, Exit.OK
