"""`ntpages bench`: a noun measured for real, and the report of it."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cli.running import Run
from house.layout import ROOT
from ntpages import cli
from ntpages.report import bench, consoles

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


def test_whoever_watches_is_told_what_is_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    terminal = Console(file=StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(consoles, "words", lambda: terminal)
    monkeypatch.setattr(bench.Running, "goes_on", lambda _, event: told.append(event))
    with pytest.raises(SystemExit) as ended:
        cli.main(["bench", "--quick", "--noun", "system"])
    assert ended.value.code == 0
    assert told[0]["way"] == "bare"
    assert "ntpages" in {event["way"] for event in told}
    assert "memory" in told[0]["question"]
    assert [event["done"] for event in told] == sorted(event["done"] for event in told)
    assert (told[0]["done"], told[0]["number"]) == (0, 1)
    assert told[-1]["number"] == told[-1]["questions"] == len({each["question"] for each in told})
    assert bench.SIGN not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("done", "seconds", "left"),
    [(0, 5, ""), (0.5, 20, ", about 20 s left"), (0.1, 20, ", about 3 min left")],
)
def test_what_is_measured_is_said_in_plain_words(done: float, seconds: float, left: str) -> None:
    event: dict[str, Any] = {"noun": "heaps", "size": "1,000", "way": "bare"}
    event |= {"question": "What is in a heap with so many blocks?"}
    event |= {"number": 3, "questions": 9, "done": done}
    assert bench.running_line(event, seconds) == (
        f"3 of 9{left} · heaps: What is in a heap with 1,000 blocks? (bare)"
    )


@pytest.mark.parametrize(
    ("text", "size", "plain"),
    [
        ("Which node is a page's?", "", "Which node is a page's?"),
        ("How long do so many bytes take?", "64", "How long do 64 bytes take?"),
        ("How long is the first pass?", "64", "How long is the first pass? (64)"),
    ],
)
def test_a_question_has_its_number_in_it(text: str, size: str, plain: str) -> None:
    assert bench.plain(text, size) == plain


def test_a_noun_without_benchmarks_is_named() -> None:
    done = run("--noun", "attic")
    assert done.returncode == 1
    assert "'attic' has no benchmarks: choose from awe, " in done.stderr


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
    bench.chart(results, tmp_path / "chart.svg")
    drawn = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "the limit: a bare C++ loop" in drawn
    assert "awe: How long? (1)" in drawn
    assert "And this?" not in drawn


# ---- Against an earlier run ----------------------------------------------------------------------


def measured(*ways: tuple[str, float, float], size: str = "1", rounds: int = 3) -> dict[str, Any]:
    about = {"noun": "awe", "question": "How long?", "size": size}
    return {
        "benchmarks": [
            {
                "extra_info": {**about, "way": way},
                "stats": {"median": median, "iqr": iqr, "rounds": rounds},
            }
            for way, median, iqr in ways
        ],
        "machine_info": dict.fromkeys(
            ("windows", "processor", "python_version", "ntpages"), "some"
        ),
    }


BEFORE = measured(("bare", 1.0, 0.0), ("ntpages", 2.0, 0.0), ("rival", 4.0, 0.0))


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        (measured(("bare", 1.0, 0.0), ("ntpages", 2.19, 0.0)), False),
        (measured(("bare", 1.0, 0.0), ("ntpages", 2.21, 0.0)), True),
        (measured(("bare", 9.0, 0.0), ("ntpages", 18.0, 0.0)), False),
        (measured(("bare", 1.0, 0.1), ("ntpages", 2.41, 0.241)), True),
        (measured(("bare", 1.0, 0.1), ("ntpages", 2.39, 0.239)), False),
        (measured(("rival", 4.0, 0.0), ("ntpages", 2.21, 0.0)), True),
        (measured(("bare", 1.0, 0.0), ("ntpages", 3.9, 0.0), rounds=1), False),
        (measured(("bare", 1.0, 0.0), ("ntpages", 4.1, 0.0), rounds=1), True),
    ],
)
def test_a_ratio_is_worse_where_it_is_beyond_the_noise_of_both_runs(
    now: dict[str, Any], *, worse: bool
) -> None:
    [change] = bench.changes(bench.kept(BEFORE), bench.kept(now))
    assert change.is_worse is worse
    assert change.way == "ntpages"


def test_ratios_that_only_one_run_has_are_not_compared() -> None:
    alone = measured(("ntpages", 2.0, 0.0))
    other = measured(("bare", 1.0, 0.0), ("ntpages", 2.0, 0.0), size="2")
    newer = measured(("bare", 1.0, 0.0), ("ntpages, new", 2.0, 0.0))
    for now in (alone, other, newer):
        assert bench.changes(BEFORE, now) == []


def test_a_run_is_saved_and_the_next_one_held_against_it(
    calls: dict[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = tmp_path / "reference.json"
    first = Run(capsys, *calls["bench"], "--save", str(reference))
    assert first.code == 0
    again = Run(capsys, *calls["bench"], "--against", str(reference))
    assert again.code == 0
    assert "0 of 1 ratios got worse" in again.err
    faster = json.loads(reference.read_text(encoding="utf-8"))
    faster["benchmarks"][1]["stats"]["median"] /= 2
    reference.write_text(json.dumps(faster), encoding="utf-8")
    slower = Run(capsys, *calls["bench"], "--against", str(reference))
    assert slower.code == 1
    assert "1 of 1 ratios got worse" in slower.err
    assert "worse" in slower.out


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"benchmarks": [{}]}', "null"])
def test_what_is_no_run_is_refused_before_anything_is_measured(
    calls: dict[str, list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str,
) -> None:
    (tmp_path / "other").write_text(content, encoding="utf-8")
    run = Run(capsys, *calls["bench"], "--against", str(tmp_path / "other"))
    assert run.code == 1
    assert "holds no run that `ntpages bench --save` wrote" in run.err


def test_the_saved_run_of_the_repository_can_be_compared_with() -> None:
    found = json.loads((ROOT / "bench" / "reference.json").read_text(encoding="utf-8"))
    assert bench.changes(found, found)
    assert not any(change.is_worse for change in bench.changes(found, found))
    assert "Wine" in bench.host_line(found)
