"""Checks of memory partitions."""

from __future__ import annotations

from ntpages import partitions, system
from ntpages.doctor.checks.check import Room, Seen, needs
from ntpages.partitions import Partition

_room = Room("partitions")
CHECKS = _room.checks

_LOCK = "SeLockMemoryPrivilege"
_OF_THE_SYSTEM = r"\KernelObjects\MemoryPartition0"


@_room.check()
def system_memory() -> Seen:
    """The system's partition tells 240 bytes to everybody, and its lists add up."""
    memory = partitions.system()
    together = memory.zero + memory.free + memory.standby_total
    total = system.memory().total
    holds = 0 < together <= memory.total <= 2 * total
    said = f"{together} of {memory.total} bytes, by priority {memory.standby}"
    return Seen(holds and sum(memory.standby) <= memory.standby_total + total // 8, said)


@_room.check()
def opening() -> Seen:
    """The system's partition has a name, and is number 0."""
    with Partition.open(_OF_THE_SYSTEM) as partition:
        number = partition.memory().id
    return Seen(number == 0, f"number {number}")


@_room.check(changes="makes a memory partition without memory, and lets go of it")
def making() -> Seen:
    """A new partition has no memory."""
    needs(_LOCK)
    with Partition() as partition:
        memory = partition.memory()
    return Seen(memory.total == 0, f"number {memory.id}, {memory.total} bytes")
