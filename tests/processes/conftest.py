"""What tests of processes have in common."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ntpages.processes import Process

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def me() -> Iterator[Process]:
    """This process, looked at from outside."""
    with Process(os.getpid()) as opened:
        yield opened
