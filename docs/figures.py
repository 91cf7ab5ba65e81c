"""Makes the tables of bench/README.md from the saved run: dev.py python docs/figures.py.

``dev.py figures`` measures before.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ntpages.report import bench

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / "bench" / "reference.json"
PAGE = ROOT / "bench" / "README.md"
BEGIN, END = "<!-- what follows is made by docs/figures.py -->\n", "<!-- until here -->\n"
OURS, BARE = "ntpages", "bare"


def ratio(value: float | None) -> str:
    """How it is printed: three figures, of which none says more than was measured."""
    return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def row(question: bench.Question) -> str:
    """A question's line: our multiple of the bare loop, and everybody else's of us."""
    measured = {way.name: way for way in question.ways if way.median}
    others = [
        f"{name.removeprefix(f'{OURS}, ')} {ratio(question.ratio(way, OURS))}"
        for name, way in measured.items()
        if name not in {OURS, BARE}
    ]
    ours = ratio(question.ratio(measured[OURS], BARE))
    return f"| {question.text} | {question.size} | {ours} | {', '.join(others)} |"


def tables() -> Iterator[str]:
    """The lines of all tables, one for each noun."""
    found = json.loads(RUN.read_text(encoding="utf-8"))
    yield bench.host_line(found)
    asked = [one for one in bench.questions(found) if any(way.name == OURS for way in one.ways)]
    for noun in sorted({question.noun for question in asked}):
        yield ""
        yield f"| {noun} | size | ntpages / bare | others / ntpages |"
        yield "|---|--:|--:|---|"
        yield from (row(question) for question in asked if question.noun == noun)


def page() -> str:
    """The page with the tables of the saved run."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(tables()) + "\n\n" + END + behind


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
