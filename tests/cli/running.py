"""Running the command line in this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ntpages import cli, report


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
