"""The laboratory's modelled machine as ``ntpages top`` sees it: a game and a browser on 64 GiB.

The table of processes, the lists and what is compressed come through the shipped binary from the
laboratory's models. What these stand still in, or leave to the host, is said here.
"""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cli.top.made import GIB, KIB, MIB, Faults, Made, memory
from ntpages.cli.top.cockpit import Cockpit
from ntpages.cli.top.machine import Machine, Sample
from ntpages.cli.top.settings import Settings
from ntpages.table import Table

if TYPE_CHECKING:
    from ntlab import Lab

_RECORD = 256  # bytes of SYSTEM_PROCESS_INFORMATION
_BEGUN = 116_444_736_000_000_000 + 1_790_000_000 * 10**7  # in units of 100 ns since 1601
_PAGE = 4096

# Name, pid, parent, working set in MiB, hard faults each second, processor in hundredths.
PROCESSES = [
    ("Skyhaven.exe", 7120, 1204, 11264, 9, 310),
    ("chrome.exe", 9304, 1204, 1536, 2, 12),
    ("MemCompression", 2288, 4, 1280, 0, 3),
    ("chrome.exe", 9388, 9304, 1024, 1, 4),
    ("chrome.exe", 9512, 9304, 768, 0, 1),
    ("MsMpEng.exe", 3316, 720, 258, 4, 2),
    ("dwm.exe", 1880, 640, 172, 0, 5),
    ("explorer.exe", 1204, 1100, 121, 0, 0),
    ("svchost.exe", 984, 720, 82, 0, 0),
    ("SearchIndexer.exe", 4012, 720, 64, 3, 1),
    ("svchost.exe", 1332, 720, 48, 0, 0),
    ("lsass.exe", 736, 640, 24, 0, 0),
    ("services.exe", 720, 640, 12, 0, 0),
    ("winlogon.exe", 700, 600, 9, 0, 0),
    ("wininit.exe", 640, 560, 7, 0, 0),
    ("csrss.exe", 572, 560, 6, 0, 0),
    ("smss.exe", 420, 4, 1, 0, 0),
    ("System", 4, 0, 1, 0, 1),
]
_SHUT = {4, 420, 572, 736, 2288, 3316}


def records(second: int) -> bytes:
    """The kernel's table of processes in this second, names behind. Offsets: phnt, ntexapi.h."""
    entries, names = b"", b""
    for number, (name, pid, parent, size, reads, busy) in enumerate(PROCESSES):
        entry = bytearray(_RECORD)
        text = name.encode("utf-16-le")
        sway = math.sin(second / 7 + number) / 40 if number < 7 else 0
        resident = int(size * MIB * (1 + sway)) // _PAGE * _PAGE
        fields: dict[int, tuple[str, int]] = {
            0: ("I", _RECORD if number < len(PROCESSES) - 1 else 0),
            4: ("I", 4 + size // 90),  # threads
            8: ("Q", resident * 4 // 5),  # private working set
            16: ("I", 1000 + reads * second),  # hard faults
            32: ("Q", _BEGUN + pid * 10**7),  # created
            40: ("Q", second * busy * 10**5),  # user time
            80: ("Q", pid),
            88: ("Q", parent),
            96: ("I", 200 + 17 * number),  # handles
            100: ("I", 1 if size > 100 else 0),  # session
            128: ("I", 90_000 + 40 * reads * second),  # faults
            136: ("Q", resident),  # peak working set
            144: ("Q", resident),
            184: ("Q", resident * 9 // 10),  # commit
            200: ("Q", resident * 9 // 10),  # private bytes
        }
        for offset, (kind, value) in fields.items():
            struct.pack_into(f"<{kind}", entry, offset, value)
        at = _RECORD * len(PROCESSES) + len(names)
        struct.pack_into("<HHIQ", entry, 56, len(text), len(text), 0, at)
        entries, names = entries + bytes(entry), names + text
    return entries + names


class Modelled(Machine):
    """The laboratory's machine; a second passes with each look."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._made = Made()
        self._second = 0
        self._told: Sample | None = None
        for name in ("compression", "physical", "system"):
            lab.model(name)
        lab.model("privileges").hold("SeProfileSingleProcessPrivilege")
        lists = lab.model("memory_lists")
        pages = lists.pages
        pages.zero, pages.free = 500 * MIB // _PAGE, 238 * MIB // _PAGE
        pages.modified = 2 * GIB // _PAGE
        standby = (2 * GIB, 800 * MIB, 12 * MIB, 0, 130 * MIB, 23 * GIB, 700 * MIB, 300 * MIB)
        for priority, size in enumerate(standby):
            pages.standby[priority] = size // _PAGE
        lists.pages = pages
        self._table = lab.model("processes")

    def sample(self, earlier: Sample | None = None, *, anew: bool = False) -> Sample:
        """What a second changes, and what Wine says of a process that is none of its own."""
        self._second += 1
        second = self._second
        self._table.answer(records(second), names_within=True)
        del earlier  # whose table is no longer as Windows gave it
        found = self._told = super().sample(self._told, anew=anew)
        assert found.lists
        reads = sum(int(8 + 290 * max(0.0, math.sin(each / 6)) ** 8) for each in range(second))
        return replace(
            found,
            time=float(second),
            processes=_opened(found.processes),
            memory=memory(
                available=found.lists.standby_total + found.lists.ready,
                committed=int(GIB * (31 + 2 * math.sin(second / 8))),
                commit_limit=(73 if second < 35 else 80) * GIB,
            ),  # type: ignore[arg-type]
            faults=Faults(reads, 8 * reads, 90 * reads),  # type: ignore[arg-type]
        )

    def space(self, pid: int) -> Any:
        return self._made.space(pid)


def after_a_minute(lab: Lab, *, theme: str = "dark") -> Cockpit:
    """A cockpit that has seen a minute of it, and looks no more."""
    machine = Modelled(lab)
    app = Cockpit(machine, settings=Settings(theme=theme))
    app.look_again = lambda: None  # type: ignore[method-assign]
    for _ in range(59):
        app._history.add(machine.sample())
    return app


def _opened(table: Table[Any]) -> Table[Any]:
    """The table with the limits that a Windows gives, of all but those that are protected."""
    pids = table.column("pid").tolist()
    columns: dict[str, Any] = {name: table.column(name).tolist() for name in table.names}
    columns["accessible"] = [pid not in _SHUT for pid in pids]
    columns["minimum"] = [200 * KIB] * len(pids)
    columns["maximum"] = [1380 * KIB] * len(pids)
    return Table(table.title, columns)
