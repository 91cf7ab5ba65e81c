"""How heaps are asked for: those of this process, or of another."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from ntpages import heaps
from ntpages.cli.arguments import Seconds, refuse_unused
from ntpages.cli.exits import Exit
from ntpages.cli.processes.named import PROCESS
from ntpages.errors import CorruptHeapError
from ntpages.report import consoles
from ntpages.report.cells import address, word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ntpages.heaps import Heap, ProcessHeap, ProcessHeaps
    from ntpages.table import Table


def another_process(command: Callable[..., object]) -> Callable[..., object]:
    """Add how another process is asked."""
    for option in (
        click.option(
            "--method",
            type=click.Choice(["query", "toolhelp"]),
            default="query",
            show_default=True,
            help="Whom to ask about PROCESS; toolhelp is documented, and slow beyond use.",
        ),
        click.option("--clone", is_flag=True, help="Look at a copy, which is then ended."),
        click.option(
            "--timeout",
            type=Seconds(above=True),
            default=30.0,
            show_default=True,
            metavar="SECONDS",
            help="How long PROCESS may take to answer.",
        ),
        click.argument("pid", type=PROCESS, required=False, metavar="[PROCESS]"),
    ):
        command = option(command)
    return command


def require_pid(pid: int | None) -> None:
    """Refuse what would have no meaning for this process."""
    if pid is None:
        refuse_unused("clone", "method", "timeout", where="on this process: for another, name it")


def ask(pid: int, *, blocks: bool, **how: Any) -> ProcessHeaps:
    """Return what a process tells of its heaps."""
    with consoles.words().status(f"asking process {pid} for its heaps ..."):
        return heaps.walk_process(pid, blocks=blocks, **how)


def by_heap(entries: Table) -> dict[int, Table]:
    """Split a table of all entries into those of each heap, without copying."""
    parts = {}
    start = 0
    for heap, same in groupby(entries.column("heap")):
        end = start + sum(1 for _ in same)
        parts[heap] = entries[start:end]
        start = end
    return parts


def kind_word(heap: Heap | ProcessHeap) -> str | None:
    """Return what kind of heap it is, in a word; None where that is not known."""
    return word(heap.kind) if heap.kind else None


# No lock, or gone since it was listed; or something wrote over its records.
UNTOLD = (ValueError, CorruptHeapError)


def leave_out(heap: Heap, why: Exception) -> None:
    """Say which heap can't be told of, and why."""
    consoles.words().print(f"Without heap {address(heap.address)}: {why}")


def outcome(found: Sequence[object], *, found_all: bool) -> Exit:
    """Return how it went: whether all heaps were found, or some, or none."""
    return Exit.OK if found_all else Exit.PARTLY if found else Exit.FAILURE
