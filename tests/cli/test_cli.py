"""The command line: what scripts read from it, and what people are told."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import cli, errors, memory_lists, processes, report, system
from ntpages.cli.memory_lists.clean import _Progress
from ntpages.report.memory_lists import clean as pages
from ntpages.table import Table

if TYPE_CHECKING:
    from ntlab import Lab

WINE = system.windows().wine is not None


def test_defrag_prints_stable_json_and_words_go_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = Run(capsys, "defrag", "--json")
    assert run.code == 0
    assert set(run.json) == {
        "host",
        "ok",
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
def test_where_the_effect_is_unknown_the_words_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "defrag")
    assert "can't be verified" in run.err
    assert "Wine" in run.err


def test_dry_run_names_steps_and_privileges_and_does_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_lists, "clean", lambda *_, **__: pytest.fail("it ran"))
    run = Run(capsys, "clean", "--all", "--dry-run", "--json")
    assert run.code == 0
    assert {row["step"]: row["privilege"] for row in run.json} == {
        step.value: step.privilege for step in memory_lists.Step
    }


def test_refaults_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "defrag", "--json", "--refaults", "0.01")
    assert run.json["refaults"]["seconds"] == 0.01
    assert run.json["refaults"]["faults"]["page_reads"] >= 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clean"], "--steps"),
        (["clean", "--all", "--steps", "flush-modified"], "one of the two"),
        (["clean", "--steps", "nonsense"], "'nonsense' is not a step"),
        (["defrag", "--refaults", "-1"], "refaults"),
        (["defrag", "--refaults", "soon"], "refaults"),
        (["nonsense"], "nonsense"),
        (["privileges", "grant"], "NAME"),
        (["privileges", "grant", "SeNonsense"], "SeNonsense"),
    ],
)
def test_bad_arguments_end_with_1_and_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    run = Run(capsys, *arguments)
    assert run.code == 1
    assert words in run.err
    assert "Traceback" not in run.err
    assert not run.out


@pytest.mark.skipif(not WINE, reason="Windows has the lists")
def test_what_this_windows_lacks_ends_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "lists")
    assert run.code == 4
    assert "does not offer" in run.err


def test_system_prints_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "system", "--json")
    assert run.code == 0
    assert run.json["memory"]["total"] > 2**28
    assert run.json["page_size"] == system.page_size()


def test_system_speaks_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "system")
    assert run.code == 0
    assert "available" in run.out


def test_privileges_lists_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "privileges", "--json")
    assert run.code == 0
    assert "SeChangeNotifyPrivilege" in {one["name"] for one in run.json["privileges"]}
    assert "SeChangeNotifyPrivilege" in Run(capsys, "privileges").out


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "0.98 KiB"),
        (4096, "4.00 KiB"),
        (10 * 1024**2, "10.0 MiB"),
        (100 * 1024**3, "100 GiB"),
        (1023 * 1024**2, "1.00 GiB"),
        (None, "-"),
    ],
)
def test_sizes_have_three_digits_and_a_binary_unit(count: int | None, text: str) -> None:
    assert report.size(count) == text


def test_changes_carry_their_sign() -> None:
    assert report.size(4096, signed=True) == "+4.00 KiB"
    assert report.size(-4096, signed=True) == "-4.00 KiB"
    assert report.size(0, signed=True) == "0 B"


def test_a_missing_privilege_is_one_clear_sentence() -> None:
    error = errors.from_call("AdjustTokenPrivileges", 1300, 0, "No.", "SeDebugPrivilege")
    sentence = errors.explain(error)
    assert sentence.startswith("SeDebugPrivilege is not held by this token: run as administrator.")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "--help")
    assert run.code == 0
    for command in ("defrag", "clean", "lists", "system", "privileges"):
        assert command in run.out


def test_a_missing_privilege_ends_with_3(capsys: pytest.CaptureFixture[str], lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges").standard_user()
    run = Run(capsys, "defrag", "--json")
    assert run.code == 3
    assert run.json["ok"] is False
    assert run.json["steps"][0]["error"]["privilege"] == "SeProfileSingleProcessPrivilege"
    assert "run as administrator" in run.err
    assert Run(capsys, "lists").code == 3


def test_a_partly_done_cleaning_ends_with_2(capsys: pytest.CaptureFixture[str], lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges").drop("SeIncreaseQuotaPrivilege")
    steps = "empty-file-cache,purge-standby"
    run = Run(capsys, "clean", "--steps", steps, "--keep-going")
    assert run.code == 2
    assert "SeIncreaseQuotaPrivilege" in run.err


def test_lists_before_and_after_are_drawn_as_bars(
    capsys: pytest.CaptureFixture[str], lab: Lab
) -> None:
    lab.model("memory_lists")
    lab.model("privileges")
    run = Run(capsys, "defrag")
    assert run.code == 0
    assert "standby 7" in run.out
    assert "Ready for use" in run.err
    bars = [line for line in run.out.splitlines() if line.startswith("free")]
    assert bars
    assert any(mark in bars[0] for mark in "#█")


def test_lists_are_printed_in_bytes_as_json(capsys: pytest.CaptureFixture[str], lab: Lab) -> None:
    model = lab.model("memory_lists")
    lab.model("privileges")
    run = Run(capsys, "lists", "--json")
    assert run.code == 0
    assert run.json["lists"]["zero"] == model.pages.zero * system.page_size()
    assert len(run.json["lists"]["standby"]) == 8
    assert Run(capsys, "lists").code == 0


def test_grant_from_the_command_line(capsys: pytest.CaptureFixture[str], lab: Lab) -> None:
    token = lab.model("privileges")
    run = Run(capsys, "privileges", "grant", "SeLockMemoryPrivilege")
    assert run.code == 0
    assert token.granted("SeLockMemoryPrivilege")
    assert "log off and on again" in run.err


def test_a_reader_who_has_had_enough_is_no_trouble() -> None:
    command = [sys.executable, "-m", "ntpages", "map", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.read(1) == b"{"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == cli.Exit.FAILURE


def test_a_reader_who_never_was_there_is_no_trouble() -> None:
    """What is so short that it is written at the end meets the closed pipe there."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "ntpages", "privileges", "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (cli.Exit.FAILURE, b"")


def test_what_the_code_page_lacks_is_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
    report.data.cache_clear()
    table = Table("Process", {"pid": [8], "name": ["\u6771\u4eac \xe9.exe"], "working_set": [1]})
    monkeypatch.setattr(processes, "list_processes", lambda **_: table)
    with pytest.raises(SystemExit) as ended:
        cli.main(["ps", "--columns", "name"])
    report.data.cache_clear()
    assert ended.value.code == 0
    assert b"?? \xe9.exe" in written.getvalue()


@pytest.mark.parametrize("console", [report.data, report.words])
def test_what_looks_like_markup_is_a_name(capsys: pytest.CaptureFixture[str], console: Any) -> None:
    console.cache_clear()
    console().print("[bold]a[/red] :smile:")
    assert "".join(capsys.readouterr()).strip() == "[bold]a[/red] :smile:"


@pytest.mark.parametrize("width", [60, 80])
def test_lists_before_and_after_fit_a_narrow_screen(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    monkeypatch.setattr(pages, "data", lambda: screen)
    large = (1023 << 30,) * 8
    lists = memory_lists.MemoryLists(*large[:6], standby=large, repurposed=large)
    screen.print(pages.change_table(lists, lists))
    assert isinstance(screen.file, io.StringIO)
    printed = screen.file.getvalue()
    assert "…" not in printed
    assert printed.count("\n") == 2 + 13  # the title, the head and each list on one line


def test_the_cursor_is_back_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, legacy_windows=False)
    monkeypatch.setattr(report, "words", lambda: screen)

    def interrupted() -> None:
        with _Progress() as progress:
            progress(memory_lists.Step.FLUSH_MODIFIED)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert isinstance(screen.file, io.StringIO)
    hidden, _, shown = screen.file.getvalue().rpartition("\x1b[?25h")
    assert "\x1b[?25l" in hidden
    assert "\x1b[?25l" not in shown
