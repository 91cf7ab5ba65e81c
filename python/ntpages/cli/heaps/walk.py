"""``ntpages heap``: the list of heaps, and the walk."""

from __future__ import annotations

import csv
import os
from itertools import chain, groupby, repeat
from typing import IO, TYPE_CHECKING, Any

import click

from ntpages import heaps, report
from ntpages.cli import Exit
from ntpages.cli.arguments import NUMBER, PID, as_json
from ntpages.cli.heaps.diff import diff_command
from ntpages.cli.heaps.image import image_command
from ntpages.report.heaps import walk as shown
from ntpages.report.heaps.walk import HeapLine, HeapPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ntpages.heaps import ProcessHeaps
    from ntpages.table import Table


class _HeapCommands(click.Group):
    """Commands about heaps; what is none of them is for the list: ``ntpages heap 1234``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("heap", cls=_HeapCommands, subcommand_metavar="[PID] | COMMAND [ARGS]...")
def heap_command() -> None:
    """Look into the heaps of this process or of another.

    `ntpages heap [PID]` lists them, as `ntpages heap list [PID]` does. Another process is asked
    with one query, which puts a thread into it for a moment: for processes of others run as
    administrator, with SeDebugPrivilege.
    """


heap_command.add_command(diff_command)
heap_command.add_command(image_command)


def _others(command: Callable[..., object]) -> Callable[..., object]:
    """Add how another process is asked."""
    for option in (
        click.option(
            "--method",
            type=click.Choice(["query", "toolhelp"]),
            default="query",
            show_default=True,
            help="Whom to ask about PID; toolhelp is documented, and slow beyond use.",
        ),
        click.option("--clone", is_flag=True, help="Look at a copy of PID, which is then ended."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=30.0,
            show_default=True,
            metavar="SECONDS",
            help="How long PID may take to answer.",
        ),
        click.argument("pid", type=PID, required=False),
    ):
        command = option(command)
    return command


def _require_pid(pid: int | None, how: dict[str, Any]) -> None:
    """Refuse what would have no meaning for this process."""
    if pid is None and (how["clone"] or how["method"] != "query"):
        msg = "--clone and --method are for another process: name its PID"
        raise click.UsageError(msg)


def _ask(pid: int, *, blocks: bool, **how: Any) -> ProcessHeaps:
    with report.words().status(f"asking process {pid} for its heaps ..."):
        return heaps.walk_process(pid, blocks=blocks, **how)


def _by_heap(entries: Table) -> dict[int, Table]:
    """Split a table of all entries into those of each heap, without copying."""
    parts = {}
    start = 0
    for heap, run in groupby(entries.column("heap")):
        end = start + sum(1 for _ in run)
        parts[heap] = entries[start:end]
        start = end
    return parts


def _leave_out(heap: heaps.Heap, why: ValueError) -> None:
    """Say which heap can't be told of: it has no lock, or is gone since it was listed."""
    report.words().print(f"Without heap {heap.address:#x}: {why}")


def _outcome(found: Sequence[object], *, found_all: bool) -> Exit:
    return Exit.OK if found_all else Exit.PARTLY if found else Exit.FAILURE


# ---- The list ------------------------------------------------------------------------------------


def _list_own() -> tuple[list[HeapLine], Exit]:
    lines = []
    found_all = True
    for heap in heaps.heaps():
        try:
            found = heap.summary()
            blocks = heap.fragmentation().busy_blocks
            taken = (blocks, found.allocated, found.committed, found.reserved)
            lines.append(HeapLine(heap.address, shown.kind_word(heap.kind), *taken))
        except ValueError as why:
            _leave_out(heap, why)
            found_all = False
    return lines, _outcome(lines, found_all=found_all)


def _list_of(pid: int, **how: Any) -> tuple[list[HeapLine], Exit]:
    found = _ask(pid, blocks=False, **how)
    told = found.method == "query"  # Toolhelp knows nothing but blocks
    segments = _by_heap(found.entries)
    reserved = {heap: sum(entries.column("size")) for heap, entries in segments.items()}
    lines = [
        HeapLine(
            heap.address,
            shown.kind_word(heap.kind),
            blocks=None,
            allocated=heap.allocated if told else None,
            committed=heap.committed if told else None,
            reserved=reserved.get(heap.address),
        )
        for heap in found.heaps
    ]
    return lines, Exit.OK


@heap_command.command("list")
@_others
@as_json
def _list(*, pid: int | None, as_json: bool, **how: Any) -> Exit:
    """List the heaps of the process PID, or of this one.

    How many blocks are in use is told of this process alone: to count those of others, walk.
    """
    _require_pid(pid, how)
    lines, code = _list_own() if pid is None else _list_of(pid, **how)
    if as_json:
        report.print_json({"pid": pid or os.getpid(), "heaps": lines})
    else:
        report.data().print(shown.heaps_table(lines))
    return code


# ---- The walk ------------------------------------------------------------------------------------


def _walk_own(wanted: int | None) -> tuple[list[HeapPart], Exit]:
    parts = []
    found_all = True
    for heap in _choose(heaps.heaps(), wanted):
        try:
            parts.append(HeapPart(heap.address, shown.kind_word(heap.kind), heap.walk()))
        except ValueError as why:
            _leave_out(heap, why)
            found_all = False
    return parts, _outcome(parts, found_all=found_all)


def _walk_of(pid: int, wanted: int | None, **how: Any) -> tuple[list[HeapPart], Exit]:
    found = _ask(pid, blocks=True, **how)
    entries = _by_heap(found.entries)
    return [
        HeapPart(
            heap.address, shown.kind_word(heap.kind), entries.get(heap.address, found.entries[:0])
        )
        for heap in _choose(found.heaps, wanted)
    ], Exit.OK


def _rows(tables: list[tuple[int, Table]], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of each table behind the address of its heap, as plain cells."""
    return chain.from_iterable(
        zip(repeat(heap), *(table.column(name) for name in names)) for heap, table in tables
    )


@heap_command.command("walk")
@_others
@click.option("--heap", "wanted", type=NUMBER, metavar="ADDRESS", help="This heap alone.")
@click.option("--histogram", is_flag=True, help="Blocks by size instead of each of them.")
@as_json
@click.option(
    "--csv",
    "csv_file",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Write comma-separated values; - for standard output.",
)
def _walk(
    *,
    pid: int | None,
    wanted: int | None,
    histogram: bool,
    as_json: bool,
    csv_file: IO[str] | None,
    **how: Any,
) -> Exit:
    """Show every block in the heaps of the process PID, or of this one.

    First how each heap is split up: in numbers, and as a strip, its committed memory end to end,
    as dark as it is used. Two walks saved with --json are compared by `ntpages heap diff`.
    """
    _require_pid(pid, how)
    if as_json and csv_file:
        msg = "--json and --csv: choose one of the two"
        raise click.UsageError(msg)
    parts, code = _walk_own(wanted) if pid is None else _walk_of(pid, wanted, **how)
    if code is Exit.FAILURE:
        return code
    tables = [(part.address, part.histogram if histogram else part.entries) for part in parts]
    names = shown.CLASS if histogram else shown.ENTRY
    rows = shown.with_progress(
        _rows(tables, names),
        sum(len(table) for _, table in tables),
        to_stdout=csv_file is None or csv_file.name == "-",
    )
    if as_json:
        head = {
            "pid": pid or os.getpid(),
            "method": how["method"] if pid else "walk",
            "cloned": how["clone"],
            "heaps": [shown.outline(part) for part in parts],
        }
        key = "histogram" if histogram else "entries"
        shown.print_rows_as_json(head, key, ("heap", *names), rows)
    elif csv_file:
        out = csv.writer(csv_file, lineterminator="\n")
        out.writerow(("heap", *names))
        out.writerows(rows)
    else:
        shown.print_parts(parts)
        if histogram:
            for part in parts:
                report.data().print(shown.histogram_table(part))
                report.data().print()
        else:
            shown.print_entries(rows)
    return code


def _choose(all_heaps: Sequence[Any], wanted: int | None) -> list[Any]:
    """The heap at the address that is wanted, or all."""
    chosen = [heap for heap in all_heaps if wanted in {None, heap.address}]
    if not chosen:
        there = ", ".join(f"{heap.address:#x}" for heap in all_heaps)
        msg = f"no heap is at {wanted:#x}: there are {there or 'none'}"
        raise click.UsageError(msg)
    return chosen
