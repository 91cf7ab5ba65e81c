"""One harmless call of everything public about physical memory, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import memory_lists, physical

if TYPE_CHECKING:
    from house.calls import Calls

PAGE = 4096

OBJECTS: Calls = {
    "memory_lists.DroppedFile": lambda _: memory_lists.drop_file(__file__),
    "physical.Compression": lambda _: physical.compression(),
    "physical.MemoryAccount": lambda stage: stage.account,
}

CALLS: Calls = {
    "memory_lists.drop_file": lambda _: memory_lists.drop_file(__file__),
    "physical.MemoryAccount.of": lambda stage: stage.account.of(physical.Group.IN_USE),
    "physical.account": lambda _: physical.account(),
    "physical.big_allocations": lambda _: physical.big_allocations(),
    "physical.compression": lambda _: physical.compression(),
    "physical.files": lambda _: physical.files(),
    "physical.of": lambda _: physical.of(address=PAGE),
    "physical.pages": lambda _: physical.pages(end=64 * PAGE),
    "physical.pool_tags": lambda _: physical.pool_tags(),
    "physical.pools": lambda _: physical.pools(),
    "physical.priorities": lambda _: physical.priorities(),
    "physical.processes": lambda _: physical.processes(),
    "physical.ranges": lambda _: physical.ranges(),
    "physical.summary": lambda _: physical.summary(processes=True, files=True),
    "physical.trim_compression": lambda _: physical.trim_compression(PAGE),
}
