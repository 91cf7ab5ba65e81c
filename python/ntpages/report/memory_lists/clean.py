"""What a cleaning would do, what it does, and what it did to the page lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report import consoles, palette
from ntpages.report.cells import bar, count, size
from ntpages.report.memory_lists.lists import colored, each
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table
    from typing_extensions import Self

    from ntpages.memory_lists import CleanReport, MemoryLists, Step, StepResult
    from ntpages.system import FaultCounters, WindowsVersion

_SIZES = 58  # cells of the names and sizes, and what is between the columns


@dataclass(frozen=True, slots=True)
class Would:
    """What a step would be."""

    step: Step
    privilege: str | None
    held: bool
    """Whether the token has what it takes."""
    moves: int | None
    """Bytes that would go from one list to another, at most; None where nobody can know."""


def dry_run_table(steps: Sequence[Would]) -> Table:
    """Return what would be run, what each step takes, whether it is held, and what it would move.

    What one step moves, the next may move on: the sizes do not sum up.
    """
    shown = table("step", "needs", "", number("would move"), title="Would run")
    for one in steps:
        needs = one.privilege or ("an elevated administrator" if one.step.elevated else "nothing")
        held = "held" if one.held else Text("not held", style=palette.REFUSED)
        moves = "" if one.moves is None else f"up to {size(one.moves)}"
        shown.add_row(one.step.value, needs, "" if needs == "nothing" else held, moves)
    return shown


def ready_line(lists: MemoryLists) -> str:
    """Return what is ready for use now."""
    return f"Ready for use now: {size(lists.ready)}."


class Progress:
    """Says on stderr which step runs and how it ended."""

    def __init__(self) -> None:
        """Begin with none."""
        self._status = consoles.words().status("")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the cursor back, after Ctrl-C too: while the status turns, it is hidden."""
        self._status.stop()

    def begins(self, step: Step) -> None:
        """Show that a step runs."""
        self._status.update(f"{step.value} ...")
        self._status.start()

    def ends(self, result: StepResult) -> None:
        """Say what Windows answered."""
        self._status.stop()
        answer = "accepted" if result.ok else "refused"
        consoles.words().print(f"{result.step.value}: {answer}, {result.seconds:.3f} s")


def steps_table(done: CleanReport) -> Table:
    """Return what each step did: time, NTSTATUS, and what it moved where the lists can be read."""
    read = [each for each in done.steps if each.before and each.after]
    names = ("seconds", *(("ready", "standby", "modified") if read else ()))
    shown = table("step", "answer", *map(number, names), title="Steps")
    for result in done.steps:
        answer = Text(_answer(result), style=palette.REFUSED if result.error else "")
        cells: list[str | Text] = [result.step.value, answer, f"{result.seconds:.3f}"]
        if result.before and result.after:
            cells += [
                _gain(result.after.ready - result.before.ready),
                size(result.after.standby_total - result.before.standby_total, signed=True),
                _difference(result.before.modified, result.after.modified),
            ]
        elif read:
            cells += ["?", "?", "?"]
        shown.add_row(*cells)
    for step in done.skipped:
        shown.add_row(step.value, "not tried")
    return shown


def _gain(more: int) -> Text:
    return Text(size(more, signed=True), style=palette.GAINED if more > 0 else "")


def _difference(before: int | None, after: int | None) -> str:
    return "?" if before is None or after is None else size(after - before, signed=True)


def _answer(result: StepResult) -> str:
    if result.error is None:
        answer = "accepted"
    else:
        code = result.error.status or result.error.code
        answer = f"refused, 0x{code:08X}" if code >= 1 << 31 else f"refused, Win32 {code}"
    if result.pages_combined is not None:
        answer += f", {count(result.pages_combined)} pages combined"
    return answer


def change_table(before: MemoryLists, after: MemoryLists) -> Table:
    """Return every list before and after, as sizes and bars of one scale.

    On a narrow screen the bars make room for the sizes.
    """
    width = max(0, min(20, (consoles.data().width - _SIZES) // 2))
    shown = table(
        line("list"),
        number("before"),
        line(min_width=width),
        number("after"),
        line(min_width=width),
        number("change"),
        title="Memory lists",
    )
    old, new = list(each(before)), list(each(after))
    full = max(pages for _, pages in old + new)
    for (name, was), (_, now) in zip(old, new, strict=True):
        shown.add_row(
            name,
            size(was),
            colored(name, bar(was, full, width=width)),
            size(now),
            colored(name, bar(now, full, width=width)),
            size(now - was, signed=True),
        )
    return shown


def refaults_line(faults: FaultCounters, seconds: float) -> str:
    """Return what came back after a cleaning: the price of it."""
    return (
        f"In {seconds:.3g} s afterwards: {count(faults.page_reads)} hard faults "
        f"({count(faults.pages_read)} pages read from disk), "
        f"{count(faults.transition_faults + faults.demand_zero_faults)} soft faults "
        f"({count(faults.transition_faults)} from standby or modified)."
    )


def verdict(done: CleanReport, reasons: Iterable[str], *, interrupted: bool = False) -> str:
    """Return what is known of the outcome, a sentence each; ``reasons`` are those of refusals."""
    refused = (result.step.value for result in done.steps if not result.ok)
    sentences = [f"{step} was refused: {why}" for step, why in zip(refused, reasons, strict=True)]
    if interrupted and done.skipped:
        sentences.append(
            f"Interrupted in {done.skipped[0].value}, which may have been done even so."
        )
    elif interrupted:
        sentences.append("Interrupted: all commands had been accepted.")
    if done.before and done.after and any(result.ok for result in done.steps):
        gained = done.after.ready - done.before.ready
        sentences.append(f"Ready for use: {size(done.after.ready)} ({size(gained, signed=True)}).")
    elif done.ok:
        sentences.append(
            "All commands were accepted. The lists can't be read back here, "
            "so their effect can't be verified."
        )
    return "\n".join(sentences)


def host_note(windows: WindowsVersion) -> str | None:
    """Return the sentence that belongs under every figure taken on Wine."""
    if windows.wine is None:
        return None
    return f"This is Wine {windows.wine}: its memory lists are not the machine's."
