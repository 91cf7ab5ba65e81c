"""Hostile arguments for everything public: documented exceptions, and never a dead interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ntpages
from ntpages.heaps import Heap
from reliability.hostile import signature

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = Path(__file__).with_name("hostile.py")
EXAMPLES = 60  # calls of each function
PATIENCE = 600  # seconds

NOUNS = sorted(set(ntpages.__all__) - {"__version__", "errors"})
TOGETHER = 3  # nouns in one process: to start it takes as long as to call one


@pytest.fixture(scope="module")
def victim() -> Iterator[int]:
    """A process that does nothing and may come to harm."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        yield process.pid
        process.kill()


def test_a_compiled_function_tells_its_arguments_by_its_docstring() -> None:
    heap = Heap.default()
    assert signature(heap.allocate) == [("size", False, True), ("zero", True, False)]


def test_a_callable_that_tells_nobody_what_it_takes_ends_the_fuzz() -> None:
    with pytest.raises(AssertionError, match=r"update.* tells nobody what it takes"):
        signature({}.update)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, len(NOUNS), TOGETHER), ids=NOUNS.__getitem__)
def test_hostile_arguments_meet_documented_errors(first: int, victim: int) -> None:
    nouns = NOUNS[first : first + TOGETHER]
    words = [str(HOSTILE), str(EXAMPLES), str(victim), *nouns]
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
        check=False,
    )
    lines = done.stdout.splitlines() or ["nothing"]
    ended = f"{lines[-1]}\n{done.stderr[-3000:]}"
    assert (done.returncode, lines[-1]) == (0, "survived"), f"ended in {ended}"
