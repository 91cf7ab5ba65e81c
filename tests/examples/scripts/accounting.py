"""VirtualQuery over a reservation: what is committed of it, and the holes, as VMMap shows them."""

from __future__ import annotations

from ntpages import regions
from ntpages.regions import Region

with Region(1 << 30, commit=False) as region:
    for cell in (0, 1 << 20, 5 << 20):
        region.commit(cell, 4096)
    for span in region.spans():
        print(f"{span.offset:#12x} {span.size:#12x} {span.state}")
    committed = sum(span.size for span in region.spans() if span.state == "commit")
    print(f"Total: {region.size >> 10} KB, committed: {committed >> 10} KB")
    assert committed == region.committed == 3 * 4096
    rows = [row for row in regions.walk() if row.allocation_base == region.address]
    assert len(rows) == 6  # three pages, and the holes behind them
