# lab: regions working_sets privileges
"""VirtualProtect, and VirtualLock with the minimum working set that it may need to raise."""

from __future__ import annotations

from ntpages.errors import OutOfMemoryError
from ntpages.regions import Protection, Region

with Region(1 << 20) as region:
    changed = region.protect(Protection.READONLY, size=4096)
    print(f"{changed.size} bytes were {changed.old!r}")
    assert region.view(0, 4096).readonly
    with region.protected(Protection.READWRITE):
        region.view()[0] = 1
    try:
        region.lock(raise_limit=False)
    except OutOfMemoryError as refused:
        print(refused)
    with region.locked():
        print("1 MiB is locked, and the minimum was raised")
