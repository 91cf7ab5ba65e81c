"""Which processes are shown, and in which order: by name, by column, as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages.processes.names import Names
from ntpages.report.top.processes import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.report.top.history import History


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to see."""

    sort: str = "working_set"
    descending: bool = True
    words: str = ""
    """Part of a name, with ``*`` or ``?`` all of it; or an id."""
    accessible: bool = False
    """Only those that can be opened."""
    tree: bool = False
    """Each below the process that started it."""

    def order(self, history: History) -> Order:
        """Return who is shown of the last look."""
        cells = history.column(self.sort)
        if cells and isinstance(cells[0], str):
            cells = [name.casefold() for name in cells]
        rows = sorted(range(len(cells)), key=cells.__getitem__, reverse=self.descending)
        wanted = self._wanted(history)
        if self.tree:
            rows, branches = _tree(history, rows, wanted)
        else:
            branches = []
            if wanted is not None:
                rows = [row for row in rows if row in wanted]
        return Order(rows, branches, self.sort, self.descending)

    def _wanted(self, history: History) -> set[int] | None:
        """Return the rows that are asked for; ``None`` for all."""
        if not self.words and not self.accessible:
            return None
        names = history.column("name")
        found = set(range(len(names)))
        if self.words:
            wild = "*" in self.words or "?" in self.words
            pattern = Names([self.words if wild else f"*{self.words}*"])
            pids = history.column("pid")
            found = {
                row
                for row, name in enumerate(names)
                if pattern.match(name) or str(pids[row]) == self.words
            }
        if self.accessible:
            can_be_opened = history.column("accessible")
            found = {row for row in found if can_be_opened[row]}
        return found


def _tree(
    history: History, rows: Sequence[int], wanted: set[int] | None
) -> tuple[list[int], list[str]]:
    """Return rows below who started them, and what stands before their names.

    Who is wanted brings those along that it stands below.
    """
    started, pids = history.column("started"), history.column("pid")
    at = {pid: row for row, pid in enumerate(pids)}
    above: dict[int, int] = {}
    for row, parent in enumerate(history.column("parent")):
        over = at.get(parent)
        # An id is given again: who is younger is another process that has it by now.
        if over is not None and over != row and started[over] <= started[row]:
            above[row] = over
    _cut_rings(above)
    if wanted is not None:
        kept: set[int] = set()
        for row in wanted:
            up: int | None = row
            while up is not None and up not in kept:
                kept.add(up)
                up = above.get(up)
        rows = [row for row in rows if row in kept]
    below: dict[int | None, list[int]] = {}
    for row in rows:
        below.setdefault(above.get(row), []).append(row)
    order: list[int] = []
    branches: list[str] = []
    waiting = [(row, "", "") for row in reversed(below.get(None, []))]
    while waiting:
        row, branch, indent = waiting.pop()
        order.append(row)
        branches.append(branch)
        children = below.get(row, [])
        for number, child in enumerate(reversed(children)):
            last = number == 0
            waiting.append(
                (child, indent + ("└ " if last else "├ "), indent + ("  " if last else "│ "))
            )
    return order, branches


def _cut_rings(above: dict[int, int]) -> None:
    """Let nobody stand below itself: processes that began at the same moment may say so."""
    safe: set[int] = set()
    for row in [*above]:
        path: list[int] = []
        up: int | None = row
        while up is not None and up not in safe and up not in path:
            path.append(up)
            up = above.get(up)
        if up is not None and up in path:
            del above[path[-1]]
        safe.update(path)
