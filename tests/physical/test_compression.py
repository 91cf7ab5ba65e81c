"""The compression store: how much is in it, whose it is, and trimming it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from ntlab.model_physical import process
from ntpages import errors, physical, system

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096


@pytest.fixture
def store(lab: Lab) -> Any:
    door = lab.model("compression")
    sources = [process(90_400, "game.exe", 9, stored=3), process(90_500, "idle.exe", 9)]
    lab.model("physical").sources([*sources, process(90_600, "browser.exe", 9, stored=7)])
    return door


@pytest.mark.parametrize("newer", [False, True], ids=["before 24H2", "24H2"])
def test_the_store_is_told_with_its_ratio_and_its_processes(store: Any, *, newer: bool) -> None:
    store.store(pages=3000, newer=newer)
    found = physical.compression()
    assert (found.pid, found.data, found.compressed) == (2288, 3000 * PAGE, 1000 * PAGE)
    assert found.ratio == 3
    assert [tuple(each) for each in found.processes] == [
        (90_600, "browser.exe", 7 * PAGE),
        (90_400, "game.exe", 3 * PAGE),
    ]


def test_beyond_4_gib_the_process_says_how_large_the_store_is(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.store(pages=6 << 20)  # 24 GiB of data take 8
    wrapped = physical.compression().working_set
    assert wrapped < 4 << 30 < physical.compression().compressed

    class Listed:
        pid, name, working_set = 2288, "Memory Compression", 8 << 30

    monkeypatch.setattr("ntpages.processes.list_processes", lambda: [Listed])
    assert physical.compression().working_set == 8 << 30


def test_an_empty_store_has_no_ratio(store: Any) -> None:
    store.store(pages=0)
    assert physical.compression().ratio is None


def test_a_trim_is_told_by_what_is_left_and_sent_as_a_setting(lab: Lab, store: Any) -> None:
    lab.record("NtSetSystemInformation")
    found = physical.trim_compression(100 * PAGE)
    assert found.before.data - found.after.data == 100 * PAGE
    assert found.faults is None
    [sent] = lab.calls("NtSetSystemInformation")
    assert struct.unpack_from("<2I", sent.data) == (1, 21)
    assert store.trims == 1


def test_the_price_of_a_trim_is_counted_where_that_is_wished(lab: Lab, store: Any) -> None:
    assert store
    lab.model("system")
    faults = physical.trim_compression(PAGE, watch=0.01).faults
    assert faults
    assert faults.pages_read >= 0


def test_refusals_of_a_trim_are_told(lab: Lab, store: Any) -> None:
    store.store(pid=0)
    with pytest.raises(errors.NtError) as refused:
        physical.trim_compression(PAGE)
    assert refused.value.status == 0xC0000225
    lab.model("privileges").standard_user()
    with pytest.raises(errors.PrivilegeNotHeldError):
        physical.trim_compression(PAGE)
    with pytest.raises(ValueError, match="size must be a multiple of 4096"):
        physical.trim_compression(100)
    assert physical.compression().data > 0  # which everybody may ask


@pytest.mark.skipif(system.windows().wine is None, reason="Windows tells")
def test_where_the_system_does_not_say_it_is_unavailable() -> None:
    with pytest.raises(errors.UnavailableError):
        physical.compression()
