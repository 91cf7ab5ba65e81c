"""Every command of the command line, as click knows them, and streams to run them with."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest

from ntpages import cli
from ntpages.report import consoles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


def every_command() -> dict[str, click.Command]:
    """All commands by name, those behind the name of a noun too: ``map diff``."""
    context = click.Context(cli.ntpages)
    found: dict[str, click.Command] = {}
    for name in cli.ntpages.list_commands(context):
        command = cli.ntpages.get_command(context, name)
        assert command
        found[name] = command
        for each, other in getattr(command, "commands", {}).items():
            found[f"{name} {each}"] = other
    return found


class Reader(io.RawIOBase):
    """The other end of a stream, which may refuse what goes beyond so many bytes."""

    def __init__(
        self, *, refusal: int = 0, room: int = 0, terminal: bool = False, encoding: str = "utf-8"
    ) -> None:
        self.got = b""
        self._refusal = refusal
        self._room = room
        self._terminal = terminal
        self._encoding = encoding

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._terminal

    def write(self, data: object) -> int:
        sent = bytes(data)  # type: ignore[call-overload]
        if self._refusal and len(self.got) + len(sent) > self._room:
            raise OSError(self._refusal, os.strerror(self._refusal))
        self.got += sent
        return len(sent)

    def stream(self) -> TextIO:
        """The end to write to, as strict as can be."""
        return io.TextIOWrapper(io.BufferedWriter(self), encoding=self._encoding, errors="strict")

    def mend(self) -> None:
        """Take whatever is still to come."""
        self._refusal = 0

    @property
    def text(self) -> str:
        return self.got.decode(self._encoding).replace("\r\n", "\n")


class Ended(NamedTuple):
    """How a command ended, and what arrived of what it wrote."""

    code: int
    out: str
    err: str


def finish(
    arguments: Sequence[str], stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None
) -> int:
    """Run the command line on these streams, and return its exit code."""
    before = sys.stdin, sys.stdout, sys.stderr
    consoles.data.cache_clear()
    consoles.words.cache_clear()
    sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        left = sys.stdin, sys.stdout, sys.stderr
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        consoles.data.cache_clear()
        consoles.words.cache_clear()
    assert left == (stdin, stdout, stderr)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def run(arguments: Sequence[str], out: Reader | None = None, err: Reader | None = None) -> Ended:
    """Run the command line; these read what it writes."""
    out, err = out or Reader(), err or Reader()
    stdout, stderr = out.stream(), err.stream()
    code = finish(arguments, io.StringIO(), stdout, stderr)
    for each in (out, err):
        each.mend()
    return Ended(code, out.text, err.text)
