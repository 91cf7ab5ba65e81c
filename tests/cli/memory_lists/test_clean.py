"""``ntpages defrag`` and ``ntpages clean``: what scripts read, and what people are told."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import memory_lists, system
from ntpages.cli.memory_lists import clean
from ntpages.report import consoles
from ntpages.report.memory_lists.clean import Progress, change_table
from ntpages.table import Table

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

ROOT = Path(__file__).resolve().parents[3]
WINE = system.windows().wine is not None


@pytest.mark.admin
def test_defrag_prints_stable_json_and_words_go_to_stderr(
    capsys: Capture,
) -> None:
    run = Run(capsys, "defrag", "--json")
    assert run.code == 0
    assert set(run.json) == {
        "time",
        "version",
        "host",
        "dry_run",
        "changed",
        "ok",
        "interrupted",
        "verified",
        "before",
        "after",
        "steps",
        "skipped",
        "refaults",
    }
    assert [step["step"] for step in run.json["steps"]] == [
        "empty-working-sets",
        "flush-modified",
        "purge-standby",
    ]
    assert "accepted" in run.err


@pytest.mark.skipif(not WINE, reason="on Windows the lists can be read back")
def test_where_the_effect_is_unknown_the_words_say_so(capsys: Capture) -> None:
    run = Run(capsys, "defrag")
    assert "can't be verified" in run.err
    assert "?" not in run.out  # a column that nothing is known of is none
    assert run.out.split()[:4] == ["Steps", "step", "answer", "seconds"]
    assert run.out.split()[4] == "empty-working-sets"
    assert "Wine" in run.err


def test_dry_run_names_steps_and_privileges_and_does_nothing(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_lists, "clean", lambda *_, **__: pytest.fail("it ran"))
    run = Run(capsys, "clean", "--all", "--dry-run", "--json")
    assert run.code == 0
    assert run.json["dry_run"]
    assert {row["step"]: row["privilege"] for row in run.json["steps"]} == {
        step.value: step.privilege for step in memory_lists.Step
    }


def test_a_dry_run_says_what_is_held_and_what_would_move(
    capsys: Capture, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = Table("Process", {"private_working_set": [1 << 20, 2 << 20]})
    monkeypatch.setattr(clean, "list_processes", lambda: everybody)
    model = lab.model("memory_lists")
    token = lab.model("privileges")
    page = system.page_size()
    run = Run(capsys, "defrag", "--dry-run", "--json")
    steps = {row["step"]: row for row in run.json["steps"]}
    assert all(row["held"] for row in steps.values())
    assert steps["purge-standby"]["moves"] == sum(model.pages.standby) * page
    assert steps["flush-modified"]["moves"] == model.pages.modified * page
    assert steps["empty-working-sets"]["moves"] == 3 << 20
    shown = Run(capsys, "defrag", "--dry-run")
    assert " held " in shown.out
    assert "up to" in shown.out
    assert "Ready for use now: " in shown.err
    assert "--elevate" not in shown.err

    token.standard_user()
    refused = Run(capsys, "defrag", "--dry-run")
    assert refused.code == 0
    [purge] = [line for line in refused.out.splitlines() if line.startswith("purge-standby")]
    assert "not held" in purge
    assert "add --elevate" in refused.err
    told = Run(capsys, "defrag", "--dry-run", "--json").json["steps"]
    assert [row["held"] for row in told] == [False, True, False]
    assert lab.count("NtSetSystemInformation") == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_the_lists_before_and_after_are_drawn(capsys: Capture, lab: Lab, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn = tmp_path / "gain.svg"
    without = Run(capsys, "defrag", "--picture", str(drawn))
    assert not WINE or f"Without {drawn}: the lists can't be read here." in without.err
    for model in ("memory_lists", "privileges"):
        lab.model(model)
    run = Run(capsys, "defrag", "--picture", str(drawn))
    assert run.code == 0
    assert "Steps" in run.out
    text = drawn.read_text(encoding="utf-8")
    for words in ("Ready for use: ", "Before", "After", "GiB"):
        assert words in text


def test_refaults_are_counted(capsys: Capture) -> None:
    run = Run(capsys, "defrag", "--json", "--refaults", "0.01")
    assert run.json["refaults"]["seconds"] == 0.01
    assert run.json["refaults"]["faults"]["page_reads"] >= 0
    assert "0.01 s" in Run(capsys, "defrag", "--refaults", "0.01").out


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_look_that_fails_costs_nothing_of_the_report(capsys: Capture, lab: Lab, nth: int) -> None:
    lab.model("memory_lists")
    lab.fail("NtQuerySystemInformation", nth=nth, code=0xC000009A)
    run = Run(capsys, "defrag", "--json")
    assert lab.refused == 1
    assert (run.code, run.json["ok"]) == (0, True)
    assert [step["ok"] for step in run.json["steps"]] == [True] * 3
    assert run.json["verified"] == (nth in {2, 3})


@pytest.mark.parametrize("nth", [5, 6])  # after four looks at the lists
def test_faults_that_can_not_be_counted_cost_nothing_of_the_report(
    capsys: Capture, lab: Lab, nth: int
) -> None:
    lab.model("memory_lists")
    lab.model("system")
    lab.fail("NtQuerySystemInformation", nth=nth, code=0xC0000022)
    run = Run(capsys, "defrag", "--json", "--refaults", "0.01")
    assert lab.refused == 1
    assert run.code == 0
    assert (len(run.json["steps"]), run.json["refaults"]) == (3, None)
    assert "The faults can't be counted: NtQuerySystemInformation failed" in run.err


@pytest.mark.parametrize("output", [("--json",), ()])
def test_whoever_waits_no_longer_for_the_faults_still_hears_what_was_done(
    capsys: Capture, lab: Lab, monkeypatch: pytest.MonkeyPatch, output: tuple[str, ...]
) -> None:
    lab.model("memory_lists")
    lab.model("system")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    run = Run(capsys, "defrag", *output, "--refaults", "1000")
    assert run.code == 0
    if output:
        assert len(run.json["steps"]) == 3
        assert 0 <= run.json["refaults"]["seconds"] < 1000
        assert run.json["refaults"]["faults"]["page_reads"] == 0
    else:
        assert "s afterwards: 0 hard faults" in run.out
        assert "purge-standby" in run.out


def test_a_missing_privilege_ends_with_3(capsys: Capture, lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges").standard_user()
    run = Run(capsys, "defrag", "--json")
    assert run.code == 3
    assert run.json["ok"] is False
    [step] = run.json["steps"]  # it stops at the first refusal
    assert step["error"]["privilege"] == "SeProfileSingleProcessPrivilege"
    assert run.json["skipped"] == ["flush-modified", "purge-standby"]
    assert "run as administrator" in run.err
    assert Run(capsys, "lists").code == 3


def test_a_partly_done_cleaning_ends_with_2(capsys: Capture, lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges").drop("SeIncreaseQuotaPrivilege")
    steps = "empty-file-cache,purge-standby"
    run = Run(capsys, "clean", "--steps", steps, "--keep-going")
    assert run.code == 2
    assert "SeIncreaseQuotaPrivilege" in run.err


def test_lists_before_and_after_are_drawn_as_bars(capsys: Capture, lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges")
    run = Run(capsys, "defrag")
    assert run.code == 0
    assert "standby 7" in run.out
    assert "Ready for use" in run.err
    bars = [line for line in run.out.splitlines() if line.startswith("free")]
    assert bars
    assert any(mark in bars[0] for mark in "#█")


def without_times(shown: str) -> list[str]:
    """The lines of tables, with one space between cells and no seconds."""
    return [
        re.sub(r" \d\.\d{3} ", " ", re.sub(r" +", " ", line)).strip() for line in shown.splitlines()
    ]


def test_the_readme_shows_what_is_printed(
    capsys: Capture, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.model("memory_lists")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(consoles, "draws_blocks", lambda: True)
    run = Run(capsys, "defrag")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, below = readme.partition("## `ntpages defrag`")
    sample = without_times(below.split("```")[1])
    [verdict] = [line for line in run.err.splitlines() if line.startswith("Ready for use")]
    assert [line for line in sample if line] == [
        line for line in (*without_times(run.out), verdict) if line
    ]


@pytest.mark.parametrize("width", [60, 80])
def test_lists_before_and_after_fit_a_narrow_screen(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    monkeypatch.setattr(consoles, "data", lambda: screen)
    large = (1023 << 30,) * 8
    lists = memory_lists.MemoryLists(*large[:6], standby=large, repurposed=large)
    screen.print(change_table(lists, lists))
    assert isinstance(screen.file, io.StringIO)
    printed = screen.file.getvalue()
    assert "…" not in printed
    assert printed.count("\n") == 2 + 13  # the title, the head and each list on one line


def test_the_cursor_is_back_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, legacy_windows=False)
    monkeypatch.setattr(consoles, "words", lambda: screen)

    def interrupted() -> None:
        with Progress() as progress:
            progress.begins(memory_lists.Step.FLUSH_MODIFIED)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert isinstance(screen.file, io.StringIO)
    hidden, _, shown = screen.file.getvalue().rpartition("\x1b[?25h")
    assert "\x1b[?25l" in hidden
    assert "\x1b[?25l" not in shown
