"""What a shell is told may be typed next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.commands import run
from ntpages.cli.examples import EXAMPLES
from ntpages.cli.processes import named
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

THERE = Table(
    "Process",
    {"pid": [8, 12, 16, 20], "name": ["chrome.exe", "chrome.exe", "cmd.exe", ""]},
)


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], dict[str, str]]:
    """What may stand in the place of a word at the end of a line, and what that means."""
    monkeypatch.setattr(named, "list_processes", lambda: THERE)

    def complete(line: str, word: str) -> dict[str, str]:
        monkeypatch.setenv("_NTPAGES_COMPLETE", "powershell_complete")
        monkeypatch.setenv("NTPAGES_LINE", line)
        monkeypatch.setenv("NTPAGES_WORD", word)
        ended = run([])
        assert ended.err == ""
        lines = [each.partition("\t") for each in ended.out.splitlines()]
        return {value: meaning for value, _, meaning in lines}

    return complete


def test_a_command_is_completed(complete: Callable[[str, str], dict[str, str]]) -> None:
    assert set(complete("ntpages ", "")) == {name for name in EXAMPLES if " " not in name}
    assert set(complete("ntpages pri", "pri")) == {"privileges"}
    assert complete("ntpages li", "li")["lists"].startswith("Show the kernel's page lists")


def test_an_option_and_what_it_takes_are_completed(
    complete: Callable[[str, str], dict[str, str]],
) -> None:
    assert set(complete("ntpages map --pi", "--pi")) == {"--picture"}
    assert "'mapped file'" in complete("ntpages map --use ", "")
    assert set(complete("ntpages heap image x.exe --segment-heap o", "o")) == {"on", "off"}


def test_a_process_is_completed_by_its_name_or_where_several_have_it_by_its_id(
    complete: Callable[[str, str], dict[str, str]],
) -> None:
    assert complete("ntpages map c", "c") == {
        "8": "8 chrome.exe",
        "12": "12 chrome.exe",
        "cmd.exe": "16 cmd.exe",
    }
    assert complete('ntpages map --csv "a b.csv" CM', "CM") == {"cmd.exe": "16 cmd.exe"}


def test_powershell_is_given_what_asks_for_this(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_NTPAGES_COMPLETE", "powershell_source")
    script = run([]).out
    assert "Register-ArgumentCompleter -Native -CommandName ntpages" in script
    for name in ("_NTPAGES_COMPLETE", "NTPAGES_LINE", "NTPAGES_WORD"):
        assert f"$env:{name} = " in script
        assert f"Env:{name}" in script.partition("Remove-Item")[2]
