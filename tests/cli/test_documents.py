"""What --json prints, of every command: one object with its time, also of what went wrong."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cli.commands import every_command, run
from ntpages import memory_lists
from ntpages.cli.exits import Exit

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

Calls = dict[str, list[str]]

# What prints no documents, and why.
WITHOUT = {
    "bench": "--report writes them",
    "privileges grant": "it does, and has no data",
    "privileges revoke": "it does, and has no data",
    "top": "it is a screen",
}

PRINTERS = sorted(
    name
    for name, command in every_command().items()
    if any("--json" in parameter.opts for parameter in command.params)
)


def error(out: str) -> dict[str, Any]:
    """What the only document of an output says went wrong."""
    document = json.loads(out)
    assert list(document) == ["time", "error"]
    assert list(document["error"]) == ["call", "code", "status", "privilege", "message"]
    found: dict[str, Any] = document["error"]
    return found


def test_every_command_that_has_data_prints_documents() -> None:
    assert set(every_command()) - set(PRINTERS) == set(WITHOUT)


@pytest.mark.parametrize("command", PRINTERS)
def test_a_document_is_an_object_with_its_time(command: str, calls: Calls) -> None:
    before = time.time()
    ended = run([*calls[command], "--json"])
    assert ended.code == Exit.OK
    document = json.loads(ended.out)
    assert isinstance(document, dict)
    assert before <= document["time"] <= time.time()
    assert next(iter(document)) == "time"
    assert len(document) > 1


@pytest.mark.parametrize("command", ["clean", "defrag", "trim", "heap image"])
def test_a_dry_run_is_a_document_of_the_same_shape(command: str, calls: Calls) -> None:
    words = [word for word in calls[command] if word not in {"--dry-run", "--settle", "0"}]
    ended = run([*words, "--dry-run", "--json"])
    assert ended.code == Exit.OK, ended.err
    document = json.loads(ended.out)
    assert document["dry_run"] is True
    if command != "heap image":  # which would change the registry
        done = json.loads(run([*words, "--json"]).out)
        assert done["dry_run"] is False
        assert document.keys() <= done.keys()


@pytest.mark.parametrize("command", PRINTERS)
def test_wrong_usage_is_a_document_too(command: str, calls: Calls) -> None:
    ended = run([*calls[command], "--json", "--nonsense"])
    assert ended.code == Exit.FAILURE
    told = error(ended.out)
    assert "--nonsense" in told["message"]
    assert told["message"] in ended.err
    assert (told["call"], told["code"]) == (None, None)


def test_a_refusal_is_a_document_with_what_windows_said(lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges").standard_user()
    ended = run(["lists", "--json"])
    assert ended.code == Exit.PRIVILEGE
    told = error(ended.out)
    assert told["privilege"] == "SeProfileSingleProcessPrivilege"
    assert (told["call"], told["code"]) == ("NtQuerySystemInformation", 1314)
    assert "run as administrator" in told["message"]
    assert told["message"] in ended.err


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("no such thing"), "no such thing"),
        (MemoryError(), "there is not enough memory for this"),
        (FileNotFoundError(2, "no such file", "a.svg"), "[Errno 2] no such file: 'a.svg'"),
        (KeyboardInterrupt(), "interrupted"),
        (ValueError(), "ValueError, without a reason"),
        (FileNotFoundError(), "FileNotFoundError, without a reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_whatever_goes_wrong_has_words(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, message: str
) -> None:
    def refuse() -> None:
        raise raised

    monkeypatch.setattr(memory_lists, "query", refuse)
    ended = run(["lists"])
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert ended.err.strip() == f"ntpages: {message}"
    assert run(["lists", "--json"]).err.strip() == f"ntpages: {message}"


def test_an_error_in_the_middle_of_a_document_starts_no_other(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ntpages.report.heaps import walk  # noqa: PLC0415

    def broken(rows: Any, total: int, **_: Any) -> Any:
        del total
        yield next(iter(rows))
        raise ValueError("broken")

    monkeypatch.setattr(walk, "with_progress", broken)
    ended = run([*calls["heap walk"], "--json"])
    assert ended.code == Exit.FAILURE
    assert "broken" in ended.err
    assert '"error"' not in ended.out
