# lab: regions regions_app
"""VirtualAllocFromApp and VirtualProtectFromApp: what a program in an app container may call."""

from __future__ import annotations

from ntpages.errors import NtError
from ntpages.regions import Protection, Region

with Region(1 << 16, from_app=True) as region:
    region.view()[:5] = b"hello"
    print("was", repr(region.protect(Protection.READONLY).old))
    try:
        region.protect(Protection.EXECUTE_READWRITE)
    except NtError as refused:
        print(refused)
        assert refused.call == "VirtualProtectFromApp"
