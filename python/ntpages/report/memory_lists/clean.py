"""The page lists as bars, and what a cleaning did to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from ntpages.errors import explain
from ntpages.report import bar, data, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntpages.memory_lists import CleanReport, MemoryLists, Step
    from ntpages.system import FaultCounters


_SIZES = 58  # cells of the names and sizes, and what is between the columns


def _rows(lists: MemoryLists) -> Iterator[tuple[str, int]]:
    yield "zero", lists.zero
    yield "free", lists.free
    yield "modified", lists.modified
    yield "modified, no write", lists.modified_no_write
    for priority in range(7, -1, -1):
        yield f"standby {priority}", lists.standby[priority]
    yield "bad", lists.bad


def lists_table(lists: MemoryLists) -> Table:
    """Return every list as a size and a bar."""
    table = Table(title="Memory lists", title_justify="left", box=None, pad_edge=False)
    table.add_column("list")
    table.add_column("size", justify="right")
    table.add_column("", min_width=24, no_wrap=True)
    full = max(value for _, value in _rows(lists))
    for name, value in _rows(lists):
        table.add_row(name, size(value), bar(value, full))
    table.add_row("standby, all", size(lists.standby_total), "")
    return table


def change_table(before: MemoryLists, after: MemoryLists) -> Table:
    """Return every list before and after, as sizes and bars of one scale.

    On a narrow screen the bars make room for the sizes.
    """
    width = max(0, min(20, (data().width - _SIZES) // 2))
    table = Table(title="Memory lists", title_justify="left", box=None, pad_edge=False)
    table.add_column("list", no_wrap=True)
    table.add_column("before", justify="right", no_wrap=True)
    table.add_column("", min_width=width, no_wrap=True)
    table.add_column("after", justify="right", no_wrap=True)
    table.add_column("", min_width=width, no_wrap=True)
    table.add_column("change", justify="right", no_wrap=True)
    old, new = list(_rows(before)), list(_rows(after))
    full = max(value for _, value in old + new)
    for (name, was), (_, now) in zip(old, new, strict=True):
        table.add_row(
            name,
            size(was),
            bar(was, full, width=width),
            size(now),
            bar(now, full, width=width),
            size(now - was, signed=True),
        )
    return table


def steps_table(report: CleanReport) -> Table:
    """Return what each step did: time, NTSTATUS, and what it moved."""
    table = Table(title="Steps", title_justify="left", box=None, pad_edge=False)
    table.add_column("step")
    table.add_column("answer")
    table.add_column("seconds", justify="right")
    table.add_column("ready", justify="right")
    table.add_column("standby", justify="right")
    table.add_column("modified", justify="right")
    for result in report.steps:
        moved = ["?", "?", "?"]
        if result.before and result.after:
            moved = [
                size(result.after.ready - result.before.ready, signed=True),
                size(result.after.standby_total - result.before.standby_total, signed=True),
                size(result.after.modified - result.before.modified, signed=True),
            ]
        if result.error is None:
            answer = "accepted"
        elif result.error.status:
            answer = f"refused, 0x{result.error.status:08X}"
        else:
            answer = f"refused, Win32 {result.error.code}"
        if result.pages_combined is not None:
            answer += f", {result.pages_combined} pages combined"
        table.add_row(result.step.value, answer, f"{result.seconds:.3f}", *moved)
    for step in report.skipped:
        table.add_row(step.value, "not tried", "", "", "", "")
    return table


def verdict(report: CleanReport) -> str:
    """Return the one sentence that says what is known of the outcome."""
    refused = [result for result in report.steps if result.error]
    if refused and refused[0].error:
        first = refused[0]
        return f"{first.step.value} was refused: {explain(refused[0].error)}"
    if report.before is None or report.after is None:
        return (
            "All commands were accepted. The lists can't be read back here, "
            "so their effect can't be verified."
        )
    gained = report.after.ready - report.before.ready
    return f"Ready for use: {size(report.after.ready)} ({size(gained, signed=True)})."


def dry_run_table(steps: tuple[Step, ...]) -> Table:
    """Return what would be run and what each step takes."""
    table = Table(title="Would run", title_justify="left", box=None, pad_edge=False)
    table.add_column("step")
    table.add_column("needs")
    for step in steps:
        table.add_row(step.value, step.privilege or "an elevated administrator")
    return table


def refaults_line(faults: FaultCounters, seconds: float) -> str:
    """Return what came back after a cleaning: the price of it."""
    return (
        f"In {seconds:g} s afterwards: {faults.page_reads} hard faults "
        f"({faults.pages_read} pages read from disk), "
        f"{faults.transition_faults + faults.demand_zero_faults} soft faults "
        f"({faults.transition_faults} from standby or modified)."
    )
