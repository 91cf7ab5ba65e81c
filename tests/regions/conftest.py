"""A target of either width, for tests that look into another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from target.memory import BITS32, BITS64, Width

if TYPE_CHECKING:
    from target import Target


@pytest.fixture(params=[BITS64, BITS32], ids=["64-bit", "32-bit"])
def width(request: pytest.FixtureRequest) -> Width:
    chosen: Width = request.param
    return chosen


@pytest.fixture
def target(width: Width, request: pytest.FixtureRequest) -> Target:
    """A running target of this width."""
    running: Target = request.getfixturevalue(width.fixture)
    return running
