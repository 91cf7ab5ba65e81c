"""Processes that exit while they are looked at, at every one of nine uses."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest

from ntpages import processes, working_sets
from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process
from target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RACES = 45


@pytest.mark.slow
def test_whatever_is_asked_of_an_exiting_process_ends_well() -> None:
    chance = random.Random(6)
    ended = 0
    for race in range(RACES):
        with Target() as target, Process(target.pid) as process:
            uses: Iterator[Callable[[], object]] = itertools.cycle(
                [
                    lambda: process.read(target["private"], 64),
                    lambda: process.read_many([target["private"]] * 50, 16),
                    lambda: process.write(target["several"], b"still there?"),
                    lambda: process.scan(target.mark),
                    lambda: process.free(process.allocate(4096)),
                    process.counters,
                    lambda: working_sets.limits(target.pid),
                    lambda: working_sets.trim(target.pid),
                    lambda: processes.list_processes(limits=True),
                ]
            )
            for _ in range(race % 9):
                next(uses)
            for _ in range(chance.randrange(20)):
                next(uses)()
            target.crash()
            with pytest.raises(NoSuchProcessError, match=f"pid {target.pid}"):  # noqa: PT012
                for use in uses:
                    use()
            ended += 1
    assert ended == RACES
