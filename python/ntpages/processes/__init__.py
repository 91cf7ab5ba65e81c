"""Processes: how much memory each of them uses, and the memory of any one.

``list_processes()`` asks the kernel once for everybody: no handle is opened, so nobody is left
out for want of access; ``find()`` tells of those that run a program. ``Process`` reads, writes and
searches the memory of one process, asking for no more rights than each operation needs.

Source: ``NtQuerySystemInformation`` (``SystemProcessInformation``, phnt ``ntexapi.h``),
``ReadProcessMemory`` and ``WriteProcessMemory`` (``memoryapi.h``), Windows XP.
"""

from __future__ import annotations

from ntpages._native.processes import Counters
from ntpages.processes.listing import ProcessRow, find, list_processes
from ntpages.processes.modules import ModuleRow
from ntpages.processes.passages import FoundRow, SearchResult
from ntpages.processes.paths import PointerPath
from ntpages.processes.pattern import Needle, Pattern
from ntpages.processes.pieces import Pieces
from ntpages.processes.process import Process
from ntpages.processes.scan import HoleRow, MatchRow, ScanResult
from ntpages.processes.strings import StringRow, StringsResult
from ntpages.processes.values import TextRow, ValueRow, Values

__all__ = [
    "Counters",
    "FoundRow",
    "HoleRow",
    "MatchRow",
    "ModuleRow",
    "Needle",
    "Pattern",
    "Pieces",
    "PointerPath",
    "Process",
    "ProcessRow",
    "ScanResult",
    "SearchResult",
    "StringRow",
    "StringsResult",
    "TextRow",
    "ValueRow",
    "Values",
    "find",
    "list_processes",
]

__dir__ = __all__.copy
