#!/usr/bin/env python3
"""Opens the page of a map in a real Chromium, and does there what people do.

usage: python3 tests/browser/run.py

Needs Debian's package chromium-headless-shell, or chromium. The map is one of a Windows Python
that waits; what the page tells is held against what `ntpages map --json` says of it.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import unittest
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from browser.chromium import Chromium  # noqa: E402 (needs the line above)

DEV = [sys.executable, str(ROOT / "dev.py")]
LINE = 22  # pixels from line to line, on the page
PAGE = 4096
READABLE = 4.5  # what WCAG asks of the contrast of text


def make_map(page: Path) -> list[dict[str, Any]]:
    """Make the page of a process that stands still; return what `--json` says of its regions."""
    idle = [*DEV, "python", "-c", "import os; print(os.getpid(), flush=True); input()"]
    with subprocess.Popen(idle, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as whose:
        assert whose.stdout
        pid = whose.stdout.readline().strip()
        ask("map", pid, "--picture", f"Z:{page}")
        regions: list[dict[str, Any]] = json.loads(ask("map", pid, "--json"))["regions"]
        whose.communicate("\n")
    names = {each["allocation_base"]: each["name"] for each in regions[::-1] if each["name"]}
    return [each | {"name": names.get(each["allocation_base"], "")} for each in regions]


def ask(*words: str) -> str:
    """What a command of ntpages prints; one that failed ends all."""
    done = subprocess.run([*DEV, "run", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ntpages {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


class Page(unittest.TestCase):
    folder: ClassVar[Path]
    page: ClassVar[Path]
    regions: ClassVar[list[dict[str, Any]]]
    ends: ClassVar[list[float]]  # where each region ends, in units of width
    browser: ClassVar[Chromium]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.page = cls.folder / "map.html"
        cls.regions = make_map(cls.page)
        cls.ends = [*accumulate(1 + math.log2(each["size"] / PAGE) for each in cls.regions)]
        cls.browser = Chromium(cls.folder)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self) -> None:
        self.browser.window(1200, 900)
        self.browser.scheme("light")
        self.browser.open(self.page)

    def tearDown(self) -> None:
        """Whatever was done, nothing went wrong on the page, and nothing was asked of anybody."""
        for event in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.assertEqual(self.browser.told(event), [])
        asked = [each["request"]["url"] for each in self.browser.told("Network.requestWillBeSent")]
        self.assertEqual(asked, [self.page.as_uri()])

    # ---- Where things are ------------------------------------------------------------------------

    def unit(self) -> float:
        """How many pixels a unit is wide."""
        return float(self.browser.evaluate("unit"))

    def middle(self, number: int) -> tuple[float, float]:
        """The middle of a region's part on its first line, or, if wider, on its second."""
        left, top, wide = self.browser.evaluate(
            "(box => [box.x, box.y, box.width])(map.getBoundingClientRect())"
        )
        unit = self.unit()
        length = wide / unit
        start = self.ends[number - 1] if number else 0.0
        line = math.floor(start / length + 1e-9)
        edge = (line + 1) * length
        if self.ends[number] - edge > edge - start:
            start, edge, line = edge, edge + length, line + 1
        end = min(self.ends[number], edge)
        return left + ((start + end) / 2 - line * length) * unit, top + line * LINE + LINE / 3

    def lines(self, number: int) -> tuple[float, float]:
        """Where the first line begins that a region has a part of, and where the last one ends."""
        top, wide = self.browser.evaluate(
            "(box => [box.y, box.width])(map.getBoundingClientRect())"
        )
        length = wide / self.unit()
        start = self.ends[number - 1] if number else 0.0
        first = math.floor(start / length + 1e-9)
        last = math.ceil(self.ends[number] / length - 1e-9)
        return top + first * LINE, top + last * LINE

    def hover(self, number: int) -> str:
        """Point at a region, and return what is told of it."""
        x, y = self.middle(number)
        high = self.browser.evaluate("window.innerHeight")
        if not 200 < y < high - LINE:
            self.browser.evaluate(f"window.scrollBy(0, {y - high / 2})")
            x, y = self.middle(number)
        self.browser.point(x, y)
        return self.tip()

    def committed(self) -> list[int]:
        """Which regions are committed, and so filled with a colour."""
        return [at for at, each in enumerate(self.regions) if each["state"] == "commit"]

    def tip(self) -> str:
        """What is told beside the pointer; nothing, if nothing is."""
        return str(self.browser.evaluate("tip.hidden ? '' : tip.innerText"))

    def colors_at(self, *numbers: int) -> list[list[int]]:
        """The colours drawn in the middle of regions that are in sight: red to opacity."""
        places = [self.middle(number) for number in numbers]
        found: list[list[int]] = self.browser.evaluate(
            f"""(() => {{
                const box = canvas.getBoundingClientRect(), sharp = devicePixelRatio;
                const copy = new OffscreenCanvas(canvas.width, canvas.height);
                const context = copy.getContext("2d", {{ willReadFrequently: true }});
                context.drawImage(canvas, 0, 0);
                return {json.dumps(places)}.map(([x, y]) => [...context.getImageData(
                    Math.floor((x - box.x) * sharp), Math.floor((y - box.y) * sharp), 1, 1).data]);
            }})()"""
        )
        return found

    def assert_told(self, told: str, region: dict[str, Any]) -> None:
        begin, end = region["address"], region["address"] + region["size"]
        first, what, *name = told.split("\n")
        self.assertEqual(first, f"0x{begin:012x} to 0x{end:012x}")
        self.assertEqual(what.split(", ")[0], region["use"])
        if region["state"] != "free":
            self.assertIn(region["state"], what.split(", "))
        self.assertEqual(name, [region["name"]] if region["name"] else [])

    # ---- What a person does ----------------------------------------------------------------------

    def test_each_region_is_told_where_it_is_pointed_at(self) -> None:
        for number, region in enumerate(self.regions):
            self.assert_told(self.hover(number), region)
        self.browser.point(600, 10)
        self.assertEqual(self.tip(), "")

    def test_each_committed_region_is_drawn_in_the_colour_of_its_use(self) -> None:
        colors = self.browser.evaluate("colors")
        self.assertGreater(len(set(colors.values())), 4)
        committed = self.committed()
        for number, color in zip(committed, self.colors_at(*committed), strict=True):
            use = self.regions[number]["use"]
            wanted = [int(colors[use][at : at + 2], 16) for at in (1, 3, 5)]
            self.assertEqual(color, [*wanted, 255], self.regions[number])

    def test_the_wheel_with_ctrl_zooms_where_the_pointer_is(self) -> None:
        for _ in range(8):  # until the page is higher than the window, and can follow
            self.browser.press("+")
        number = len(self.regions) // 2
        before = self.unit()
        self.hover(number)
        for by, grows in ((-100, True), (-100, True), (100, False), (100, False), (100, False)):
            unit, (x, y) = self.unit(), self.middle(number)
            self.browser.turn(x, y, by, control=True)
            self.assertEqual(self.unit() > unit, grows)
            top, bottom = self.lines(number)
            self.assertLessEqual(top, y)
            self.assertLess(y, bottom)
            self.assert_told(self.hover(number), self.regions[number])
        self.assertLess(self.unit(), before)

    def test_the_wheel_alone_scrolls(self) -> None:
        self.browser.window(1200, 500)
        unit = self.unit()
        self.browser.turn(600, 300, 200, control=False)
        self.browser.until(lambda: bool(self.browser.evaluate("window.scrollY > 0")))
        self.assertEqual(self.unit(), unit)

    def test_keys_and_buttons_zoom_in_and_out(self) -> None:
        for more, less in (("+", "-"), ("#in", "#out")):
            do = self.browser.click if more == "#in" else self.browser.press
            unit = self.unit()
            do(more)
            self.assertGreater(self.unit(), unit)
            do(less)
            do(less)
            self.assertLess(self.unit(), unit)

    def test_a_zoom_has_its_ends_and_all_is_drawn_at_them(self) -> None:
        self.browser.window(400, 800, sharp=3)  # a telephone, where the map is the highest
        for key in ("+", "-"):
            units: list[float] = []
            while len(units) < 2 or units[-1] != units[-2]:
                self.browser.press(key)
                units.append(self.unit())
            for number in (self.committed()[0], self.committed()[-1]):
                self.assert_told(self.hover(number), self.regions[number])
                self.browser.drawn()
                [[*_, opacity]] = self.colors_at(number)
                self.assertEqual(opacity, 255)

    def test_arrow_keys_go_from_region_to_region_and_around(self) -> None:
        self.browser.evaluate("map.focus()")
        for number in (0, 1, 2):
            self.browser.press("ArrowRight")
            self.assert_told(self.tip(), self.regions[number])
        for number in (1, 0, len(self.regions) - 1):
            self.browser.press("ArrowLeft")
            self.assert_told(self.tip(), self.regions[number])
        self.browser.press("Escape")
        self.assertEqual(self.tip(), "")

    def search(self, text: str) -> str:
        """Look for a text, and return what is said of how much was found."""
        self.browser.evaluate("find.value = ''; find.focus()")
        self.browser.type(text)
        return str(self.browser.evaluate("found.innerText"))

    def test_a_name_finds_its_regions_one_after_the_other(self) -> None:
        wanted = [each for each in self.regions if "python3" in each["name"]]
        self.assertGreater(len(wanted), 2)
        self.assertEqual(self.search("PYTHON3"), f"{len(wanted)} of {len(self.regions)} regions")
        for region in (*wanted, wanted[0]):
            self.browser.press("Enter")
            self.assert_told(self.tip(), region)
        committed = self.committed()
        for number, (*_, opacity) in zip(committed, self.colors_at(*committed), strict=True):
            self.assertEqual(opacity == 255, self.regions[number] in wanted)

    def test_a_use_and_an_address_within_are_found_too(self) -> None:
        stacks = [each for each in self.regions if each["use"] == "stack"]
        self.assertTrue(self.search("stack").startswith(f"{len(stacks)} of "))
        region = next(each for each in self.regions[::-1] if each["size"] > 2 * PAGE)
        self.assertTrue(self.search(f"{region['address'] + PAGE + 1:#x}").startswith("1 of "))
        self.browser.press("Enter")
        self.assert_told(self.tip(), region)
        self.assertTrue(self.search("nothing is called so").startswith("0 of "))

    def test_a_use_is_hidden_and_shown_again(self) -> None:
        high = self.browser.evaluate("map.offsetHeight")
        self.browser.click("tr[data-use=image] input")
        self.assertLess(self.browser.evaluate("map.offsetHeight"), high)
        self.browser.evaluate("map.focus()")
        shown = [each for each in self.regions if each["use"] != "image"]
        for region in shown[:40]:
            self.browser.press("ArrowRight")
            self.assert_told(self.tip(), region)
        self.browser.click("tr[data-use=image] input")
        self.assertEqual(self.browser.evaluate("map.offsetHeight"), high)

    def test_what_is_told_stays_within_the_window(self) -> None:
        for wide, high in ((1200, 900), (360, 500)):
            self.browser.window(wide, high)
            for number in range(0, len(self.regions), 7):
                self.hover(number)
                left, top, right, bottom = self.browser.evaluate(
                    "(box => [box.left, box.top, box.right, box.bottom])"
                    "(tip.getBoundingClientRect())"
                )
                self.assertTrue(0 <= left < right <= wide, (left, right))
                self.assertTrue(0 <= top < bottom <= high, (top, bottom))

    def test_text_can_be_read_on_dark_and_on_light(self) -> None:
        papers = []
        for scheme in ("light", "dark"):
            self.browser.scheme(scheme)
            self.hover(len(self.regions) // 2)
            paper = self.style("body", "backgroundColor")
            papers.append(luminance(paper))
            for selector in ("h1", "p", "th", "td", "#tip", "#found"):
                ink = self.style(selector, "color")
                self.assertGreater(contrast(ink, paper), READABLE, (scheme, selector))
        light, dark = papers
        self.assertGreater(light, dark)

    def style(self, selector: str, name: str) -> list[int]:
        """A colour of an element: red, green, blue."""
        words = self.browser.evaluate(
            f"getComputedStyle(document.querySelector({json.dumps(selector)})).{name}"
        )
        return [int(each) for each in words.removeprefix("rgb(").removesuffix(")").split(",")]


def luminance(color: list[int]) -> float:
    """How light a colour is, from 0 to 1, as WCAG has it."""
    parts = [each / 255 for each in color]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[int], other: list[int]) -> float:
    """From 1, none, to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


if __name__ == "__main__":
    unittest.main()
