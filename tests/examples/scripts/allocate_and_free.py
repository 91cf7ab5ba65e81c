# lab: processes
"""VirtualAlloc and VirtualFree, here and in another process: rounding, zeros, decommit, release."""

from __future__ import annotations

import subprocess
import sys

from ntpages.errors import NtError
from ntpages.processes import Process
from ntpages.regions import Region

KIB = 1 << 10
with Region(128 * KIB) as region:  # reserve and commit at once
    print(f"128 KiB at {region.address:#x}, {region.committed} bytes committed")
    assert not any(region.view())  # committed memory is always zeroed
for asked, given in ((1 * KIB, 4 * KIB), (50 * KIB, 52 * KIB)):
    with Region(asked) as region:
        print(f"{asked} bytes are rounded up to {region.committed}")
        assert region.committed == given
with Region(64 * KIB, commit=False, top_down=True) as region:
    region.commit(0, 4 * KIB)
    region.commit(0, 4 * KIB)  # what is committed already succeeds
    region.decommit(0, 4 * KIB)
    assert region.committed == 0

with (
    subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child,
    Process(child.pid) as process,
):
    address = process.allocate(64 * KIB, commit=False)
    process.commit(address, 4 * KIB)
    process.write(address, b"from outside")
    print(f"in process {child.pid} at {address:#x}: {process.read(address, 12)!r}")
    process.free(address)
    try:
        process.read(address, 12)
    except NtError as refused:
        print(f"freed: {refused}")
    child.communicate(b"\n")
