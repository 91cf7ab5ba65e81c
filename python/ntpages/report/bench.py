"""What a benchmark run found, as ratios: to the bare C++ loop, and to every rival."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntpages.report import consoles
from ntpages.report.drawing import figure, save
from ntpages.report.tables import number, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.table import Table
    from typing_extensions import Self

SIGN = "\x1e"
"""What stands before what the suite tells of what is measured."""

_OURS = "ntpages"
_BARE = "bare"
_LEAST_NOISE = 0.1
"""What a ratio may differ by from run to run, however alike the rounds of each were."""
_OF_FEW_ROUNDS = 0.5
"""How far apart rounds are taken to be where there were too few to tell."""


class Running:
    """Says on a terminal what is measured, how far it is, and how long it may take."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._status = consoles.words().status("collecting questions ...")
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show it."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the cursor back, after Ctrl-C too."""
        self._status.stop()

    def goes_on(self, event: dict[str, Any]) -> None:
        """Show what comes next."""
        if not event["done"]:
            self._begun = time.monotonic()
        self._status.update(running_line(event, time.monotonic() - self._begun))


def running_line(event: dict[str, Any], seconds: float) -> str:
    """Return what is measured, how far it is, and how long it may still take.

    Args:
        event: What the suite told.
        seconds: Since the first question.
    """
    asked = f"{event['noun']}: {plain(event['question'], event['size'])}"
    left = f", {_about(seconds / event['done'] - seconds)} left" if event["done"] > 0.02 else ""
    return f"{event['number']} of {event['questions']}{left} · {asked} ({event['way']})"


def plain(text: str, size: str) -> str:
    """Return a question with its number in it, not as "so many"."""
    if not size:
        return text
    if "so many" in text:
        return text.replace("so many", size)
    return f"{text} ({size})"


def _about(seconds: float) -> str:
    """Return a time as roughly as it is known."""
    if seconds < 60:
        return f"about {max(10, round(seconds, -1)):.0f} s"
    return f"about {seconds / 60:.0f} min"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of answering a question."""

    name: str
    median: float | None
    """Seconds; ``None`` if it took no part."""
    rounds: int
    note: str
    """Why it took no part; or what else its result tells."""
    spread: float = 0.0
    """How far apart the middle half of its rounds was, as a part of the median."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question at one size, and everybody who answered it."""

    noun: str
    text: str
    size: str
    ways: tuple[Way, ...]

    def ratio(self, way: Way, to: str) -> float | None:
        """Return how many times as long ``way`` took as the way named ``to``."""
        for other in self.ways:
            if other.name == to and other.median and way.median:
                return way.median / other.median
        return None


def questions(results: dict[str, Any]) -> list[Question]:
    """Return the questions of a pytest-benchmark JSON document, in the order they were run."""
    found: dict[tuple[str, str, str], list[Way]] = {}
    for one in results["benchmarks"]:
        about = one["extra_info"]
        key = (about["noun"], about["question"], about["size"])
        stats = one["stats"]
        found.setdefault(key, []).append(
            Way(
                about["way"],
                stats["median"],
                stats["rounds"],
                about.get("note", ""),
                _spread(stats),
            )
        )
    for one in results.get("cannot", ()):
        key = (one["noun"], one["question"], one["size"])
        found.setdefault(key, []).append(Way(one["way"], None, 0, one["why"]))
    return [Question(*key, tuple(ways)) for key, ways in found.items()]


def kept(results: dict[str, Any]) -> dict[str, Any]:
    """Return what of a document a later run is compared with."""
    about = ("noun", "question", "size", "way")
    stats = ("median", "iqr", "rounds")
    machine = results["machine_info"]
    words = ("windows", "processor", "python_version", "ntpages")
    return {
        "machine_info": {
            **{name: machine[name] for name in words},
            "cpu": {"brand_raw": machine.get("cpu", {}).get("brand_raw")},
        },
        "benchmarks": [
            {
                "extra_info": {name: one["extra_info"][name] for name in about},
                "stats": {name: one["stats"].get(name, 0.0) for name in stats},
            }
            for one in results["benchmarks"]
        ],
    }


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio of ours in two runs."""

    question: Question
    way: str
    to: str
    """The way that it is a multiple of: the bare loop, or else a rival."""
    before: float
    now: float
    noise: float
    """How much of it may be chance: how far apart the rounds of both ways were, in both runs."""

    @property
    def is_worse(self) -> bool:
        """Whether it takes longer than before, by more than chance."""
        return self.now > self.before * (1 + self.noise)


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[Change]:
    """Return how the ratios of two runs differ, in the order of the later one.

    Ratios to the bare loop are compared, or to the first rival where there is none: times of two
    machines, or of one that had other things to do, say nothing.
    """
    earlier = {(one.noun, one.text, one.size): one for one in questions(before)}
    pairs = [(earlier.get((one.noun, one.text, one.size)), one) for one in questions(now)]
    found = [_change(then, one, way) for then, one in pairs if then for way in one.ways]
    return [change for change in found if change]


def _change(before: Question, now: Question, way: Way) -> Change | None:
    measured = {each.name: each for each in before.ways if each.median}
    was = measured.get(way.name)
    others = [each for each in now.ways if each.median and each.name in measured]
    rivals = [each for each in others if not each.name.startswith(_OURS)]
    rivals.sort(key=lambda each: each.name != _BARE)
    if not way.name.startswith(_OURS) or not was or not way.median or not rivals:
        return None
    to = rivals[0].name
    then, ratio = before.ratio(was, to), now.ratio(way, to)
    if then is None or ratio is None:
        return None
    spreads = way.spread + was.spread + rivals[0].spread + measured[to].spread
    return Change(now, way.name, to, then, ratio, max(_LEAST_NOISE, spreads))


def changes_table(found: Iterable[Change]) -> Table:
    """Return the ratios of two runs beside each other; what got worse stands out."""
    ratios = map(number, ("before", "now", "noise"))
    shown = table("question", number("size"), "way", "as a multiple of", *ratios, "verdict")
    for each in found:
        shown.add_row(
            f"{each.question.noun}: {each.question.text}",
            each.question.size,
            each.way,
            each.to,
            _ratio(each.before),
            _ratio(each.now),
            f"{each.noise:.0%}",
            "worse" if each.is_worse else "",
            style="bold" if each.is_worse else None,
        )
    return shown


def _spread(stats: dict[str, Any]) -> float:
    few = stats["rounds"] < 3
    return _OF_FEW_ROUNDS if few else float(stats.get("iqr", 0.0) / stats["median"])


def host_line(results: dict[str, Any]) -> str:
    """Return where the figures come from; without it they mean nothing."""
    machine = results["machine_info"]
    cpu = machine.get("cpu", {}).get("brand_raw") or machine["processor"]
    return (
        f"{machine['windows']}, {cpu}, Python {machine['python_version']}, "
        f"ntpages {machine['ntpages']}. Medians of one run; ratios carry over, times do not."
    )


def _seconds(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _ratio(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _cells(question: Question) -> Iterator[tuple[str, str, str, str, str]]:
    for way in question.ways:
        if way.median is None:
            yield way.name, "can't", "", "", way.note
        else:
            yield (
                way.name,
                _seconds(way.median),
                _ratio(question.ratio(way, _BARE)),
                _ratio(question.ratio(way, _OURS)),
                way.note,
            )


def noun_table(noun: str, asked: Iterable[Question]) -> Table:
    """Return one noun's questions: median, times the bare loop, times ntpages, notes."""
    ratios = map(number, ("median", "x bare", "x ntpages"))
    shown = table("question", number("size"), "way", *ratios, "note", title=noun)
    for question in asked:
        head = (question.text, question.size)
        for cells in _cells(question):
            shown.add_row(*head, *cells, style="bold" if cells[0] == _OURS else None)
            head = ("", "")
    return shown


def markdown(results: dict[str, Any]) -> str:
    """Return the whole run as a Markdown page."""
    lines = ["# ntpages benchmarks", "", host_line(results), ""]
    asked = questions(results)
    for noun in dict.fromkeys(question.noun for question in asked):
        lines += [
            f"## {noun}",
            "",
            "| question | size | way | median | x bare | x ntpages | note |",
            "|---|--:|---|--:|--:|--:|---|",
        ]
        for question in asked:
            if question.noun == noun:
                lines += [
                    f"| {question.text} | {question.size} | {' | '.join(cells)} |"
                    for cells in _cells(question)
                ]
        lines.append("")
    return "\n".join(lines)


def _of_bare(question: Question) -> float | None:
    """Return the time of the bare loop, as a multiple of ours."""
    bare = next((way for way in question.ways if way.name == _BARE), None)
    return question.ratio(bare, _OURS) if bare else None


def chart(results: dict[str, Any], path: Path) -> None:
    """Draw every way's time against ntpages's, on a logarithmic axis. Needs matplotlib."""
    asked = [
        one
        for one in questions(results)
        if any(way.name == _OURS and way.median for way in one.ways)
    ]
    names = list(dict.fromkeys(way.name for one in asked for way in one.ways if way.median))
    limits = [(row, ratio) for row, one in enumerate(asked) if (ratio := _of_bare(one))]
    drawn = figure(10, 2 + 0.5 * len(asked))
    axes = drawn.subplots()
    if limits:  # a line for each question: who is left of it asks Windows for less
        rows = [row for row, _ in limits]
        axes.vlines(
            [ratio for _, ratio in limits],
            [row - 0.3 for row in rows],
            [row + 0.3 for row in rows],
            colors="black",
            linewidth=2.5,
            label="the limit: a bare C++ loop over the calls of Windows",
            zorder=2,
        )
        names.remove(_BARE)
    for name, marker in zip(names, "osD^vP*Xh<>" * 3, strict=False):
        points = [
            (ratio, row)
            for row, one in enumerate(asked)
            for way in one.ways
            if way.name == name and (ratio := one.ratio(way, _OURS))
        ]
        ratios, rows = [ratio for ratio, _ in points], [row for _, row in points]
        axes.scatter(ratios, rows, marker=marker, label=name, zorder=3)
    axes.axvline(1, color="black", linewidth=0.8, linestyle=":", zorder=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("time, as a multiple of ntpages's (left of 1: faster)")
    axes.set_yticks([])
    axes.set_ylim(len(asked) - 0.4, -0.8)
    for row, one in enumerate(asked):  # above its marks: beside them it would leave them no room
        words = f" {one.noun}: {plain(one.text, one.size)}"
        axes.text(0, row - 0.42, words, transform=axes.get_yaxis_transform(), fontsize=8)
    axes.grid(axis="x", which="both", alpha=0.3)
    drawn.legend(loc="outside lower center", ncols=4, frameon=False)
    axes.set_title(f"ntpages benchmarks, {results['machine_info']['windows']}", loc="left")
    save(drawn, path)
