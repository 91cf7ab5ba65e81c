"""``ntpages map``: an address space as tables, documents and a picture."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import regions
from ntpages.regions import Use
from ntpages.report.regions.map import (
    allocations_table,
    protection,
    regions_table,
    shortened,
    summary_table,
)
from ntpages.report.regions.page import map_page
from ntpages.report.regions.picture import map_picture
from ntpages.table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


def test_map_prints_totals_and_every_allocation(capsys: Capture) -> None:
    run = Run(capsys, "map")
    assert run.code == 0
    assert run.err == ""
    lines = run.out.splitlines()
    assert lines[0].startswith(f"python.exe ({os.getpid()}): ")
    assert " in the working set, unique (USS) " in lines[0]
    totals, listed = run.out.split("\n\n")
    assert "all but free" in totals
    assert "python.exe" in listed
    stack = next(row for row in regions.walk() if row.use is Use.STACK).allocation_base
    assert listed.count(f"{stack:#014x}") == 1


def test_map_prints_regions_where_they_are_asked_for(capsys: Capture) -> None:
    run = Run(capsys, "map", "--regions", "--use", "stack")
    row = next(row for row in regions.walk() if row.use is Use.STACK)
    listed = run.out.split("\n\n")[1]
    assert f"stack {row.thread}" in listed
    parts = sum(each.allocation_base == row.allocation_base for each in regions.walk())
    assert parts > 1
    inside = [
        f"  {each.address:#014x}"
        for each in regions.walk()
        if each.allocation_base == row.allocation_base and each.address != row.address
    ]
    assert all(each in listed for each in inside)


@pytest.mark.parametrize("column", ["size", "committed", "resident", "resident_private"])
def test_map_sorts_by_a_size_downwards(capsys: Capture, column: str) -> None:
    rows = Run(capsys, "map", "--json", "--sort", column.replace("committed", "size")).json
    sizes = [row[column.replace("committed", "size")] for row in rows["regions"]]
    assert sizes == sorted(sizes, reverse=True)
    out = Run(capsys, "map", "--sort", column).out.split("\n\n")[1]
    by_size = regions.totals(regions.walk(resident=True), by="allocation").sort(
        column, descending=True
    )
    first = next(line for line in out.splitlines()[1:])
    assert f"{by_size[0].address:#014x}" in first


def test_map_sorts_by_words_and_addresses_upwards(capsys: Capture) -> None:
    rows = Run(capsys, "map", "--json", "--sort", "name").json["regions"]
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)


def test_map_prints_stable_json(capsys: Capture) -> None:
    run = Run(capsys, "map", "--json", str(os.getpid()))
    head = {"time", "version", "host", "pid", "program"}
    assert set(run.json) == {*head, "summary", "allocations", "regions"}
    assert (run.json["pid"], run.json["program"]) == (os.getpid(), "python.exe")
    assert tuple(run.json["summary"][0]) == regions.UseTotal._fields
    assert tuple(run.json["allocations"][0]) == regions.AllocationTotal._fields
    assert tuple(run.json["regions"][0]) == regions.ResidentRegionRow._fields
    assert run.json["regions"][0]["use"] == "free"
    everything = sum(row["size"] for row in run.json["regions"])
    assert sum(part["size"] for part in run.json["summary"]) == everything


def test_a_map_without_the_working_set_keeps_its_shape(lab: Lab, capsys: Capture) -> None:
    told = Run(capsys, "map", "--json").json
    lab.fail("K32QueryWorkingSetEx", every=True, code=87)
    run = Run(capsys, "map", "--json")
    assert lab.refused
    assert run.code == 0
    assert "Without what is in the working set: " in run.err
    for part in ("summary", "allocations", "regions"):
        assert tuple(run.json[part][0]) == tuple(told[part][0])
        assert {row["resident"] for row in run.json[part]} == {None}
        assert {row["resident_private"] for row in run.json[part]} == {None}
    assert sum(row["committed"] for row in run.json["summary"]) > 0
    shown = Run(capsys, "map")
    assert shown.code == 0
    assert " -" in shown.out
    rows = csv.DictReader(io.StringIO(Run(capsys, "map", "--csv", "-").out))
    assert {row["resident"] for row in rows} == {""}


def test_map_filters_by_use_and_size(capsys: Capture) -> None:
    run = Run(capsys, "map", "--json", "--use", "image", "--use", "HEAP", "--min-size", "64K")
    assert {row["use"] for row in run.json["regions"]} <= {"image", "heap"}
    assert min(row["size"] for row in run.json["regions"]) >= 65536
    assert {part["use"] for part in run.json["summary"]} <= {"image", "heap"}


def test_map_without_a_process_is_ones_own_and_keeps_what_is_just_large_enough(
    capsys: Capture,
) -> None:
    run = Run(capsys, "map", "--json", "--use", "peb", "--min-size", "4K")
    assert run.json["pid"] == os.getpid()
    assert [row["size"] for row in run.json["regions"]] == [4096]


def test_map_filters_may_leave_nothing(capsys: Capture) -> None:
    run = Run(capsys, "map", "--use", "PEB", "--min-size", "1G")
    assert run.code == 0
    assert "all but free" in run.out


def test_map_writes_csv(capsys: Capture, tmp_path: Path) -> None:
    run = Run(capsys, "map", "--csv", "-", "--use", "image")
    rows = list(csv.DictReader(io.StringIO(run.out)))
    assert tuple(rows[0]) == regions.ResidentRegionRow._fields
    assert {row["use"] for row in rows} == {"image"}
    assert any(row["name"].endswith("python.exe") for row in rows)

    path = tmp_path / "regions.csv"
    run = Run(capsys, "map", "--csv", str(path))
    assert run.out == ""
    text = path.read_text(encoding="utf-8")
    assert sum(int(row["size"]) for row in csv.DictReader(io.StringIO(text))) == 0x7FFF_FFFF_0000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["map", "1000000000"], "OpenProcess"),
        (["map", "nobody"], "nobody"),
        (["map", "-1"], "-1"),
        (["map", "--use", "nonsense"], "nonsense"),
        (["map", "--min-size", "much"], "much"),
        (["map", "--sort", "nonsense"], "no column 'nonsense': there are address, "),
        (["map", "--csv", "-", "--sort", "nonsense"], "no column 'nonsense'"),
        (["map", "--csv", "-", "--regions"], "--regions has no effect with --json"),
    ],
)
def test_bad_arguments_of_map_end_with_1_and_a_sentence(
    capsys: Capture, arguments: list[str], words: str
) -> None:
    run = Run(capsys, *arguments)
    assert run.code == 1
    assert words in run.err
    assert "Traceback" not in run.err
    assert not run.out


@pytest.mark.parametrize("width", [80, 120])
def test_map_fits_a_terminal_line_by_line(width: int) -> None:
    table = regions.walk(resident=True)
    uses, allocations = regions.totals(table), regions.totals(table, by="allocation")
    lines = []
    for shown in (
        summary_table(uses, width=width, told=True),
        allocations_table(allocations, width=width, told=True),
        regions_table(table, width=width, told=True),
    ):
        with (console := Console(width=width, color_system=None)).capture() as captured:
            console.print(shown)
        lines += captured.get().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) == len(table) + len(uses) + len(allocations) + 4  # headings and the sum
    python = next(line for line in lines if "python.exe" in line)
    assert python.rstrip().endswith("python.exe")


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (40, r"C:\windows\system32\l_intl.nls"),
        (30, r"C:\windows\system32\l_intl.nls"),
        (29, r"...\system32\l_intl.nls"),
        (14, r"...\l_intl.nls"),
        (10, "...ntl.nls"),
    ],
)
def test_a_long_name_keeps_its_end(width: int, expected: str) -> None:
    assert shortened(r"C:\windows\system32\l_intl.nls", width) == expected


def test_protections_are_short() -> None:
    assert [protection(bits) for bits in (0, 1, 4, 0x20, 0x104, 0x8)] == [
        "",
        "---",
        "RW",
        "RX",
        "RW guard",
        "RC",
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_a_map_is_drawn(capsys: Capture, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "map.svg"
    assert Run(capsys, "map", "--picture", str(picture)).code == 0
    drawn = picture.read_text(encoding="utf-8")
    assert f"Address space of python.exe ({os.getpid()})" in drawn
    assert drawn.startswith("<?xml")
    assert len(drawn) > 10_000


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_a_map_in_black_and_white_says_what_regions_are_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mpl = pytest.importorskip("matplotlib")
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")  # text as text
    size = [1 << 20, 1 << 20, 1 << 40]
    cells: dict[str, Any] = {
        "address": [0, 1 << 20, 2 << 20],
        "size": size,
        "state": ["commit", "reserve", "free"],
        "use": ["image", "image", "free"],
    }
    drawn = tmp_path / "map.svg"
    map_picture(Table("Regions", cells), drawn, title="a", page_size=4096)
    text = drawn.read_text(encoding="utf-8")
    assert text.count(">image<") == 1 + 2  # beside the bars, and in the map, by state
    assert ">free<" in text


def test_a_picture_has_to_be_one(capsys: Capture, tmp_path: Path) -> None:
    run = Run(capsys, "map", "--picture", str(tmp_path / "map.txt"))
    assert run.code == 1
    assert "must end in .svg, .png, .pdf or .html" in run.err


def test_a_page_tells_every_region_and_asks_no_network(capsys: Capture, tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    run = Run(capsys, "map", "--picture", str(page))
    assert (run.code, run.out) == (0, "")
    text = page.read_text(encoding="utf-8")
    assert text.count(f"Address space of python.exe ({os.getpid()})") == 2
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|//[a-z]|@import|<link|src=", text)
    told = json.loads(re.findall('type="application/json">(.*?)</script>', text)[0])
    assert sum(each["pages"] for each in told["regions"]) == 0x7FFF_FFFF_0000 // 4096
    assert {each["use"] for each in told["regions"]} == told["colors"].keys()
    assert any(each["name"].endswith("python.exe") for each in told["regions"])
    assert "<!--" not in text


def test_names_in_a_page_are_no_tags(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script><!--"
    walked = regions.walk()
    columns = {each: walked.column(each).tolist()[:2] for each in walked.names}
    map_page(Table("Regions", columns | {"name": [name, ""]}), tmp_path / "map.html", title=name)
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert text.count("</script>") == 2
    assert "alert(1)</script>" not in text
    told = json.loads(re.findall('type="application/json">(.*?)</script>', text)[0])
    assert told["regions"][0]["name"] == name
