# lab: regions privileges hold=SeLockMemoryPrivilege
"""Large pages: the size, the privilege, five of them, and a huge one."""

from __future__ import annotations

from ntpages import privileges, system
from ntpages.regions import Region, large_page_status

print(f"a large page is {system.large_page_size() >> 10} KiB; {large_page_status()}")
print(f"SeLockMemoryPrivilege is {privileges.state('SeLockMemoryPrivilege').value}")
with Region(5 * system.large_page_size(), large_pages=True) as region:
    print(f"5 large pages at {region.address:#x}, of {region.page_size >> 20} MiB each")
    assert region.page_size >= system.large_page_size()
with Region(1 << 30, large_pages=True, defragment=True) as region:
    print(f"1 GiB came in pages of {region.page_size >> 20} MiB")
