"""What tests of a guard that Windows starts have in common."""

from __future__ import annotations

import pytest

from ntpages._native import guard as native


@pytest.fixture
def all_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but administrators may write anywhere."""
    monkeypatch.setattr(native, "writers_of", lambda _: [])
