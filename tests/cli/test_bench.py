"""`ntpages bench`: a noun measured for real, and the report of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ntpages.report import bench

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pytest_benchmark")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ntpages", "bench", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def test_every_file_of_a_noun_is_measured_and_reported(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = run("--quick", "--noun", "write_watch", "--report", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "x bare" in done.stdout
    assert "Medians of one run" in done.stderr
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    dirty, snapshot = bench.questions(results)
    assert [way.name for way in dirty.ways] == ["bare", "ntpages", "ctypes"]
    assert [way.name for way in snapshot.ways] == ["ntpages", "copy"]
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    for question in (dirty, snapshot):
        assert question.text in done.stdout
        assert f"| {question.text} |" in text
    assert results["machine_info"]["windows"] in text


def test_a_noun_without_benchmarks_is_named() -> None:
    done = run("--noun", "attic")
    assert done.returncode == 1
    assert "'attic' has no benchmarks: choose from awe, heaps" in done.stderr


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_ratios_are_to_the_bare_loop_and_to_ntpages_and_a_chart_leaves_out_who_took_no_part(
    tmp_path: Path,
) -> None:
    pytest.importorskip("matplotlib")
    about = {"noun": "awe", "question": "How long?", "size": "1"}
    results = {
        "benchmarks": [
            {"extra_info": {**about, "way": way}, "stats": {"median": median, "rounds": 3}}
            for way, median in (("bare", 2.0), ("ntpages", 3.0))
        ],
        "cannot": [
            {**about, "way": "rival", "why": "it has no way"},
            {**about, "question": "And this?", "way": "ntpages", "why": "needs a privilege"},
        ],
        "machine_info": {"windows": "Windows 10"},
    }
    first, second = bench.questions(results)
    bare, ours, rival = first.ways
    assert (first.ratio(ours, "bare"), first.ratio(bare, "ntpages")) == (1.5, 2 / 3)
    assert first.ratio(rival, "bare") is None
    assert (rival.note, second.ways[0].note) == ("it has no way", "needs a privilege")
    bench.chart(results, tmp_path / "chart.png")
    assert (tmp_path / "chart.png").exists()
