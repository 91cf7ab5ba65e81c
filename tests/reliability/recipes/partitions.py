"""One partition, which some ask and some fill."""

from __future__ import annotations

from ntpages.partitions import Partition
from reliability.racing import THREADS, TURNS, Race, race
from reliability.recipes import PAGE, closed


@race("partitions.Partition", "partitions", "privileges")
def partition() -> Race:
    part = Partition()

    def look(_: int) -> None:
        assert part.memory().total <= THREADS * TURNS * PAGE

    def numbers(_: int) -> None:
        assert part.handle != 0

    return Race(
        (look, numbers, lambda _: part.take(PAGE), lambda _: (part.closed, repr(part))),
        close=lambda _: part.close(),
        ends=closed(part),
    )
