# lab: regions numa partitions privileges hold=SeLockMemoryPrivilege
"""VirtualAlloc2: one call for a process, a node, an alignment, bounds and a partition."""

from __future__ import annotations

import os

from ntpages import partitions
from ntpages.partitions import Partition
from ntpages.processes import Process
from ntpages.regions import Region

with Region(1 << 20, node=1, only_node=True, alignment=1 << 24, lowest=1 << 40) as region:
    print(f"aligned to 16 MiB, above 1 TiB, of node 1 alone: {region.address:#x}")
    assert region.address % (1 << 24) == 0
    assert region.address >= 1 << 40
with Process(os.getpid()) as process:
    address = process.allocate(1 << 20, alignment=1 << 24)
    print(f"the same for a process that is opened: {address:#x}")
    process.free(address)
with Partition() as partition:
    partition.take(16 << 20)
    with Region(1 << 20, partition=partition) as region:
        print(f"of a partition of {partition.memory().total >> 20} MiB: {region.address:#x}")
print(f"standby pages by priority, without a privilege: {partitions.system().standby}")
