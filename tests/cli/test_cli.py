"""The command line as a whole: help, exit codes, and streams that others hold the end of."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cli.running import Run
from ntpages import errors, processes
from ntpages.cli.exits import Exit

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clean"], "--steps"),
        (["clean", "--all", "--steps", "flush-modified"], "one of the two"),
        (["clean", "--steps", "nonsense"], "'nonsense' is not a step: choose from combine-pages"),
        (["clean", "--steps", "purge-stanby"], "not a step; did you mean 'purge-standby'?"),
        (["defrag", "--refaults", "-1"], "refaults"),
        (["defrag", "--refaults", "soon"], "refaults"),
        (["nonsense"], "no command 'nonsense': there are bench, clean"),
        (["limit"], "no command 'limit'; did you mean 'limits'?"),
        (["privileges", "grant"], "NAME"),
        (["privileges", "grant", "SeNonsense"], "SeNonsense"),
    ],
)
def test_bad_arguments_end_with_1_and_a_sentence(
    capsys: Capture, arguments: list[str], words: str
) -> None:
    run = Run(capsys, *arguments)
    assert run.code == 1
    assert words in run.err
    assert "Traceback" not in run.err
    assert not run.out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "there is not enough memory"),
        (MemoryError("none for 5 bytes"), "none for 5 bytes"),
        (ValueError(), "ValueError"),
        (OSError(), "OSError"),
        (OSError(2, "nothing there", "file"), "nothing there"),
        (OSError(22, "Invalid argument"), "Invalid argument"),  # of another call than a write
        (UnicodeError(), "UnicodeError"),
    ],
    ids=repr,
)
def test_no_error_is_silent(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(processes, "list_processes", fail)
    run = Run(capsys, "ps")
    assert run.code == Exit.FAILURE
    assert words in run.err.removeprefix("ntpages: ")


def test_a_missing_privilege_is_one_clear_sentence() -> None:
    error = errors.from_call("AdjustTokenPrivileges", 1300, 0, "No.", "SeDebugPrivilege")
    sentence = errors.explain(error)
    assert sentence.startswith("SeDebugPrivilege is not held by this token: run as administrator.")


def test_help_lists_every_command(capsys: Capture) -> None:
    run = Run(capsys, "--help")
    assert run.code == 0
    for command in ("defrag", "clean", "lists", "system", "privileges"):
        assert command in run.out


@pytest.mark.parametrize(("noun", "commands"), [("map", ["diff"]), ("privileges", ["grant"])])
def test_help_of_a_noun_lists_the_commands_behind_its_name(
    capsys: Capture, noun: str, commands: list[str]
) -> None:
    run = Run(capsys, noun, "--help")
    assert f"ntpages {noun} [OPTIONS]" in run.out
    assert "--json" in run.out
    assert all(f"\n  {command} " in run.out for command in commands)
    assert f"ntpages {noun} {commands[0]} " in Run(capsys, noun, commands[0], "--help").out


def test_a_reader_who_has_had_enough_is_no_trouble() -> None:
    command = [sys.executable, "-m", "ntpages", "map", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.read(1) == b"{"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == Exit.FAILURE


def test_a_reader_who_never_was_there_is_no_trouble() -> None:
    """What is so short that it is written at the end meets the closed pipe there."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "ntpages", "privileges", "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (Exit.FAILURE, b"")


@pytest.mark.parametrize(
    ("words", "code"), [("defrag --dry-run", 0), ("ps --pid 4294967292", 1), ("--version", 0)]
)
def test_a_process_without_streams_has_its_exit_code(words: str, code: int) -> None:
    """As a service, or under pythonw.exe."""
    python = (
        f"import sys; sys.argv[1:] = {words.split()}; sys.stdout is None or sys.exit(77); "
        "from ntpages.__main__ import main; main()"
    )
    nothing = subprocess.STARTUPINFO(
        dwFlags=subprocess.STARTF_USESTDHANDLES, hStdInput=0, hStdOutput=0, hStdError=0
    )
    done = subprocess.run([sys.executable, "-c", python], startupinfo=nothing, check=False)
    assert done.returncode == code
