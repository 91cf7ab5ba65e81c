"""``ntpages heap list``."""

from __future__ import annotations

import os
from typing import Any

import click

from ntpages import heaps
from ntpages.cli.arguments import as_json
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
from ntpages.report import consoles, documents
from ntpages.report.heaps.listing import HeapLine, heaps_table


@click.command("list")
@another_process
@as_json
def list_command(*, pid: int | None, as_json: bool, **how: Any) -> Exit:
    """List the heaps of PROCESS, or of this one.

    How many blocks are in use is told of this process alone: to count those of others, walk.
    """
    require_pid(pid)
    lines, code = _list_own() if pid is None else _list_of(pid, **how)
    if as_json:
        documents.print_document({"pid": pid or os.getpid(), "heaps": lines})
    else:
        consoles.data().print(heaps_table(lines))
    return code


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
