"""The examples below the options of every command: each can be typed as it stands."""

from __future__ import annotations

import shlex

import click
import pytest

from cli.commands import every_command, run
from ntpages.cli.examples import EXAMPLES
from ntpages.cli.exits import Exit

WORDS = [(command, words) for command, found in EXAMPLES.items() for words in found]


class Anything(click.ParamType[object]):
    """Takes what a process, a file or a folder is, which need not be there."""

    name = "anything"

    def convert(self, value: object, *_: object) -> object:
        return value


def test_every_command_has_examples() -> None:
    assert set(EXAMPLES) == set(every_command())


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_help_ends_with_them(command: str) -> None:
    shown = run([*command.split(), "--help"]).out
    assert shown.rstrip().splitlines()[-len(EXAMPLES[command]) :] == [
        f"    ntpages {words}" for words in EXAMPLES[command]
    ]


@pytest.mark.parametrize(("command", "words"), WORDS)
def test_an_example_is_of_its_command_and_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, command: str, words: str
) -> None:
    assert words.startswith(command)
    found = every_command()
    whole = max((name for name in found if f"{words} ".startswith(f"{name} ")), key=len)
    given = shlex.split(words.replace("\\", "\\\\"))[len(whole.split()) :]
    parameters = found[whole].params
    for each in parameters:
        if each.type.name in {"process", "policy", "filename", "file", "directory", "path"}:
            monkeypatch.setattr(each, "type", Anything())
            monkeypatch.setattr(each, "callback", None)
        if each.name == "elevate":
            monkeypatch.setattr(each, "callback", None)  # it would ask for consent at once
    with found[whole].make_context(whole, given):
        pass


def test_all_commands_are_listed_with_what_a_process_is() -> None:
    shown = run(["--help"])
    assert shown.code == Exit.OK
    assert "PROCESS is the id of a process or the name of its program" in shown.out
