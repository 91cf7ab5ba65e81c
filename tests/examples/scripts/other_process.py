# lab: processes
"""ReadProcessMemory and WriteProcessMemory, and what they refuse."""

from __future__ import annotations

import subprocess
import sys

from ntpages.errors import InvalidAddressError
from ntpages.processes import Process
from ntpages.regions import Protection

with (
    subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child,
    Process(child.pid) as process,
):
    address = process.allocate(4096)
    process.write(address, b"some words")
    assert process.read(address, 10) == b"some words"
    process.protect(address, 4096, Protection.READONLY)
    try:
        process.write(address, b"other")
    except InvalidAddressError as refused:
        print(refused)
    process.write(address, b"other", unprotect=True)  # VirtualProtectEx, there and back
    print(process.read(address, 10))
    assert process.read(address, 10) == b"otherwords"
    process.free(address)
    child.communicate(b"\n")
