"""What test_report has the report of ``ntpages top`` render."""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(report: Any, lists: Any) -> Iterator[object]:
    """Yield what the report says of a machine with these lists, in two looks."""
    top = report.top
    cells: dict[str, list[Any]] = {
        **{key: [4] for key in ("pid", "parent", "working_set", "private", "faults")},
        **{key: [4] for key in ("hard_faults", "minimum", "maximum")},
        **{key: [True] for key in ("accessible", "hard_minimum", "hard_maximum")},
        **{key: [0.0] for key in ("cpu_time", "started")},
        "name": ["System"],
    }
    table = Some(names=tuple(cells), column=lambda name: Some(tolist=lambda: cells[name]))
    faults = Some(page_reads=1, pages_read=1, transition_faults=1)
    faults.since = lambda _: faults
    memory = Some(total=9, available=4, committed=3, commit_limit=8, cache=1, dirty_cache=None)
    history = top.history.History()
    for second in (1.0, 2.0):
        history.add(
            Some(
                time=second,
                processes=table,
                memory=memory,
                faults=faults,
                lists=lists,
                compression=None,
            )
        )
    yield str(top.history.parts(memory, None))
    process = top.processes.Chosen(4, "System", 0.0)
    total = Some(use=Some(value="heap"), committed=1, resident=1, reserved=1, size=2)
    region = Some(use=Some(value="heap"), allocation_base=1, state=Some(value="commit"), size=1)
    details = top.details
    yield details.heading(history, process, 0)
    yield details.trends(history, process, 60)
    yield details.map_by_kind([total], 60)
    yield details.heaps([region])
    yield details.heaps_told([Some(address=1, committed=1, allocated=1)])
    yield details.limits(history, 0)
    names = ("name", *top.columns.USUAL, "started")
    yield str([(top.columns.heading(name), top.columns.meaning(name)) for name in names])
    yield str([top.columns.cell(name, "a" if top.columns.is_text(name) else 1) for name in names])
    yield str(top.columns.known(names, history.names))
    steps = ("empty-working-sets", "flush-modified", "purge-standby")
    yield str(top.commands.words_of(steps))
    yield str(top.commands.price(steps, history.last, 1))
    yield top.commands.needs(None, elevated=True, held=False)
    yield top.commands.price_line(faults, 1.0)
    graphs, style = top.graphs, top.panel.color_of("Standby")
    columns = [(each,) for each in graphs.gathered([1.0, 2.0], 2, 60, graphs.mean)]
    rows = graphs.stacked(columns, 2, width=4, height=2, styles=(style,))
    yield str([*rows, graphs.across([1], width=3, styles=(style,)), graphs.merged([("a", style)])])
    yield graphs.sparkline([1, None]) + str(graphs.looks_each(30))
