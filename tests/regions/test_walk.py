"""The walk: every region of an address space, its own or another process's."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import errors, regions, system
from ntpages.regions import State, Type, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from ntpages.table import Table

WINE = system.windows().wine is not None
PAGE = system.page_size()
GRAIN = system.allocation_granularity()
LAST = 0x7FFF_FFFF_0000  # where the user address space of x64 Windows ends

NOACCESS, READONLY, READWRITE, GUARD = 0x01, 0x02, 0x04, 0x100
COMMIT, RESERVE, RELEASE = 0x1000, 0x2000, 0x8000

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.VirtualAlloc.restype = ctypes.c_size_t
_kernel.VirtualAlloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32]
_kernel.VirtualFree.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint32]
_kernel.HeapCreate.restype = ctypes.c_size_t
_kernel.HeapCreate.argtypes = [ctypes.c_uint32, ctypes.c_size_t, ctypes.c_size_t]
_kernel.HeapDestroy.argtypes = [ctypes.c_size_t]


def at(table: Table, address: int) -> Any:
    """The row that an address lies in."""
    (row,) = (row for row in table if row.address <= address < row.address + row.size)
    return row


def holes(table: Table) -> list[int]:
    """Where a row does not start at the end of the one before."""
    starts, sizes = table.column("address").tolist(), table.column("size").tolist()
    ends = [0, *(start + size for start, size in zip(starts, sizes, strict=True))]
    return [start for start, end in zip(starts, ends, strict=False) if start != end]


@pytest.fixture
def reserved() -> Iterator[int]:
    """16 pages of address space with nothing behind."""
    address = _kernel.VirtualAlloc(0, 16 * PAGE, RESERVE, READWRITE)
    assert address
    yield address
    assert _kernel.VirtualFree(address, 0, RELEASE)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    """A Python with a megabyte of shared memory and a second thread; its answer is the address."""
    code = (
        "import ctypes, mmap, threading\n"
        "shared = mmap.mmap(-1, 1 << 20)\n"
        "held = threading.Event()\n"
        "thread = threading.Thread(target=held.wait)\n"
        "thread.start()\n"
        "print(ctypes.addressof(ctypes.c_char.from_buffer(shared)), thread.native_id, flush=True)\n"
        "input()\n"
        "held.set()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.communicate("\n", timeout=60)


@pytest.mark.parametrize("uses", [False, True])
def test_rows_tile_the_whole_user_address_space(*, uses: bool) -> None:
    table = regions.walk(uses=uses)
    assert holes(table) == []
    last = table[-1]
    assert last.address + last.size == LAST
    assert min(table.column("size")) >= PAGE


def test_a_reservation_with_a_committed_middle_is_three_rows(reserved: int) -> None:
    assert _kernel.VirtualAlloc(reserved + 4 * PAGE, 8 * PAGE, COMMIT, READONLY)
    rows = [row for row in regions.walk() if row.allocation_base == reserved]
    assert [(row.address - reserved, row.size) for row in rows] == [
        (0, 4 * PAGE),
        (4 * PAGE, 8 * PAGE),
        (12 * PAGE, 4 * PAGE),
    ]
    assert [row.state for row in rows] == [State.RESERVE, State.COMMIT, State.RESERVE]
    assert [row.protection for row in rows] == [0, READONLY, 0]
    assert {row.allocation_protection for row in rows} == {READWRITE}
    assert {(row.type, row.use, row.thread, row.name) for row in rows} == {
        (Type.PRIVATE, Use.PRIVATE, 0, "")
    }


def test_free_space_says_nothing_but_its_place(reserved: int) -> None:
    row = regions.walk()[0]
    assert (row.address, row.state, row.type, row.use) == (0, State.FREE, Type.NONE, Use.FREE)
    assert (row.protection, row.allocation_base, row.allocation_protection) == (0, 0, 0)
    assert at(regions.walk(), reserved).state is State.RESERVE


def test_what_is_left_of_64_kib_behind_an_allocation_is_of_no_use(reserved: int) -> None:
    assert _kernel.VirtualFree(reserved, 0, RELEASE)
    assert _kernel.VirtualAlloc(reserved, PAGE, RESERVE, READWRITE) == reserved
    free = [row for row in regions.walk() if reserved < row.address < reserved + 2 * GRAIN]
    assert (free[0].address, free[0].size) == (reserved + PAGE, GRAIN - PAGE)
    assert (free[0].state, free[0].type, free[0].use) == (State.FREE, Type.NONE, Use.UNUSABLE)
    assert not _kernel.VirtualAlloc(reserved + PAGE, PAGE, RESERVE, READWRITE)
    assert not _kernel.VirtualAlloc(reserved + GRAIN - PAGE, PAGE, RESERVE, READWRITE)
    assert all(row.use is not Use.UNUSABLE for row in regions.walk(uses=False))


def test_of_what_is_unusable_nothing_is_left_over(reserved: int) -> None:
    for row in regions.walk():
        if row.use is Use.UNUSABLE:
            assert row.address % GRAIN + row.size <= GRAIN
            assert row.address % GRAIN
        elif row.use is Use.FREE:
            assert row.address % GRAIN == 0
    assert reserved % GRAIN == 0


def test_guard_pages_are_guards(reserved: int) -> None:
    assert _kernel.VirtualAlloc(reserved, PAGE, COMMIT, READWRITE | GUARD)
    row = at(regions.walk(), reserved)
    assert (row.size, row.protection, row.use) == (PAGE, READWRITE | GUARD, Use.GUARD)


def test_shared_memory_is_mapped_and_has_no_name() -> None:
    with mmap.mmap(-1, GRAIN) as shared:
        view = ctypes.c_char.from_buffer(shared)
        row = at(regions.walk(), ctypes.addressof(view))
        del view
    assert (row.type, row.use, row.name) == (Type.MAPPED, Use.MAPPED, "")
    assert row.size == GRAIN


def test_a_mapped_file_has_its_name_where_the_mapping_starts(tmp_path: Path) -> None:
    path = tmp_path / ("a file with a long name and an \u00e9 " + "x" * 100)
    path.write_bytes(bytes(4 * GRAIN))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        view = ctypes.c_char.from_buffer(mapped)
        row = at(regions.walk(), ctypes.addressof(view))
        unnamed = at(regions.walk(names=False, uses=False), ctypes.addressof(view))
        del view
    assert (row.type, row.use) == (Type.MAPPED, Use.MAPPED_FILE)
    assert Path(row.name).samefile(path)
    assert (unnamed.use, unnamed.name) == (Use.MAPPED, "")


def test_the_program_and_its_dlls_are_named_once_each() -> None:
    images = [row for row in regions.walk() if row.use is Use.IMAGE]
    assert {row.type for row in images} == {Type.IMAGE}
    named = [row for row in images if row.name]
    assert all(row.address == row.allocation_base for row in named)
    assert len({row.allocation_base for row in images}) >= len(named)
    names = {Path(row.name).name.lower() for row in named}
    assert Path(sys.executable).name.lower() in names
    assert {"ntdll.dll", "kernel32.dll"} <= names
    assert any(name.startswith("_native.") for name in names)
    assert not any(row.name.startswith("\\Device") for row in named)
    assert not any("\0" in row.name for row in regions.walk())


def test_every_thread_has_its_stack_and_its_teb() -> None:
    held = threading.Event()
    threads = [threading.Thread(target=held.wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        table = regions.walk()
    finally:
        held.set()
        for thread in threads:
            thread.join()
    ids = {thread.native_id for thread in threads} | {threading.get_native_id()}
    stacks = {row.thread for row in table if row.use is Use.STACK}
    tebs = {row.thread for row in table if row.use is Use.TEB}
    assert ids <= stacks
    assert ids <= tebs
    assert holes(table) == []
    bases = [row.allocation_base for row in table if row.use is Use.STACK]
    assert len(set(bases)) == len(stacks)


def test_a_local_variable_lies_on_the_stack_of_its_thread() -> None:
    get_limits = ctypes.WinDLL("kernel32").GetCurrentThreadStackLimits
    low, high = ctypes.c_size_t(), ctypes.c_size_t()
    get_limits(ctypes.byref(low), ctypes.byref(high))
    row = at(regions.walk(), high.value - 1)
    assert (row.use, row.thread) == (Use.STACK, threading.get_native_id())
    assert row.allocation_base == low.value


def test_threads_that_come_and_go_do_no_harm() -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            short = threading.Thread(target=lambda: None)
            short.start()
            short.join()

    worker = threading.Thread(target=churn)
    worker.start()
    try:
        for _ in range(20):
            assert holes(regions.walk()) == []
    finally:
        stop.set()
        worker.join()


def test_the_peb_is_one_page() -> None:
    (row,) = (row for row in regions.walk() if row.use is Use.PEB)
    assert row.size == PAGE
    assert row.state is State.COMMIT


def test_a_heap_is_a_heap_while_it_lives() -> None:
    heap = _kernel.HeapCreate(0, 0, 0)
    assert at(regions.walk(), heap).use is Use.HEAP
    assert at(regions.walk(uses=False), heap).use is Use.PRIVATE
    assert _kernel.HeapDestroy(heap)
    assert at(regions.walk(), heap).use is not Use.HEAP


def test_another_process_shows_its_memory_its_threads_and_its_program(
    child: subprocess.Popen[str],
) -> None:
    assert child.stdout
    address, thread = map(int, child.stdout.readline().split())
    table = regions.walk(child.pid)
    assert holes(table) == []
    shared = at(table, address)
    assert (shared.type, shared.use, shared.size) == (Type.MAPPED, Use.MAPPED, 1 << 20)
    assert thread in {row.thread for row in table if row.use is Use.STACK}
    assert thread in {row.thread for row in table if row.use is Use.TEB}
    assert {Use.HEAP, Use.PEB} <= {row.use for row in table}
    names = {Path(row.name).name.lower() for row in table if row.name}
    assert Path(sys.executable).name.lower() in names


def test_ones_own_id_means_oneself() -> None:
    table = regions.walk(os.getpid())
    assert threading.get_native_id() in table.column("thread").tolist()


def walk_until_gone(process: subprocess.Popen[bytes]) -> None:
    """Walk it over and over; every table is whole, and the last answer is that it is gone."""
    with pytest.raises(errors.NoSuchProcessError, match=str(process.pid)):  # noqa: PT012
        while True:
            assert holes(regions.walk(process.pid)) == []


@pytest.mark.parametrize("delay", [0, 0.001, 0.003, 0.009])
def test_a_process_that_exits_meanwhile_is_gone_and_never_half_a_table(delay: float) -> None:
    code = "import os; input(); os._exit(0)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert holes(regions.walk(process.pid)) == []
        timer = threading.Timer(delay, partial(process.communicate, b"\n"))
        timer.start()
        walk_until_gone(process)
        timer.join()


# VirtualQueryEx itself: in 1 of 15 tries a bare loop of it never came back.
@pytest.mark.windows(reason="Wine may wait for ever for an answer of what is being killed")
@pytest.mark.parametrize("delay", [0, 0.001, 0.003, 0.009])
def test_a_process_that_is_killed_meanwhile_is_gone_too(delay: float) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        killer = threading.Timer(delay, process.kill)
        killer.start()
        walk_until_gone(process)
        killer.join()


def test_whoever_has_exited_when_the_walk_is_done_is_gone(
    lab: Lab, child: subprocess.Popen[str]
) -> None:
    lab.fail("WaitForSingleObject", nth=2, value=0)  # the first was when it was opened
    with pytest.raises(errors.NoSuchProcessError, match=str(child.pid)):
        regions.walk(child.pid)
    assert lab.refused == 1


def test_whoever_exits_amid_the_walk_is_gone(lab: Lab, child: subprocess.Popen[str]) -> None:
    lab.fail("VirtualQueryEx", nth=30, code=5)
    lab.fail("WaitForSingleObject", nth=2, value=0)  # the first was when it was opened
    with pytest.raises(errors.NoSuchProcessError, match=str(child.pid)):
        regions.walk(child.pid)
    assert lab.refused == 2


def test_a_process_that_has_exited_is_no_process() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with pytest.raises(errors.NoSuchProcessError, match=str(process.pid)):
        regions.walk(process.pid)  # its id is not reused while we hold a handle


@pytest.mark.parametrize("pid", [2**32 - 4, 1_000_000_000])
def test_an_id_of_nobody_is_no_process(pid: int) -> None:
    with pytest.raises(errors.NoSuchProcessError):
        regions.walk(pid)


@pytest.mark.parametrize(
    ("pid", "error"),
    [(-1, ValueError), (2**32, ValueError), ("4", TypeError), (4.0, TypeError), (True, TypeError)],
)
def test_what_is_no_id_is_named(pid: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"pid must be .*{pid}"):
        regions.walk(pid)


def test_another_users_process_is_refused(lab: Lab, child: subprocess.Popen[str]) -> None:
    lab.fail("OpenProcess", code=5)
    with pytest.raises(errors.AccessDeniedError, match=str(child.pid)):
        regions.walk(child.pid)


def test_memory_is_not_asked_for_without_uses(lab: Lab, child: subprocess.Popen[str]) -> None:
    lab.record("OpenProcess")
    regions.walk(child.pid, names=False, uses=False)
    regions.walk(child.pid)
    rights = [call.arguments[0] & 0xFFFFFFFF for call in lab.calls("OpenProcess")]
    plain, full = (right for right in rights if right != 0x100000)  # has it exited?
    assert plain == 0x100400  # SYNCHRONIZE, PROCESS_QUERY_INFORMATION
    assert full == plain | 0x10  # PROCESS_VM_READ
    assert lab.count("ReadProcessMemory") > 0


def test_a_refusal_amid_the_walk_is_no_shorter_table(lab: Lab) -> None:
    lab.fail("VirtualQueryEx", nth=20, code=87)
    with pytest.raises(errors.NtError, match="VirtualQueryEx"):
        regions.walk(uses=False)
    assert lab.refused == 1


@pytest.mark.usefixtures("arena_taken")
def test_no_memory_for_the_table_is_an_error(lab: Lab) -> None:
    lab.fail("VirtualAlloc")
    with pytest.raises(errors.OutOfMemoryError):
        regions.walk()


def test_a_windows_without_region_information_has_no_traits(lab: Lab) -> None:
    lab.hide("QueryVirtualMemoryInformation")
    assert set(regions.walk().column("traits")) == {0}


def test_a_mapped_file_is_told_by_its_trait_where_names_are_not_asked_for(
    lab: Lab, tmp_path: Path
) -> None:
    lab.model("regions")
    path = tmp_path / "file"
    path.write_bytes(bytes(GRAIN))
    with (
        path.open("r+b") as file,
        mmap.mmap(file.fileno(), 0) as mapped,
        mmap.mmap(-1, GRAIN) as shared,
    ):
        views = [ctypes.c_char.from_buffer(each) for each in (mapped, shared)]
        table = regions.walk(names=False)
        rows = [at(table, ctypes.addressof(view)) for view in views]
        del views
    assert [(row.type, row.use, row.name) for row in rows] == [
        (Type.MAPPED, Use.MAPPED_FILE, ""),
        (Type.MAPPED, Use.MAPPED, ""),
    ]


def test_thousands_of_regions_are_all_there() -> None:
    pages = 4000
    address = _kernel.VirtualAlloc(0, pages * PAGE, RESERVE, READWRITE)
    for page in range(0, pages, 2):
        assert _kernel.VirtualAlloc(address + page * PAGE, PAGE, COMMIT, READWRITE)
    table = regions.walk()
    assert _kernel.VirtualFree(address, 0, RELEASE)
    mine = [row for row in table if row.allocation_base == address]
    assert [row.address for row in mine] == [address + page * PAGE for page in range(pages)]
    assert [row.state for row in mine[:2]] == [State.COMMIT, State.RESERVE]
    assert holes(table) == []
