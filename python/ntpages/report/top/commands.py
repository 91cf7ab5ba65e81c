"""The commands of the memory lists in words: what they do, and what they would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntpages.report.cells import count, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Words:
    """A command in words."""

    title: str
    does: str


_WORDS = {
    "empty-working-sets": Words(
        "Empty all working sets",
        "Every page of every process leaves, for Standby or Modified.",
    ),
    "empty-file-cache": Words(
        "Empty the system working set",
        "What the file cache has at hand leaves, for Standby or Modified.",
    ),
    "flush-modified": Words(
        "Write the Modified list",
        "Its pages are written to files and page files, and on Standby then.",
    ),
    "purge-low-priority-standby": Words(
        "Purge the Standby list of priority 0",
        "Pages that are the least likely to be missed become Free.",
    ),
    "purge-standby": Words(
        "Purge the Standby list",
        "All that is kept in case somebody needs it again becomes Free.",
    ),
    "combine-pages": Words(
        "Combine pages",
        "Of pages that are the same in all processes, Windows keeps one.",
    ),
    "reconcile-registry": Words(
        "Reconcile the registry",
        "Changed hives are written to the disk, and their pages can go.",
    ),
    "flush-volumes": Words(
        "Flush all volumes",
        "What is cached of files and not yet written is written now.",
    ),
}
_DEFRAG = Words(
    "Free all idle memory",
    "1, 3 and 5 in a row, as ntpages defrag does.",
)


def words_of(steps: Sequence[str]) -> Words:
    """Return one step in words, or the three of ``ntpages defrag`` as one."""
    return _WORDS[steps[0]] if len(steps) == 1 else _DEFRAG


def price(steps: Sequence[str], look: Any, working_sets: int) -> list[str]:
    """Return what these steps would move and what is paid for that, a sentence each.

    Args:
        steps: As the command line calls them.
        look: The last look: ``lists`` and ``memory``.
        working_sets: Bytes in the working sets of all processes.
    """
    return [sentence for step in steps for sentence in _price(step, look, working_sets)]


def _price(step: str, look: Any, working_sets: int) -> Iterator[str]:
    lists = look.lists
    if step == "empty-working-sets":
        yield (
            f"Up to {size(working_sets)} leave working sets. Every program that runs faults its "
            "pages back in: from Standby and Modified at once, from the disk where they had to go."
        )
    elif step == "empty-file-cache":
        yield (
            f"The system cache is {size(look.memory.cache)}, Standby included. Files in use are "
            "faulted back in."
        )
    elif step == "flush-modified":
        yield f"{_known(lists and lists.modified)} will be written to the disk now."
    elif step == "purge-low-priority-standby":
        yield f"{_known(lists and lists.standby[0])} become Free; they are rarely missed."
    elif step == "purge-standby":
        yield (
            f"{_known(lists and lists.standby_total)} become Free, "
            f"{_known(lists and sum(lists.standby[5:]))} of it of priority 5 and above: what "
            "programs and files need again will be read from the disk."
        )
    elif step == "combine-pages":
        yield "Whoever writes to a combined page pays a fault for a copy of its own."
    elif step == "reconcile-registry":
        yield "Costs a few writes; keys that are used again are read again."
    elif step == "flush-volumes":
        dirty = look.memory.dirty_cache
        yield f"{_known(dirty)} will be written; whoever writes to the disks waits meanwhile."


def _known(value: int | None) -> str:
    return "An unknown amount" if value is None else size(value)


def needs(privilege: str | None, *, elevated: bool, held: bool) -> str:
    """Return what a step asks of the token, and whether it has it.

    Args:
        privilege: Its name; ``None`` where none is needed.
        elevated: Whether it takes an elevated administrator instead.
        held: Whether the token has what is needed.
    """
    if privilege is None and not elevated:
        return "Needs nothing."
    what = privilege or "an elevated administrator"
    if held:
        return f"Needs {what}: held." if privilege else f"Needs {what}: you are one."
    return f"Needs {what}: not held, so Windows will refuse. R starts as administrator."


def price_line(faults: Any | None, seconds: float) -> str:
    """Return what was faulted in since a command: what it has cost so far."""
    if faults is None:
        return "What it costs can't be counted here."
    return (
        f"Since then, {seconds:.0f} s: {count(faults.page_reads)} hard faults, which read "
        f"{size(faults.pages_read * 4096)}; {count(faults.transition_faults)} pages back from "
        "Standby or Modified."
    )
