"""Walks of the own address space, and of another process's."""

from __future__ import annotations

import atexit
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from ntpages import regions
from ntpages.regions import Use
from reliability.operations import life, operation

if TYPE_CHECKING:
    from ntpages.table import Table

ASIDE = {
    "QueryVirtualMemoryInformation": "traits are 0 where Windows can't say",
    "NtQueryVirtualMemory": "memory that no file is behind has no name",
    "WideCharToMultiByte": "a name that can't be converted is empty",
    "QueryDosDeviceW": "a drive that can't be resolved keeps the kernel's name",
    "ReadProcessMemory": "memory that is gone or unreadable marks nothing",
    "GetModuleHandleW": "where ntdll is not found, nothing is known of what it points at",
    "GetProcAddress": "where ntdll exports nothing, the same",
    "NtQuerySystemInformation": "without a hypervisor there is no page of one",
    "VirtualQueryEx": "a stack or heap that is gone when it is looked up marks nothing",
}


REGIONS = "there are as many regions as Python, Windows and the tests before have made"


@cache
def child() -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    atexit.register(process.communicate)  # its input ends, and so does it
    return process


def whole(table: Table) -> bool:
    uses = Counter(row.use for row in table)
    return uses[Use.FREE] > 0 and uses[Use.IMAGE] > 0 and sum(table.column("size")) > 2**46


@operation(absorbs=ASIDE, varies=REGIONS)
def walk() -> bool:
    return whole(regions.walk())


@operation(varies=REGIONS)
def walk_without_names_and_uses() -> bool:
    return whole(regions.walk(names=False, uses=False))


@operation(varies=REGIONS)
def walk_with_what_is_resident() -> bool:
    walked = regions.walk(names=False, uses=False, resident=True)
    return whole(walked) and sum(walked.column("resident")) > 0


@operation(
    absorbs=ASIDE
    | {
        "GetExitCodeProcess": "one of two signs of an exit; the walk itself has not failed",
        "WaitForSingleObject": "the other one",
        "OpenProcess": "that the process can't be waited for is no sign of an exit",
    },
    varies=REGIONS,
)
def walk_another_process() -> bool:
    return whole(regions.walk(child().pid))


@life(cycles=300)  # a walk makes thousands of calls
def walked() -> None:
    regions.walk()
