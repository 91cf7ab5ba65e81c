"""``ntpages read``: memory as digits and text."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages.report.cells import address
from ntpages.report.processes.read import hex_lines

if TYPE_CHECKING:
    from target import Target

Capture = pytest.CaptureFixture[str]


def test_read_shows_digits_and_text(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "read", str(target.pid), hex(target["text"] + 96), "16")
    assert run.out.split("  ")[-1].strip() == "....Wren song..."


def test_read_prints_json(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "read", str(target.pid), hex(target["private"]), "16", "--json")
    assert bytes.fromhex(run.json["hex"]) == target.mark


@pytest.mark.usefixtures("strict")
def test_read_is_partly_done_where_only_part_can_be_read(capsys: Capture, target: Target) -> None:
    words = ["read", str(target.pid), hex(target["edge"]), "4K"]
    assert Run(capsys, *words).code == 1
    run = Run(capsys, *words, "--partial")
    assert run.code == 2
    assert "Only 16 of 4096 bytes" in run.err


def test_lines_of_the_same_are_one_star() -> None:
    lines = list(hex_lines(bytes(80) + b"end", 0x1000))
    assert [line.split("  ")[0] for line in lines] == [address(0x1000), "*", address(0x1050)]
    assert lines[-1].endswith("end")


def test_nobody_is_an_error_and_no_traceback(capsys: Capture) -> None:
    run = Run(capsys, "read", "2147483644", "0x1000", "16")
    assert run.code == 1
    assert "there is no such process" in run.err


def test_more_than_there_is_memory_for_is_told(target: Target) -> None:
    # In a child: Wine keeps the addresses of what it could not commit.
    words = [sys.executable, "-m", "ntpages", "read", str(target.pid), "0x7FFE0000", "1T"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"ntpages: there is no memory for {1 << 40} bytes\n"


def test_bytes_and_a_document_are_not_to_be_had_at_once(capsys: Capture) -> None:
    run = Run(capsys, "read", str(os.getpid()), "0x7FFE0000", "4", "--raw", "--json")
    assert run.code == 1
    assert "--raw and --json: choose one of the two" in run.err
