"""``ntpages strings``."""

from __future__ import annotations

import os

import pytest

from cli.running import Run
from ntpages.regions import Region

Capture = pytest.CaptureFixture[str]
ME = str(os.getpid())


@pytest.fixture
def place() -> object:
    region = Region(4096)
    region.view(0, 16)[:] = b"hello\x01" + "wider".encode("utf-16-le")
    return region


def where(region: Region) -> list[str]:
    return [ME, "--start", hex(region.address), "--end", hex(region.address + region.size)]


def test_text_is_listed_line_by_line(capsys: Capture, place: Region) -> None:
    run = Run(capsys, "strings", *where(place))
    assert run.code == 0
    assert run.out.splitlines() == [
        "address         encoding  text",
        f"{place.address:#014x}  ascii     hello",
        f"{place.address + 6:#014x}  utf-16    wider",
    ]
    assert "2 texts in 4.00 KiB." in run.err


def test_text_is_a_document(capsys: Capture, place: Region) -> None:
    run = Run(capsys, "strings", *where(place), "--json", "--limit", "1")
    assert set(run.json) == {*("time", "version", "host", "pid", "strings", "scanned", "complete")}
    assert run.json["strings"] == [
        {"address": place.address, "size": 5, "encoding": "ascii", "text": "hello"}
    ]
    assert run.json["complete"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["strings"], "Missing argument 'PROCESS'"),
        (["strings", ME, "--minimum", "1"], "minimum must be from 2 to 4096 characters, not 1"),
        (["strings", ME, "--start", "0x20", "--end", "0x10"], "start must not be above end"),
    ],
)
def test_bad_arguments_end_with_1_and_a_sentence(
    capsys: Capture, arguments: list[str], words: str
) -> None:
    run = Run(capsys, *arguments)
    assert run.code == 1
    assert words in run.err
    assert not run.out
