"""Heaps of others: none is looked at that is gone, and none goes while it is looked at."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps
from ntpages.errors import NtError, UnavailableError
from ntpages.heaps import Heap
from ntpages.system import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

PATIENCE = 60  # seconds for what takes none
LOCKLESS = 1

kernel = ctypes.WinDLL("kernel32")
kernel.HeapCreate.restype = ctypes.c_void_p
kernel.HeapDestroy.argtypes = [ctypes.c_void_p]

USES: list[Callable[[Heap], object]] = [
    Heap.walk,
    Heap.histogram,
    Heap.fragmentation,
    Heap.summary,
    Heap.validate,
    Heap.compact,
    lambda heap: heap.kind,
]


def make(options: int = 0) -> int:
    handle: int = kernel.HeapCreate(options, ctypes.c_size_t(0), ctypes.c_size_t(0))
    assert handle
    return handle


@pytest.fixture
def stranger() -> Iterator[Heap]:
    """A heap that other code made."""
    handle = make()
    yield Heap.at(handle)
    if handle in {heap.address for heap in heaps.heaps()}:
        kernel.HeapDestroy(handle)


def make_at(address: int, make_one: Callable[[], Any]) -> Any:
    """Make heaps until one is at that address, and keep it alone."""
    made = [make_one() for _ in range(50)]
    found = None
    for each in made:
        handle = each.address if isinstance(each, Heap) else each
        if handle == address:
            found = each
        elif isinstance(each, Heap):
            each.close()
        else:
            kernel.HeapDestroy(handle)
    return found or pytest.skip("Windows gives no address twice here")


# ---- Gone ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(USES)))
def test_whatever_is_asked_of_a_heap_that_is_gone_it_is_closed(stranger: Heap, number: int) -> None:
    USES[number](stranger)
    kernel.HeapDestroy(stranger.address)
    with pytest.raises(ValueError, match="Heap is closed"):
        USES[number](stranger)


@pytest.mark.parametrize(
    "look", [lambda heap: heap.kind, lambda _: heaps.heaps(), lambda _: Heap.default()]
)
def test_a_heap_that_was_found_gone_is_not_the_next_one_there(
    stranger: Heap, look: Callable[[Heap], object]
) -> None:
    kernel.HeapDestroy(stranger.address)
    try:
        look(stranger)
    except ValueError as gone:
        assert str(gone) == "Heap is closed"  # noqa: PT017
    handle = make_at(stranger.address, make)
    assert Heap.at(handle) != stranger
    assert len(Heap.at(handle).walk())
    for use in USES:
        with pytest.raises(ValueError, match="Heap is closed"):
            use(stranger)


def test_a_heap_of_ours_at_an_old_address_is_reached_as_ours_alone(stranger: Heap) -> None:
    kernel.HeapDestroy(stranger.address)
    mine = make_at(stranger.address, lambda: Heap.create(serialize=False))
    with mine:
        for use in USES:
            with pytest.raises(ValueError, match="Heap is closed"):
                use(stranger)
        assert Heap.at(stranger.address) == mine != stranger
        assert mine.validate()


def test_whether_there_is_a_lock_is_asked_of_whoever_is_there_now(stranger: Heap) -> None:
    kernel.HeapDestroy(stranger.address)
    make_at(stranger.address, lambda: make(LOCKLESS))  # and nobody looked meanwhile
    for use in (Heap.walk, Heap.summary, Heap.validate, Heap.compact):
        with pytest.raises(ValueError, match="made without a lock, by other code"):
            use(stranger)


# ---- Going ---------------------------------------------------------------------------------------

CHURN = """
import ctypes, os, sys, threading
sys.path.insert(0, sys.argv[1])
from ntpages import _native, heaps

if sys.argv[2] == "windows":
    import ntlab
    lab = ntlab.Lab(os.environ["NTPAGES_LAB_DLL"], _native.__file__)
    lab.model("heaps")
    lab.hide("wine_get_version")

kernel = ctypes.WinDLL("kernel32")
kernel.HeapCreate.restype = kernel.HeapAlloc.restype = ctypes.c_void_p
kernel.HeapAlloc.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t]
kernel.HeapDestroy.argtypes = [ctypes.c_void_p]
stop = threading.Event()
destroyed = 0

def churn():
    global destroyed
    while not stop.is_set():
        handle = kernel.HeapCreate(0, ctypes.c_size_t(0), ctypes.c_size_t(0))
        for _ in range(300):
            kernel.HeapAlloc(handle, 0, 1000)
        kernel.HeapAlloc(handle, 0, 4 << 20)
        kernel.HeapDestroy(handle)
        destroyed += 1

threads = [threading.Thread(target=churn) for _ in range(2)]
for thread in threads:
    thread.start()
gone = rounds = 0
while rounds < 60 or (destroyed < 100 and rounds < 5000):
    rounds += 1
    for heap in heaps.heaps():
        for use in (heap.walk, heap.histogram, heap.fragmentation, heap.summary, heap.validate):
            try:
                use()
            except ValueError as error:
                assert str(error) == "Heap is closed", error
                gone += 1
stop.set()
for thread in threads:
    thread.join()
print(destroyed >= 100, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("host", ["here", pytest.param("windows", marks=pytest.mark.lab)], ids=str)
def test_heaps_that_others_destroy_meanwhile_are_walked_or_closed(host: str) -> None:
    words = [sys.executable, "-c", CHURN, str(Path(__file__).parents[1]), host]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


@pytest.fixture
def on_windows(lab: Lab) -> Lab:
    """The list of heaps as Windows keeps it."""
    lab.model("heaps")
    lab.hide("wine_get_version")
    return lab


def test_windows_own_list_is_held_for_as_long_as_a_heap_of_others_is_used(
    on_windows: Lab, stranger: Heap
) -> None:
    for done, use in enumerate(USES, 1):
        use(stranger)
        assert on_windows.count("RtlEnumProcessHeaps") == done
    with Heap.create() as mine:
        for heap in (mine, Heap.default()):
            for use in USES:
                use(heap)
    assert on_windows.count("RtlEnumProcessHeaps") == len(USES), "ours and the default one stay"


def test_a_list_that_windows_does_not_show_is_an_error(on_windows: Lab, stranger: Heap) -> None:
    on_windows.fail("RtlEnumProcessHeaps", code=0xC0000017)
    with pytest.raises(NtError) as refused:
        stranger.walk()
    assert (refused.value.call, refused.value.status) == ("RtlEnumProcessHeaps", 0xC0000017)
    on_windows.hide("RtlEnumProcessHeaps")
    with pytest.raises(UnavailableError, match="RtlEnumProcessHeaps"):
        stranger.walk()


def nobody_holds_the_list() -> bool:
    thread = threading.Thread(target=lambda: kernel.HeapDestroy(make()))
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_a_lock_that_is_refused_lets_go_of_the_list(on_windows: Lab, stranger: Heap) -> None:
    on_windows.fail("HeapLock")
    with pytest.raises(NtError) as refused:
        stranger.walk()
    assert refused.value.call == "HeapLock"
    assert nobody_holds_the_list()
    assert len(stranger.walk())


@pytest.mark.skipif(not windows().wine, reason="Windows has a function for this")
@pytest.mark.parametrize("function", ["GetProcessHeaps", "HeapLock"])
def test_whatever_is_refused_under_wine_no_lock_is_kept(
    lab: Lab, stranger: Heap, function: str
) -> None:
    for nth in (1, 2):
        lab.fail(function, nth=nth, code=8)
        with pytest.raises(NtError) as refused:
            stranger.walk()
        assert refused.value.call == function
        assert lab.refused == nth
        assert nobody_holds_the_list()
    assert len(stranger.walk())
