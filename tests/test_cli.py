"""The command line: what scripts read from it, and what people are told."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ntmem import cli, errors, memory_lists, report, system

if TYPE_CHECKING:
    from ntlab import Lab

WINE = system.windows().wine is not None


class Run:
    """One call of the command line in this process: its exit code and what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        report.data.cache_clear()
        report.words.cache_clear()
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        self.code = ended.value.code
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


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
    command = [sys.executable, "-m", "ntmem", "map", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.read(1) == b"{"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == cli.Exit.FAILURE
