"""``ntpages guard``: policies, checks, runs and what is told of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli.running import Run
from ntpages.guard import Note, Policy, RunState
from ntpages.guard.places import Lock
from ntpages.guard.store import Store
from ntpages.report.guard.live import _happened

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.lab

Capture = pytest.CaptureFixture[str]

HEAD = 'every = "100ms"\nwatch = "100ms"\n'
FLUSH = '[[rule]]\nname = "a"\nwhen = { standby = "> 1" }\ndo = "flush-modified"\n'
PURGE = FLUSH.replace("flush-modified", "purge-standby")


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    for model in ("events", "memory_lists", "processes", "system", "working_sets"):
        lab.model(model)


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "guard.db")


def written(folder: Path, text: str) -> str:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


# ---- Policies and checks -------------------------------------------------------------------------


def test_the_ready_policies_are_listed_with_their_reasons(capsys: Capture) -> None:
    out = Run(capsys, "guard", "policies").out
    assert all(name in out for name in Policy.ready_names())
    assert "Standby pages are free memory in all but name" in out


def test_one_is_printed_as_it_is_written_so_that_it_can_be_begun_with(
    capsys: Capture, tmp_path: Path
) -> None:
    out = Run(capsys, "guard", "policies", "database").out
    assert Policy.load(written(tmp_path, out)).rules == Policy.ready("database").rules


def test_a_policy_is_told_in_words_with_the_numbers_of_now(capsys: Capture, tmp_path: Path) -> None:
    run = Run(capsys, "guard", "check", written(tmp_path, FLUSH + 'for = "10s"'))
    assert run.code == 0
    assert "When the standby list is above 1 bytes, for 10 s: flush modified" in run.out
    assert "MiB  holds" in run.out
    assert "If this goes on: flush modified." in run.out


def test_all_that_is_wrong_with_it_is_told_with_its_lines(capsys: Capture, tmp_path: Path) -> None:
    text = FLUSH.replace("standby", "stanby", 1) + "budget = 0\n"
    path = written(tmp_path, text)
    for words in (("check", path), ("run", "--policy", path)):
        run = Run(capsys, "guard", *words)
        assert (run.code, run.out) == (1, "")
        assert "line 3, rule 'a', when.stanby = '> 1'" in run.err
        assert "did you mean standby?" in run.err
        assert "line 5, rule 'a', budget = 0" in run.err


def test_a_policy_that_is_not_there_is_told_with_those_that_are(capsys: Capture) -> None:
    run = Run(capsys, "guard", "check", "gamign")
    assert run.code == 1
    assert "build, database, gaming, terminal-server" in run.err


def test_the_lines_of_what_happened_hang_below_one_another() -> None:
    shown = Console(width=40, file=io.StringIO())
    shown.print(_happened([Note(0.0, "ran", "a rule", "gave back next to nothing " * 5)]))
    assert isinstance(shown.file, io.StringIO)
    first, *rest = shown.file.getvalue().splitlines()
    assert first[10:].startswith("ran 'a rule': gave back")
    assert rest
    assert all(each.startswith(" " * 10) and each[10:11].strip() for each in rest)


# ---- Runs ----------------------------------------------------------------------------------------


def test_a_run_is_told_and_kept(capsys: Capture, tmp_path: Path, store: str) -> None:
    path = written(tmp_path, HEAD + FLUSH + 'for = "100ms"\n')
    run = Run(capsys, "guard", "run", "--policy", path, "--store", store, "--once")
    assert run.code == 0
    assert "ran 'a': gave back " in run.out
    log = Run(capsys, "guard", "log", "--store", store)
    assert "flush" in log.out or "gave back" in log.out
    report = Run(capsys, "guard", "report", "--store", store)
    assert "a: too few runs were judged to say" in report.err
    [row] = Run(capsys, "guard", "report", "--store", store, "--json").json["rules"]
    assert (row["rule"], row["runs"]) == ("a", 1)


def test_a_dry_run_says_what_it_would_do(capsys: Capture, tmp_path: Path, lab: Lab) -> None:
    path = written(tmp_path, HEAD + PURGE)
    run = Run(capsys, "guard", "run", "--policy", path, "--once", "--dry-run")
    assert run.code == 0
    assert "would run 'a': purge standby, because the standby list is above 1 bytes" in run.out
    assert lab.count("NtSetSystemInformation") == 0


@pytest.mark.parametrize(
    ("do", "code"),
    [
        ('"purge-standby"', 3),
        ('["purge-standby", "flush-modified"]', 2),
        ('{ run = ["C:\\\\no such program.exe"] }', 1),
        ('"flush-modified"', 0),
    ],
)
def test_the_exit_code_says_what_was_refused(
    capsys: Capture, tmp_path: Path, store: str, lab: Lab, do: str, code: int
) -> None:
    lab.model("privileges").drop("SeProfileSingleProcessPrivilege")
    lab.model("partitions")
    path = written(tmp_path, HEAD + FLUSH.replace('"flush-modified"', do))
    run = Run(capsys, "guard", "run", "--policy", path, "--store", store, "--once", "--json")
    assert run.code == code
    [account] = run.json["runs"]
    assert bool(account["refused"]) == (code > 0)


def test_a_second_one_is_refused_and_told_who_runs(
    capsys: Capture, tmp_path: Path, store: str
) -> None:
    path = written(tmp_path, HEAD + FLUSH)
    assert "no guard runs" in Run(capsys, "guard", "--store", store).out
    with Lock(store):
        run = Run(capsys, "guard", "run", "--policy", path, "--store", store, "--once")
        assert run.code == 1
        assert "another guard runs on" in run.err
        assert "a guard runs (process " in Run(capsys, "guard", "status", "--store", store).out


# ---- What was written down -----------------------------------------------------------------------


def test_what_nobody_has_written_is_said_to_be_missing(capsys: Capture, store: str) -> None:
    for command in ("log", "report"):
        run = Run(capsys, "guard", command, "--store", store)
        assert run.code == 1
        assert "start one with `ntpages guard run`" in run.err


def test_a_rule_that_has_not_run_is_told_with_those_that_have(
    capsys: Capture, calls: dict[str, list[str]]
) -> None:
    run = Run(capsys, *calls["guard log"], "--rule", "nosuch")
    assert run.code == 1
    assert "no rule 'nosuch' has run; there are 'a'" in run.err
    assert Run(capsys, *calls["guard log"], "--rule", "a").code == 0


def test_the_last_runs_are_shown(capsys: Capture, calls: dict[str, list[str]]) -> None:
    with Store(calls["guard log"][-1]) as store:
        [kept] = store.accounts()
        for _ in range(3):
            store.begin(kept)
    log = Run(capsys, *calls["guard log"], "--limit", "2", "--json").json
    assert [each["id"] for each in log["runs"]] == [3, 4]
    assert {each["state"] for each in log["runs"]} == {RunState.DONE.value}


def test_gain_and_price_are_drawn(
    capsys: Capture, calls: dict[str, list[str]], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "guard.svg"
    assert Run(capsys, *calls["guard report"], "--picture", str(picture)).code == 0
    assert "what each run left behind" in picture.read_text(encoding="utf-8")
