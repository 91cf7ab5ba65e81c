"""``dev.py demo``: everything it shows works, and what is modelled is said to be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parent / "tour.py"


@pytest.mark.lab
def test_the_tour_shows_the_main_job_twice_and_ends_with_what_comes_next() -> None:
    done = subprocess.run(
        [sys.executable, str(TOUR)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    real, modelled, rest = re.split(r"\$ ntpages defrag\n", done.stdout, maxsplit=2)
    assert "for real" in real
    assert "No figure is of this one" in modelled
    assert "purge-standby  " in rest
    assert re.search(r"^standby 7 .*-32\.0 KiB$", rest, re.MULTILINE)
    commands = re.findall(r"^\$ ntpages (\w+)", done.stdout, re.MULTILINE)
    assert commands == ["defrag", "defrag", "heap", "heap", "map", "ps"]
    assert "array.nbytes is 1,099,511,627,776; committed are 196,608 bytes" in rest
    assert done.stdout.rstrip().endswith("the API in one screen")
