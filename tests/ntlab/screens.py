"""Makes docs/pictures/screen-*.svg: what commands print, on the modelled machine of the tests.

usage: NTPAGES_LAB_DLL=... python tests/ntlab/screens.py
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `import ntlab`

from rich.console import Console

import ntlab
from cli.top.modelled import after_a_minute
from ntpages import _native, cli
from ntpages.report import consoles

if TYPE_CHECKING:
    from rich.status import Status

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDTH = 110

SCREENS = {
    "where": ("where", "--processes", "--files", "--top", "6"),
    "lists": ("lists",),
    "files": ("files", "--top", "12"),
}


class Still(Console):
    """A terminal that shows nothing that comes and goes."""

    def status(self, *args: Any, **how: Any) -> Status:
        return Console(file=io.StringIO()).status(*args, **how)


def screen(*words: str) -> str:
    """What a command prints, as a picture of a terminal."""
    literal: Any = {"highlight": False, "markup": False, "emoji": False}
    shown = Still(
        width=WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        **literal,
    )
    before = consoles.data, consoles.words
    consoles.data = consoles.words = lambda: shown  # type: ignore[assignment]
    try:
        cli.main(list(words))
    except SystemExit as ended:
        if ended.code:
            raise
    finally:
        consoles.data, consoles.words = before
    return alone(shown.export_svg(title=f"ntpages {' '.join(words)}", unique_id=words[0]))


def alone(svg: str) -> str:
    """A picture that needs nothing from elsewhere."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


async def cockpit(lab: ntlab.Lab) -> str:
    """What ``ntpages top`` shows after a minute, as a picture of a terminal."""
    app = after_a_minute(lab)
    async with app.run_test(size=(WIDTH, 36)) as pilot:
        await pilot.press("enter")
        await pilot.pause(1.0)
        await app.workers.wait_for_complete()
        await pilot.pause()
        svg = app.export_screenshot(title="ntpages top")
    return alone(re.sub(r"terminal-\d+", "terminal-top", svg))


def main() -> None:
    """Draw them all."""
    assert _native.__file__
    lab = ntlab.Lab(os.environ["NTPAGES_LAB_DLL"], _native.__file__)
    for name, words in SCREENS.items():
        lab.reset()
        lab.model("memory_lists")
        lab.model("physical").live_in()
        lab.model("privileges").hold("SeProfileSingleProcessPrivilege")
        (PICTURES / f"screen-{name}.svg").write_text(screen(*words), encoding="utf-8")
    lab.reset()
    (PICTURES / "screen-top.svg").write_text(asyncio.run(cockpit(lab)), encoding="utf-8")


if __name__ == "__main__":
    main()
