"""What the decoder makes of the kernel's bytes, whatever they are. The fuzzer does the rest."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ntpages import processes
from ntpages.errors import AccessDeniedError, NtError
from target import Target

if TYPE_CHECKING:
    from ntlab import Lab

SIZE = 256
EPOCH = 116_444_736_000_000_000  # 1970, in units of 100 ns since 1601


@dataclass
class Entry:
    """A record of the process table, whose fields all differ. Offsets: phnt, ntexapi.h."""

    fields: dict[int, tuple[str, int]] = field(
        default_factory=lambda: {
            4: ("I", 3),  # threads
            8: ("Q", 1001),  # private working set
            16: ("I", 1002),  # hard faults
            24: ("Q", 1003),  # cycles
            32: ("Q", EPOCH + 1_234_567_890_000_000),  # created
            40: ("Q", 20_000_000),  # user time
            48: ("Q", 5_000_000),  # kernel time
            80: ("Q", 1008),  # pid
            88: ("Q", 1012),  # parent
            96: ("I", 1013),  # handles
            100: ("I", 1014),  # session
            112: ("Q", 1015),  # peak virtual size
            120: ("Q", 1016),  # virtual size
            128: ("I", 1017),  # faults
            136: ("Q", 1018),  # peak working set
            144: ("Q", 1019),  # working set
            160: ("Q", 1020),  # paged pool
            176: ("Q", 1021),  # nonpaged pool
            184: ("Q", 1022),  # commit
            192: ("Q", 1023),  # peak commit
            200: ("Q", 1024),  # private bytes
        }
    )

    def bytes(self, *, next_at: int = 0, **changed: int) -> bytes:
        record = bytearray(SIZE)
        struct.pack_into("<I", record, 0, next_at)
        for offset, (kind, value) in self.fields.items():
            struct.pack_into(f"<{kind}", record, offset, changed.get(f"at{offset}", value))
        return bytes(record)


OLD, NEW = 232, 368  # bytes of the full table's extension in Windows 10 1607, and since
OLD_PLACE, NEW_PLACE = 216, 344  # of shared commit in it
USER, PACKAGE = 52, 56  # where it says where the account's SID is, and the package's name


def extension(size: int, **told: int) -> bytes:
    """An extension of these bytes and what lies behind it: shared commit is 7 in both its places.

    What lies behind is 0xEE, and never of any use as a number.
    """
    block = bytearray(size) + b"\xee" * 256
    struct.pack_into("<Q", block, OLD_PLACE if size < NEW_PLACE else NEW_PLACE, 7)
    struct.pack_into("<II", block, USER, told.get("user", 0), told.get("package", 0))
    return bytes(block)


def answer(lab: Lab, table: bytes) -> None:
    lab.model("processes").answer(table)


def test_every_field_lands_in_its_column(lab: Lab) -> None:
    answer(lab, Entry().bytes())
    [row] = processes.list_processes()
    assert row._asdict() == {
        "pid": 1008,
        "parent": 1012,
        "name": "",
        "working_set": 1019,
        "private_working_set": 1001,
        "peak_working_set": 1018,
        "private": 1024,
        "commit": 1022,
        "peak_commit": 1023,
        "virtual": 1016,
        "paged_pool": 1020,
        "nonpaged_pool": 1021,
        "faults": 1017,
        "hard_faults": 1002,
        "threads": 3,
        "handles": 1013,
        "session": 1014,
        "started": 123_456_789.0,
        "cpu_time": 2.5,
        "cycles": 1003,
    }


def test_the_idle_process_has_a_name_and_no_beginning(lab: Lab) -> None:
    answer(lab, Entry().bytes(at80=0, at32=0))
    [idle] = processes.list_processes()
    assert (idle.pid, idle.name, idle.started) == (0, "System Idle Process", 0.0)


def test_entries_follow_one_another(lab: Lab) -> None:
    answer(lab, b"".join(Entry().bytes(next_at=SIZE * (i < 9), at80=4 * i) for i in range(10)))
    assert processes.list_processes().column("pid").tolist() == list(range(0, 40, 4))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (Entry().bytes()[:-1], "cut short"),
        (b"\0", "cut short"),
        (Entry().bytes(next_at=SIZE) + Entry().bytes()[:100], "cut short"),
        (Entry().bytes(next_at=SIZE + 1), "false length"),
        (Entry().bytes(next_at=1) + bytes(SIZE), "false length"),
        (Entry().bytes(next_at=SIZE - 8) + bytes(SIZE), "false length"),
        (Entry().bytes(next_at=0xFFFFFFFF), "false length"),
    ],
)
def test_a_table_that_cant_be_is_an_error(lab: Lab, table: bytes, words: str) -> None:
    answer(lab, table)
    with pytest.raises(RuntimeError, match=words):
        processes.list_processes()


@pytest.mark.parametrize("address", [0, 8, 0x7FFF_0000_0000, (1 << 64) - 2])
def test_a_name_that_lies_elsewhere_is_none(lab: Lab, address: int) -> None:
    record = bytearray(Entry().bytes())
    struct.pack_into("<HHIQ", record, 56, 20, 22, 0, address)
    answer(lab, bytes(record))
    assert processes.list_processes()[0].name == ""


def test_the_buffer_grows_until_the_table_fits(lab: Lab) -> None:
    lab.model("processes")
    lab.fail("NtQuerySystemInformation", nth=1, code=0xC0000004)
    assert os.getpid() in processes.list_processes().column("pid")
    assert lab.refused == 1


def test_a_table_that_never_fits_is_an_error(lab: Lab) -> None:
    lab.fail("NtQuerySystemInformation", every=True, code=0xC0000004)
    with pytest.raises(NtError) as refused:
        processes.list_processes()
    assert refused.value.status == 0xC0000004


# ---- The full table, for administrators ----------------------------------------------------------


def test_the_full_table_adds_shared_commit(lab: Lab) -> None:
    lab.model("processes")
    with Target("idle") as target:
        table = processes.list_processes(full=True, limits=True)
        [row] = [row for row in table if row.pid == target.pid]
        assert table.names[20:22] == ("shared_commit", "accessible")
        assert row.name == "target.exe"
        assert row.shared_commit == row.commit // 4
        assert row.accessible


def test_the_full_table_calls_a_program_what_the_plain_one_does(lab: Lab) -> None:
    lab.model("processes")
    with Target("idle") as target:
        plain, full = processes.list_processes(), processes.list_processes(full=True)
        names = [{row.pid: row.name for row in table}[target.pid] for table in (plain, full)]
        assert names == ["target.exe", "target.exe"]


def test_shared_commit_is_found_in_the_table_of_1607(lab: Lab) -> None:
    lab.model("processes").be_1607()
    with Target("idle") as target:
        rows = {row.pid: row for row in processes.list_processes(full=True)}
        assert rows[target.pid].shared_commit == rows[target.pid].commit // 4 > 0


@pytest.mark.parametrize(
    "told",
    [
        {"user": OLD},
        {"package": OLD},
        {"user": SIZE + OLD},  # counted from the entry, as some readers of the table do
        {"package": SIZE + OLD, "user": SIZE + OLD + 28},
    ],
)
def test_the_extension_ends_where_what_it_names_begins(lab: Lab, told: dict[str, int]) -> None:
    answer(lab, Entry().bytes(at4=0) + extension(OLD, **told))
    [row] = processes.list_processes(full=True)
    assert row.shared_commit == 7


def test_the_extension_ends_where_the_programs_path_begins(lab: Lab) -> None:
    record = bytearray(Entry().bytes(at4=0))
    struct.pack_into("<HHIQ", record, 56, 8, 8, 0, SIZE + OLD)
    table = bytes(record) + extension(OLD)[:OLD] + "name".encode("utf-16-le") + b"\xee" * 256
    lab.model("processes").answer(table, names_within=True)
    [row] = processes.list_processes(full=True)
    assert (row.name, row.shared_commit) == ("name", 7)


@pytest.mark.parametrize("room", [NEW_PLACE + 8, 360, NEW])
def test_the_extension_is_the_new_one_where_there_is_room_for_it(lab: Lab, room: int) -> None:
    answer(lab, Entry().bytes(at4=0) + extension(room, user=room))
    [row] = processes.list_processes(full=True)
    assert row.shared_commit == 7


@pytest.mark.parametrize(("room", "shared_commit"), [(OLD, 7), (OLD - 1, 0), (0, 0)])
def test_an_entry_may_be_too_short_for_an_extension(
    lab: Lab, room: int, shared_commit: int
) -> None:
    answer(lab, Entry().bytes(at4=0) + extension(OLD)[:room])
    [row] = processes.list_processes(full=True)
    assert row.shared_commit == shared_commit


def test_the_full_table_is_for_administrators(lab: Lab) -> None:
    lab.model("processes")
    lab.model("privileges").standard_user()
    with pytest.raises(AccessDeniedError) as refused:
        processes.list_processes(full=True)
    assert refused.value.call == "NtQuerySystemInformation"


# ---- Who can be opened ---------------------------------------------------------------------------


def test_limits_say_who_could_not_be_opened(lab: Lab) -> None:
    query = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    with Target("idle") as open_, Target("idle") as shut:
        lab.model("processes").deny(shut.pid, query)
        rows = {row.pid: row for row in processes.list_processes(limits=True)}
        assert rows[open_.pid].accessible
        assert rows[open_.pid].maximum > 0
        assert not rows[shut.pid].accessible
        assert (rows[shut.pid].minimum, rows[shut.pid].maximum) == (0, 0)
        assert rows[shut.pid].working_set > 0


@pytest.mark.parametrize(
    ("right", "use"),
    [
        (0x0010, lambda process, place: process.read(place, 1)),
        (0x0020, lambda process, place: process.write(place, b"x")),
        (0x0008, lambda process, _: process.allocate(1)),
        (0x0400, lambda process, _: process.scan(b"x")),
    ],
    ids=["read", "write", "allocate", "scan"],
)
def test_each_operation_needs_its_own_right_alone(lab: Lab, right: int, use: object) -> None:
    assert callable(use)
    lab.record("OpenProcess")
    with Target() as target:
        place = target["several"]
        with processes.Process(target.pid) as process:
            use(process, place)
        asked = 0
        for call in lab.calls("OpenProcess"):
            asked |= call.arguments[0]
        assert asked & right
        assert asked != 0x1FFFFF
        lab.model("processes").deny(target.pid, right)
        with processes.Process(target.pid) as process:
            with pytest.raises(AccessDeniedError, match=f"pid {target.pid}"):
                use(process, place)
            assert process.counters().working_set > 0
