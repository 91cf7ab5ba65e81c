"""System: totals, page sizes, page files, the Windows version, memory signals."""

from __future__ import annotations

import ctypes
import mmap
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ntpages import arguments, errors, system

if TYPE_CHECKING:
    from ntlab import Lab


def test_page_sizes_are_what_python_sees() -> None:
    assert system.page_size() == mmap.PAGESIZE == arguments.PAGE
    assert system.allocation_granularity() == mmap.ALLOCATIONGRANULARITY
    large = system.large_page_size()
    assert large == 0 or large % system.page_size() == 0


def test_totals_fit_together() -> None:
    memory = system.memory()
    assert 0 < memory.available <= memory.total
    assert 0 < memory.committed <= memory.commit_limit
    assert memory.installed is None or memory.installed >= memory.total
    assert memory.total % system.page_size() == 0
    assert memory.processes > 0
    assert memory.threads > memory.processes  # some have more than one, on any machine


def test_totals_are_those_that_windows_counts_in_pages() -> None:
    told = (ctypes.c_size_t * 13)(13 * ctypes.sizeof(ctypes.c_size_t))  # PERFORMANCE_INFORMATION
    assert ctypes.WinDLL("kernel32").K32GetPerformanceInfo(told, ctypes.sizeof(told))
    page, memory = told[10], system.memory()
    for index, found in {
        1: memory.committed,
        2: memory.commit_limit,
        3: memory.commit_peak,
        6: memory.cache,
        8: memory.kernel_paged,
        9: memory.kernel_nonpaged,
    }.items():
        assert told[index] * page // 2 <= found <= told[index] * page * 2  # it changes meanwhile


def test_fields_beyond_what_windows_returned_are_unknown_not_zero() -> None:
    memory = system.memory()
    if system.windows().wine is None:
        assert memory.shared_committed is not None
    else:
        assert memory.shared_committed is None  # Wine fills 312 bytes
        assert memory.dirty_cache is None


def test_windows_version_is_the_real_one() -> None:
    found = system.windows()
    real = sys.getwindowsversion()
    assert found.version == f"{real.major}.{real.minor}"
    assert found.build == real.build
    assert str(found.build) in str(found)


def test_pagefiles_answers_or_says_that_it_can_not() -> None:
    if system.windows().wine is not None:
        with pytest.raises(errors.UnavailableError, match="NtQuerySystemInformation"):
            system.pagefiles()
        return
    for file in system.pagefiles():
        assert file.path
        assert file.used <= file.size


def test_fault_counters_count_through_a_wrap() -> None:
    old = system.FaultCounters(2**32 - 5, 0, 0, 0, 1, 1)
    new = system.FaultCounters(7, 3, 0, 0, 1, 2)
    assert new.since(old) == system.FaultCounters(12, 3, 0, 0, 0, 1)


def test_fault_counters_never_run_backwards() -> None:
    first = system.fault_counters()
    later = system.fault_counters()
    assert later.since(first).page_faults < 2**31


def test_waiting_for_memory_ends_with_its_time() -> None:
    start = time.monotonic()
    low = system.wait_for_memory("low", timeout=0.05)
    assert isinstance(low, bool)
    assert low or time.monotonic() - start >= 0.04
    assert isinstance(system.wait_for_memory("high", timeout=0), bool)


@pytest.mark.parametrize(
    ("told", "timeout", "waits", "answer"),
    [
        ([True], None, [100], True),
        ([False, False, True], None, [100, 100, 100], True),
        ([False], 0, [0], False),
        ([True], 0, [0], True),
    ],
)
def test_the_signal_is_waited_for_in_slices_that_a_keystroke_can_end(
    monkeypatch: pytest.MonkeyPatch,
    told: list[bool],
    timeout: float | None,
    waits: list[int],
    *,
    answer: bool,
) -> None:
    asked: list[int] = []

    class Signal:
        def __init__(self, low: bool) -> None:  # noqa: FBT001 (as the compiled one)
            assert not low

        def wait(self, milliseconds: int) -> bool:
            asked.append(milliseconds)
            return told[len(asked) - 1]

    monkeypatch.setattr("ntpages._native.system.MemoryNotification", Signal)
    assert system.wait_for_memory("high", timeout=timeout) is answer
    assert asked == waits


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_a_timeout_below_zero_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        system.wait_for_memory("low", timeout=timeout)


def test_another_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="'medium'"):
        system.wait_for_memory("medium")  # type: ignore[arg-type]


# ---- Against modelled kernels --------------------------------------------------------------------


@pytest.mark.parametrize(("size", "known"), [(312, False), (344, True), (376, True)])
def test_newer_counters_are_read_only_as_far_as_the_kernel_filled_them(
    lab: Lab, *, size: int, known: bool
) -> None:
    kernel = lab.model("system")
    kernel.usage_known(known=False)
    kernel.performance_size(size)
    memory = system.memory()
    for value in (memory.shared_committed, memory.dirty_cache, memory.resident_available):
        assert (value is not None) is known


def test_64_bit_totals_win_where_windows_has_them(lab: Lab) -> None:
    lab.model("system").usage_known(known=False)
    through_pages = system.memory()
    lab.model("system").usage_known(known=True)
    in_bytes = system.memory()
    assert in_bytes.shared_committed is not None
    assert in_bytes.total != through_pages.total  # the model's machine is not this one


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_page_file_is_read_from_the_chain(lab: Lab, count: int) -> None:
    lab.model("system").pagefiles(count)
    files = system.pagefiles()
    assert len(files) == count
    for file in files:
        assert file.path.lower().endswith(".sys")
        assert file.used <= file.peak <= file.size


def test_what_a_newer_windows_adds_changes_nothing(lab: Lab) -> None:
    lab.model("system").performance_size(376)
    today = system.memory(), system.fault_counters(), system.pagefiles()
    lab.grow(24)
    newer = system.memory(), system.fault_counters(), system.pagefiles()
    assert newer[1:] == today[1:]
    assert newer[0].total == today[0].total
    assert newer[0].shared_committed == today[0].shared_committed


def test_numbers_that_were_not_written_are_no_numbers(lab: Lab) -> None:
    lab.model("system")
    lab.fail("NtQuerySystemInformation", value=0, code=0)
    with pytest.raises(errors.NtError) as refused:
        system.fault_counters()
    assert refused.value.status == 0xC0000004


def test_page_files_are_told_in_bytes(lab: Lab) -> None:
    lab.model("system").pagefiles(1)
    [file] = system.pagefiles()
    pages = [value // mmap.PAGESIZE for value in (file.used, file.peak, file.size)]
    assert pages == [10_000, 20_000, 500_000]
    assert file.minimum == 400_000 * mmap.PAGESIZE
    assert file.maximum == 900_000 * mmap.PAGESIZE


def test_before_windows_8_1_page_files_have_no_limits(lab: Lab) -> None:
    kernel = lab.model("system")
    files = system.pagefiles()
    kernel.limits_known(known=False)
    older = system.pagefiles()
    assert [file.size for file in older] == [file.size for file in files]
    assert [(file.minimum, file.maximum) for file in older] == [(None, None)] * 2


def test_a_memory_signal_that_can_not_be_made_is_an_error(lab: Lab) -> None:
    lab.fail("CreateMemoryResourceNotification", code=1450)
    with pytest.raises(errors.OutOfMemoryError, match="CreateMemoryResourceNotification"):
        system.wait_for_memory("low", timeout=0)
