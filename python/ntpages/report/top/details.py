"""What there is to say of one process: its trend, its map by kind, heaps and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.style import Style
from rich.text import Text

from ntpages.report import palette
from ntpages.report.cells import address, bar, count, size
from ntpages.report.top.columns import cell
from ntpages.report.top.graphs import sparkline
from ntpages.report.top.history import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ntpages.report.top.history import History
    from ntpages.report.top.processes import Chosen

_TRENDS = {"working_set": "working set", "private": "private", "commit": "commit"}
_FREE = {"free", "unusable"}
_HEAPS = {"heap", "32-bit heap"}
_MOST = 8  # heaps that are listed


def heading(history: History, process: Chosen, row: int) -> Text:
    """Return who it is."""
    of = history.column
    text = Text()
    text.append(process.name, style="bold")
    text.append(f"  pid {process.pid}\n")
    facts = [
        f"started {cell('started', process.started)}",
        f"by {_parent(history, of('parent')[row])}" if "parent" in history.names else "",
        *(f"{of(name)[row]:,} {name}" for name in ("threads", "handles") if name in history.names),
    ]
    text.append(" · ".join(filter(None, facts)), style="dim")
    return text


def _parent(history: History, pid: int) -> str:
    pids = history.column("pid")
    name = history.column("name")[pids.index(pid)] if pid in pids else "one that has exited"
    return f"{name} ({pid})" if pid in pids else name


def trends(history: History, process: Chosen, width: int) -> Text:
    """Return how its sizes went in the last minute, each as one line of bars.

    Bars are as high as what is between the least and the most of the minute.
    """
    text = _section("Last minute", ", each from its least to its most")
    there = history.last.processes.names
    each = -(-KEPT // max(10, width - 33))  # looks that share a column
    for name, words in _TRENDS.items():
        if name not in there:
            continue
        values = history.trend(process.pid, process.started, name)
        known = [value for value in values if value is not None]
        change = size(known[-1] - known[0], signed=True) if known else ""
        now = size(known[-1]) if known else "-"
        text.append(f"\n{words:<12}{now:>9} ")
        line = sparkline(values[::-each][::-1]).rjust(KEPT // each)
        text.append(line, style=Style(color=palette.of_use("mapped").paper))
        text.append(f" {change if change != '0 B' else '':>9}")
    return text


def map_by_kind(totals: Iterable[Any], width: int) -> Text:
    """Return what its address space is used for, most of it first.

    Args:
        totals: What ``ntpages.regions.totals()`` returns, with what is in the working set.
        width: Characters there are.
    """
    used = [each for each in totals if each.use.value not in _FREE]
    used.sort(key=lambda each: (-each.committed, -each.size))
    most = max((each.committed for each in used), default=0)
    room = max(0, min(20, width - 42))
    text = _section("Map by kind", f" {'committed':>10}{'at hand':>10}{'reserved':>10}")
    for each in used:
        if not each.committed and not each.reserved:
            continue
        style = Style(color=palette.of_use(each.use.value).paper)
        text.append(f"\n{each.use.value[:12]:<12}", style=style)
        for part in (each.committed, each.resident, each.reserved):
            text.append(f"{size(part) if part else '-':>10}")
        text.append(f" {bar(each.committed, most, width=room)}", style=style)
    return text


def heaps(regions: Iterable[Any]) -> Text:
    """Return its heaps as the walk of its address space finds them, the largest first."""
    sizes: dict[tuple[int, str], list[int]] = {}
    for each in regions:
        if each.use.value in _HEAPS:
            sums = sizes.setdefault((each.allocation_base, each.use.value), [0, 0])
            sums[0] += each.size if each.state.value == "commit" else 0
            sums[1] += each.size
    text = _section("Heaps", f", {len(sizes)}, as their first segments show")
    ordered = sorted(sizes.items(), key=lambda each: -each[1][0])
    for (base, use), (committed, whole) in ordered[:_MOST]:
        narrow = " (32-bit)" if use != "heap" else ""
        text.append(f"\n{address(base)}  {size(committed):>9} of {size(whole)}{narrow}")
    if len(ordered) > _MOST:
        text.append(f"\nand {len(ordered) - _MOST} more", style="dim")
    return text


def heaps_told(found: Sequence[Any]) -> Text:
    """Return its heaps as the process itself told of them, the largest first."""
    text = _section("Heaps", f", {len(found)}, as the process tells")
    for each in sorted(found, key=lambda each: -each.committed)[:_MOST]:
        text.append(
            f"\n{address(each.address)}  {size(each.committed):>9}, "
            f"{size(each.allocated)} in blocks"
        )
    if len(found) > _MOST:
        text.append(f"\nand {len(found) - _MOST} more", style="dim")
    return text


def limits(history: History, row: int) -> Text:
    """Return between what sizes its working set is kept."""
    text = _section("Limits of the working set")
    names = ("minimum", "maximum")
    if "accessible" not in history.names or not history.column("accessible")[row]:
        text.append("\nnot told: it can't be opened", style="dim")
        return text
    for name in names:
        kind = "hard" if history.column(f"hard_{name}")[row] else "soft"
        text.append(f"\n{name}  {size(history.column(name)[row]):>9}  {kind}")
    text.append(f"\n{'faults':<9}{count(history.column('faults')[row]):>9}  so far", style="dim")
    return text


def _section(name: str, more: str = "") -> Text:
    text = Text("\n\n")
    text.append(name, style="bold")
    if more:
        text.append(more, style="dim")
    return text
