"""Write watch: which pages were written since the last look."""

from __future__ import annotations

from ntpages import write_watch
from ntpages.regions import Region

with Region(1 << 20, write_watch=True) as region, memoryview(region) as view:
    for offset in (0, 5 * 4096, 9 * 4096 + 17):
        view[offset] = 1
    written = write_watch.dirty(region, reset=True)
    print(f"written: {written.column('offset').tolist()}")
    assert written.column("offset").tolist() == [0, 5 * 4096, 9 * 4096]
    view[4096] = 1
    assert [row.offset for row in write_watch.dirty(region)] == [4096]
