"""Fixtures of the tests of ``ntpages top``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of the user's own in which nothing is remembered yet."""
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return tmp_path / "ntpages"
