"""Running the command line in this process, and what shells make of what it prints."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

import pytest

from cli import schemas
from ntpages import cli
from ntpages.report import consoles

# What PowerShell 7, PowerShell 5 asked for UTF-8, and PowerShell 5 make of `>`.
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")


class Run:
    """One call of the command line in this process: its exit code and what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        consoles.data.cache_clear()
        consoles.words.cache_clear()
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        self.code = ended.value.code
        self._arguments = arguments
        self.out, self.err = capsys.readouterr()

    @cached_property
    def json(self) -> Any:
        """The document that was printed, which its schema describes."""
        document = json.loads(self.out)
        schemas.check(self._arguments, document)
        return document
