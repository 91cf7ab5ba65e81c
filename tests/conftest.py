"""Fixtures of all tests."""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

sys.path.insert(0, str(Path(__file__).parent))  # for `import ntlab`

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from target import Target

LAB = os.environ.get("NTPAGES_LAB_DLL")
SUMMARIES = pytest.StashKey[list[str]]()
LABORATORY = pytest.StashKey["Lab | None"]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SUMMARIES] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the laboratory between ntpages and Windows, for good.

    Before tests are collected: ntpages keeps the address of a function that it has looked up once.
    """
    session.config.stash[LABORATORY] = None
    if not LAB:
        return
    import ntlab  # noqa: PLC0415 (it needs Windows, and collecting does not)
    from ntpages import _native  # noqa: PLC0415

    assert _native.__file__
    session.config.stash[LABORATORY] = ntlab.Lab(LAB, _native.__file__)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash[SUMMARIES]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def summaries(request: pytest.FixtureRequest) -> list[str]:
    """Lines to show below pytest's own summary."""
    return request.config.stash[SUMMARIES]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="NTPAGES_LAB_DLL does not name the laboratory's DLL")
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("lab")
        if not LAB and item.get_closest_marker("lab"):
            item.add_marker(skip)


@pytest.fixture
def no_stacks(request: pytest.FixtureRequest) -> Iterator[None]:
    """No stack on standard error for access violations: this test wants them."""
    faulthandler.disable()
    yield
    faulthandler.enable(request.config.stash[fault_handler_stderr_fd_key])


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The laboratory with nothing planned; whatever the test plans ends with it."""
    laboratory = request.config.stash[LABORATORY]
    assert laboratory
    laboratory.reset()
    yield laboratory
    laboratory.reset()


@pytest.fixture
def arena_taken() -> Iterator[None]:
    """Nothing left of the memory that is kept for small tables: the next one asks Windows."""
    from ntpages.table import Table  # noqa: PLC0415 (it needs Windows, and collecting does not)

    gc.collect()
    held = [Table("held", {"unit": [unit]}) for unit in range(16)]
    yield
    del held


@pytest.fixture
def target() -> Iterator[Target]:
    """A running target, to be looked into and changed."""
    from target import Target  # noqa: PLC0415 (it needs Windows, and collecting does not)

    with Target() as running:
        yield running


@pytest.fixture
def target32() -> Iterator[Target]:
    """The same, as a 32-bit process."""
    from target import EXECUTABLE32, Target  # noqa: PLC0415 (it needs Windows)

    with Target(executable=EXECUTABLE32) as running:
        yield running


@pytest.fixture
def strict(request: pytest.FixtureRequest) -> None:
    """Memory as protected as it says: Windows' own, or, where Wine copies through, the model's."""
    from ntpages import system  # noqa: PLC0415 (it needs Windows, and collecting does not)

    if not system.windows().wine:
        return
    if not LAB:
        pytest.skip("Wine copies through any protection, and there is no laboratory")
    request.getfixturevalue("lab").model("processes")
