"""``ntpages heap walk``."""

from __future__ import annotations

import os
from functools import cache
from heapq import nlargest, nsmallest
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import click

from ntpages import heaps
from ntpages.cli.arguments import ADDRESS, choose_one, picture_option, refuse_unused
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
from ntpages.cli.listing import Listing, listing
from ntpages.cli.processes.named import program_of
from ntpages.heaps import EntryFlag
from ntpages.report import consoles, documents
from ntpages.report.cells import address, word
from ntpages.report.columns import runs_upwards
from ntpages.report.heaps import walk as shown
from ntpages.report.heaps.picture import heaps_picture
from ntpages.report.heaps.walk import HeapPart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ntpages.heaps import Heap, ProcessHeap
    from ntpages.table import Table


@click.command("walk")
@another_process
@click.option("--heap", "wanted", type=ADDRESS, metavar="ADDRESS", help="This heap alone.")
@click.option(
    "--details",
    is_flag=True,
    help="Add the memory of regions, their blocks' first and last address, and handles.",
)
@click.option("--histogram", is_flag=True, help="Blocks by size instead of each of them.")
@listing(watch=False, picture=picture_option)
def walk_command(
    *,
    listing: Listing,
    pid: int | None,
    wanted: int | None,
    details: bool,
    histogram: bool,
    **how: Any,
) -> Exit:
    """Show every block in the heaps of PROCESS, or of this one.

    First how each heap is split up: in numbers, and as a strip, its committed memory end to end,
    as dark as it is used. Two walks saved with --json are compared by `ntpages heap diff`.
    """
    require_pid(pid)
    choose_one("details", "histogram")
    if pid is not None:
        refuse_unused("details", where="on another process: Windows does not tell of its regions")
    if histogram and not listing.for_programs:
        refuse_unused("sort", "columns", "top", where="with --histogram, but with --json or --csv")
    names = ("heap", *(shown.CLASS if histogram else shown.DETAILED if details else shown.ENTRY))
    listing.check(names)
    parts, code = (
        _walk_own(wanted, details=details) if pid is None else _walk_of(pid, wanted, **how)
    )
    if code is Exit.FAILURE:
        return code
    if listing.picture:
        whose = pid or os.getpid()
        heaps_picture(parts, listing.picture, title=f"Heaps of {program_of(whose)} ({whose})")
        return code
    tables = [
        (part.address, heaps.histogram(part.entries) if histogram else part.entries)
        for part in parts
    ]
    columns = listing.columns or names
    rows = shown.with_progress(
        _chosen(_rows(tables, names[1:]), names, listing),
        sum(len(table) for _, table in tables),
        to_stdout=listing.csv_file is None or listing.csv_file.name == "-",
    )
    if listing.as_json:
        objects = (dict(zip(columns, row, strict=True)) for row in rows)
        documents.print_document(
            {
                "pid": pid or os.getpid(),
                "method": how["method"] if pid else "walk",
                "cloned": how["clone"],
                "heaps": [shown.outline(part) for part in parts],
                "histogram" if histogram else "entries": objects,
            }
        )
    elif listing.csv_file:
        documents.write_csv(listing.csv_file, columns, rows)
    elif histogram:
        shown.print_parts(parts)
        for heap, classes in tables:
            consoles.data().print(shown.histogram_table(heap, classes))
            consoles.data().print()
    else:
        shown.print_parts(parts)
        shown.print_entries(rows, columns, _flag_words)
    return code


def _chosen(
    rows: Iterator[tuple[Any, ...]], names: Sequence[str], listing: Listing
) -> Iterator[tuple[Any, ...]]:
    """Yield those rows that are asked for, in their order, and those cells. Millions may come."""
    if listing.sort is not None:
        key = itemgetter(names.index(listing.sort))
        upwards = listing.ascending or runs_upwards(listing.sort)
        if listing.top is None:
            rows = iter(sorted(rows, key=key, reverse=not upwards))
        else:
            rows = iter((nsmallest if upwards else nlargest)(listing.top, rows, key=key))
    if listing.columns is not None:
        places = [names.index(each) for each in listing.columns]
        rows = (tuple(map(row.__getitem__, places)) for row in rows)
    return islice(rows, listing.top)


@cache
def _flag_words(flags: int) -> str:
    """The names of an entry's flags, and the number of what has none."""
    named = [flag for flag in EntryFlag if flag & flags]
    rest = flags & ~sum(named)
    return ",".join([*map(word, named), *([f"{rest:#x}"] if rest else [])]) or "-"


def _walk_own(wanted: int | None, *, details: bool) -> tuple[list[HeapPart], Exit]:
    parts = []
    found_all = True
    for heap in _choose(heaps.heaps(), wanted):
        try:
            parts.append(_part(heap, heap.walk(details=details)))
        except UNTOLD as why:
            leave_out(heap, why)
            found_all = False
    return parts, outcome(parts, found_all=found_all)


def _walk_of(pid: int, wanted: int | None, **how: Any) -> tuple[list[HeapPart], Exit]:
    found = ask(pid, blocks=True, **how)
    entries = by_heap(found.entries)
    nothing = found.entries[:0]
    return [
        _part(heap, entries.get(heap.address, nothing)) for heap in _choose(found.heaps, wanted)
    ], Exit.OK


def _part(heap: Heap | ProcessHeap, entries: Table) -> HeapPart:
    return HeapPart(heap.address, kind_word(heap), entries, heaps.fragmentation(entries))


def _rows(tables: list[tuple[int, Table]], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of each table behind the address of its heap, as plain cells."""
    return chain.from_iterable(
        zip(repeat(heap), *(table.column(name) for name in names)) for heap, table in tables
    )


def _choose(all_heaps: Sequence[Any], wanted: int | None) -> Sequence[Any]:
    """The heap at the address that is wanted, or all."""
    if wanted is None:
        return all_heaps
    chosen = [heap for heap in all_heaps if heap.address == wanted]
    if not chosen:
        there = ", ".join(address(heap.address) for heap in all_heaps)
        msg = f"no heap is at {address(wanted)}: there are {there or 'none'}"
        raise click.UsageError(msg)
    return chosen
