"""``ntpages map``: an address space as tables, documents and a picture."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import regions
from ntpages.cli.regions.map import summarize
from ntpages.report.regions.map import protection, regions_table, shortened, summary_table

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def test_map_prints_a_summary_and_every_region(capsys: Capture) -> None:
    run = Run(capsys, "map")
    assert run.code == 0
    assert run.err == ""
    assert "all but free" in run.out
    assert "python.exe" in run.out
    assert f"stack {regions.walk().sort('thread', descending=True)[0].thread}" in run.out


def test_map_prints_stable_json(capsys: Capture) -> None:
    run = Run(capsys, "map", "--json", str(os.getpid()))
    assert set(run.json) == {"time", "version", "host", "pid", "summary", "regions"}
    assert run.json["pid"] == os.getpid()
    assert set(run.json["summary"][0]) == {
        "use",
        "regions",
        "size",
        "committed",
        "reserved",
        "largest",
    }
    assert tuple(run.json["regions"][0]) == regions.walk().names
    assert run.json["regions"][0]["use"] == "free"
    assert sum(part["size"] for part in run.json["summary"]) == sum(
        row["size"] for row in run.json["regions"]
    )


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
    assert tuple(rows[0]) == regions.walk().names
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
    table = regions.walk()
    lines = []
    for shown in (summary_table(summarize(table)), regions_table(table)):
        with (console := Console(width=width, color_system=None)).capture() as captured:
            console.print(shown)
        lines += captured.get().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) == len(table) + len(summarize(table)) + 3  # headings and the sum
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
    assert drawn.startswith("<?xml")
    assert len(drawn) > 10_000


def test_a_picture_has_to_be_one(capsys: Capture, tmp_path: Path) -> None:
    run = Run(capsys, "map", "--picture", str(tmp_path / "map.txt"))
    assert run.code == 1
    assert "must end in .svg, .png or .pdf" in run.err
