"""``ntpages system``."""

from __future__ import annotations

import pytest

from cli.running import Run
from ntpages import system

Capture = pytest.CaptureFixture[str]


def test_system_prints_bytes(capsys: Capture) -> None:
    run = Run(capsys, "system", "--json")
    assert run.code == 0
    assert run.json["memory"]["total"] > 2**28
    assert run.json["page_size"] == system.page_size()


def test_system_speaks_to_people(capsys: Capture) -> None:
    run = Run(capsys, "system")
    assert run.code == 0
    assert "available" in run.out
