"""Makes a page from what the command line says: dev.py python docs/commands.py [FILE].

Without FILE it is reference/commands.md.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ntpages import cli
from ntpages.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent / "reference" / "commands.md"
WIDTH = 88

INTRODUCTION = """\
# The command line

    ntpages COMMAND --help

Data goes to stdout, words to stderr. `--json` prints one document, also of what went wrong:
[what is in them](documents.md). A `PROCESS` is an id or the name of a program: `4711`,
`chrome.exe`, `chrome`. Addresses are written `0x7ffe0000`, sizes `4096`, `64K`, `1.5GiB` or
`0x1000`.

Listings share their options: `--sort`, `--columns`, `--top`, `--csv`, `--json` and `--watch`, which
looks again until Ctrl-C: on a terminal on the whole screen, into a pipe one look below the other.
`--elevate` runs a command as administrator, whom Windows asks for; what it prints comes back, into
files and pipes, too, and so does its exit code.

| exit code | |
| --- | --- |
"""

MEANINGS = {
    Exit.OK: "done",
    Exit.FAILURE: "wrong usage, or it did not work",
    Exit.PARTLY: "partly done, and what was not is named",
    Exit.PRIVILEGE: "a privilege is missing, which is named",
    Exit.UNAVAILABLE: "this Windows does not offer it",
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name, those behind a noun after the noun's own."""
    context = click.Context(cli.ntpages)
    for name in cli.ntpages.list_commands(context):
        command = cli.ntpages.get_command(context, name)
        assert command
        yield name, command
        for other_name, other in getattr(command, "commands", {}).items():
            yield f"{name} {other_name}", other


def section(name: str, command: click.Command) -> str:
    """What a command says of itself, as it says it."""
    context = click.Context(
        command,
        info_name=f"ntpages {name}",
        terminal_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    shown = inspect.cleandoc(command.get_help(context)).rstrip()
    return f"## {name}\n\n```text\n{shown}\n```\n"


def page() -> str:
    """The whole page."""
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())
    sections = "\n".join(section(name, command) for name, command in commands())
    return f"{INTRODUCTION}{codes}\n{sections}"


if __name__ == "__main__":
    made = Path(sys.argv[1]) if sys.argv[1:] else PAGE
    made.write_text(page(), encoding="utf-8", newline="\n")
