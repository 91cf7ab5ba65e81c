"""Files in memory: what came and went, and what was dropped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ntpages.report import consoles
from ntpages.report.cells import size
from ntpages.report.physical.where import shortened
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from ntpages.memory_lists import DroppedFile

_NUMBERS = 34  # cells of the sizes of a change


@dataclass(frozen=True, slots=True)
class Change:
    """What of a file was in memory, and is. Bytes."""

    file: str
    before: int
    after: int

    @property
    def growth(self) -> int:
        """How much has come."""
        return self.after - self.before


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return which files changed between two looks, the greatest changes first.

    Args:
        before: The columns ``path``, ``key`` and ``total`` of the first look.
        after: Those of the second.
    """
    old, new = _by_name(before), _by_name(after)
    found = [Change(name, old[name], new[name]) for name in old | new if old[name] != new[name]]
    return sorted(found, key=lambda each: (-abs(each.growth), each.file))


def _by_name(columns: Mapping[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for path, key, total in zip(columns["path"], columns["key"], columns["total"], strict=True):
        found[path or f"unnamed key {key:#x}"] += total
    return found


def changes_table(found: Sequence[Change]) -> Table:
    """Return what of each file was in memory, and is."""
    width = max(16, consoles.data().width - _NUMBERS)
    shown = table(number("change"), number("before"), number("after"), line("file"))
    for each in found:
        shown.add_row(
            size(each.growth, signed=True),
            size(each.before),
            size(each.after),
            Text(shortened(each.file, width)),
        )
    return shown


def say_more(left_out: int) -> None:
    """Say how many rows are not shown."""
    if left_out > 0:
        consoles.words().print(f"{left_out:,} more: show them with --top.")


def drop_line(dropped: DroppedFile) -> str:
    """Return in a sentence what became of a file's cache."""
    if dropped.before is None or dropped.after is None:
        return f"{dropped.path}: Windows was asked to drop it."
    if dropped.before == 0:
        return f"{dropped.path}: nothing of it was in memory."
    if dropped.after == 0:
        return f"{dropped.path}: {size(dropped.before)} dropped, nothing is left."
    kept = "somebody has it mapped, or it is not written yet"
    return f"{dropped.path}: {size(dropped.after)} of {size(dropped.before)} is left: {kept}."
