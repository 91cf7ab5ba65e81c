# lab: numa
"""NumaInfo, twice: 1 GiB of node 1 is touched in between."""

from __future__ import annotations

from ntpages import numa
from ntpages.regions import Region
from ntpages.report.numa import nodes_text

print(nodes_text(numa.nodes()))
before = numa.nodes()
node = before[-1].number
with Region(1 << 24, node=node) as region:
    region.view()[::4096] = b"\xff" * (len(region) // 4096)
    print(nodes_text(numa.nodes()))
    after = numa.nodes()
    if before[-1].available is not None and after[-1].available is not None:
        assert after[-1].available < before[-1].available
    assert numa.node_of(region) == node
