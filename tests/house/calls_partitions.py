"""One harmless call of everything public about memory partitions, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import partitions

if TYPE_CHECKING:
    from house.calls import Calls

PAGE = 4096

OBJECTS: Calls = {
    "partitions.Partition": lambda stage: stage.partition,
}

CALLS: Calls = {
    "partitions.Partition": lambda stage: stage.keep(partitions.Partition()),
    "partitions.Partition.close": lambda stage: stage.partition.close(),
    "partitions.Partition.memory": lambda stage: stage.partition.memory(),
    "partitions.Partition.open": lambda stage: stage.keep(
        partitions.Partition.open(stage.named_partition)
    ),
    "partitions.Partition.take": lambda stage: stage.partition.take(PAGE),
    "partitions.current": lambda _: partitions.current(),
    "partitions.system": lambda _: partitions.system(),
}
