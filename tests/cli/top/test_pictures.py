"""The whole screen, as it stands in ``pictures``: what comes to look otherwise is looked at again.

``NTPAGES_PICTURES=draw`` draws them anew, as text and, where the variable names a folder, as it
looks in a terminal there, dark and light.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from cli.top.modelled import after_a_minute
from cli.top.playing import play, press, settled, shown
from ntpages.cli.top import details
from ntpages.report.top import details as shown_of_one

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ntlab import Lab

PICTURES = Path(__file__).parent / "pictures"
DRAW = os.environ.get("NTPAGES_PICTURES")

SCREENS: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "80": ((80, 24), ()),
    "80-tree": ((80, 24), ("t",)),
    "80-details": ((80, 24), ("enter",)),
    "120": ((120, 40), ()),
    "120-purge": ((120, 40), ("m", "5")),
    "120-columns": ((120, 40), ("c",)),
    "120-help": ((120, 40), ("question_mark",)),
    "200-details": ((200, 60), ("enter",)),
}
DIALOGS = {"120-purge", "120-columns", "120-help"}


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_looks_as_it_was_looked_at(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(details, "_SETTLES", 0.001)
    monkeypatch.setattr(shown_of_one, "cell", lambda *_: "2026-09-21 16:53:20")  # anywhere
    size, keys = SCREENS[name]
    drawn = [draw(lab, size, keys, theme) for theme in (("dark", "light") if DRAW else ("dark",))]
    text, _ = drawn[0]
    file = PICTURES / f"{name}.txt"
    if DRAW:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        if Path(DRAW).is_dir():
            for (_, svg), theme in zip(drawn, ("dark", "light"), strict=True):
                (Path(DRAW) / f"{name}-{theme}.svg").write_text(svg, encoding="utf-8")
    expected = file.read_text(encoding="utf-8")
    if name in DIALOGS:
        assert content(text) == content(expected)
    else:
        assert text == expected


def content(text: str) -> list[list[str]]:
    """The words of each line, without lines and blocks: boxes and buttons are Textual's."""
    return [re.sub(r"[─-▟]", " ", line).split() for line in text.splitlines()]


def draw(lab: Lab, size: tuple[int, int], keys: tuple[str, ...], theme: str) -> tuple[str, str]:
    """The screen after a minute and these keys, as text without its last line, and as a picture.

    The last line is Textual's, which words it anew now and then.
    """
    lab.reset()
    app = after_a_minute(lab, theme=theme)
    found: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, *keys)
        await pilot.pause(0.1)
        await settled(app, pilot)
        lines = [line.rstrip() for line in shown(app).splitlines()]
        found.append("\n".join(lines[:-1]) + "\n")
        found.append(app.export_screenshot(title="ntpages top"))

    play(app, act, size=size)
    return found[0], found[1]
