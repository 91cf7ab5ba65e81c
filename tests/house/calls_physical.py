"""One harmless call of everything public about physical memory, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import memory_lists, physical, regions, table, working_sets

if TYPE_CHECKING:
    from house.calls import Calls

PAGE = 4096

OBJECTS: Calls = {
    "memory_lists.DroppedFile": lambda _: memory_lists.drop_file(__file__),
    "physical.Compression": lambda _: physical.compression(),
    "physical.MemoryAccount": lambda stage: stage.account,
}

_NO_REGIONS = table.Table(
    "Region",
    {name: [""] for name in ("address", "allocation_base", "size", "state", "type", "use", "name")},
)[:0]

CALLS: Calls = {
    "memory_lists.capture_accessed": lambda _: memory_lists.capture_accessed(),
    "memory_lists.combine_pages": lambda _: memory_lists.combine_pages(),
    "memory_lists.defrag": lambda _: memory_lists.defrag(),
    "memory_lists.drop_file": lambda _: memory_lists.drop_file(__file__),
    "memory_lists.empty_file_cache": lambda _: memory_lists.empty_file_cache(),
    "memory_lists.empty_working_sets": lambda _: memory_lists.empty_working_sets(),
    "memory_lists.flush_modified": lambda _: memory_lists.flush_modified(),
    "memory_lists.flush_volumes": lambda _: memory_lists.flush_volumes(),
    "memory_lists.purge_standby": lambda _: memory_lists.purge_standby(),
    "memory_lists.query": lambda _: memory_lists.query(),
    "memory_lists.reconcile_registry": lambda _: memory_lists.reconcile_registry(),
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
    "regions.totals": lambda _: regions.totals(_NO_REGIONS),
    "working_sets.resident": lambda stage: working_sets.resident(stage.target.pid),
}
