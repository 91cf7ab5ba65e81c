"""What ``Process.protected()`` undoes, also where Windows refuses it at first."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from ntpages.errors import NtError
from ntpages.processes import Process
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab
    from target import Target

pytestmark = pytest.mark.lab

PAGE = 4096
NOACCESS, READONLY, READWRITE = Protection.NOACCESS, Protection.READONLY, Protection.READWRITE


@pytest.fixture
def process(target: Target) -> Iterator[Process]:
    with Process(target.pid) as opened:
        yield opened


@pytest.fixture
def address(target: Target) -> Iterator[int]:
    """Four pages, of which the second is read-only."""
    with Process(target.pid) as other:
        address = other.allocate(4 * PAGE)
        other.protect(address + PAGE, PAGE, READONLY)
        yield address
        other.free(address)


def protections(target: Target, address: int) -> list[Protection]:
    with Process(target.pid) as other:
        rows = [row for row in other.regions() if address <= row.address < address + 4 * PAGE]
    return [Protection(row.protection) for row in rows for _ in range(row.size // PAGE)]


def refused(lab: Lab, process: Process, address: int, times: int = 1) -> None:
    """The second page was to be read-only again, and is not."""
    with (
        pytest.raises(NtError, match="VirtualProtectEx"),
        process.protected(address + PAGE, PAGE, NOACCESS),
    ):
        lab.fail("VirtualProtectEx", times=times)


LATER: dict[str, Callable[[Process, int], object]] = {
    "a change of other pages": lambda process, address: process.protect(address, 1, READWRITE),
    "a write by force": lambda process, address: process.write(address, b"x", unprotect=True),
    "closing": lambda process, _: process.close(),
}


@pytest.mark.parametrize("later", LATER)
def test_a_protection_that_windows_refuses_is_told_and_put_back_later(
    lab: Lab, process: Process, target: Target, address: int, later: str
) -> None:
    refused(lab, process, address)
    assert protections(target, address) == [READWRITE, NOACCESS, READWRITE, READWRITE]
    LATER[later](process, address)
    assert protections(target, address) == [READWRITE, READONLY, READWRITE, READWRITE]


def test_a_process_that_nobody_closes_pays_what_it_owes(
    lab: Lab, target: Target, address: int
) -> None:
    process = Process(target.pid)
    refused(lab, process, address)
    del process
    gc.collect()  # the error that was caught leads to it
    assert protections(target, address)[1] == READONLY


def test_closing_tells_what_is_refused_to_the_end(
    lab: Lab, process: Process, target: Target, address: int
) -> None:
    refused(lab, process, address, times=2)
    with pytest.raises(NtError, match="VirtualProtectEx"):
        process.close()
    assert process.closed
    process.close()
    assert protections(target, address)[1] == NOACCESS


def test_a_later_word_on_the_pages_stands(
    lab: Lab, process: Process, target: Target, address: int
) -> None:
    refused(lab, process, address, times=2)  # and what is tried again first
    process.protect(address, 4 * PAGE, Protection.EXECUTE_READ)
    process.protect(address, 1, READWRITE)
    assert protections(target, address) == [READWRITE, *[Protection.EXECUTE_READ] * 3]


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_block_over_pages_that_are_owed_puts_back_what_is_owed(
    lab: Lab, process: Process, target: Target, address: int, refusals: int
) -> None:
    refused(lab, process, address, times=refusals)
    with process.protected(address, 3 * PAGE, Protection.EXECUTE_READ):
        pass
    assert protections(target, address) == [READWRITE, READONLY, READWRITE, READWRITE]


@pytest.mark.parametrize(
    "replace",
    [
        lambda process, address: process.decommit(address + PAGE, PAGE),
        lambda process, address: process.commit(address + PAGE, PAGE),
    ],
    ids=["decommitted", "committed again"],
)
def test_pages_that_are_others_by_now_are_owed_nothing(
    lab: Lab,
    process: Process,
    target: Target,
    address: int,
    replace: Callable[[Process, int], object],
) -> None:
    refused(lab, process, address)
    replace(process, address)
    with Process(target.pid) as other:
        other.commit(address + PAGE, PAGE)
    process.protect(address, 1, READWRITE)
    assert protections(target, address) == [READWRITE] * 4


def test_one_refusal_keeps_nothing_else_as_it_was(
    lab: Lab, process: Process, target: Target, address: int
) -> None:
    with (
        pytest.raises(NtError, match="VirtualProtectEx"),
        process.protected(address, 4 * PAGE, NOACCESS),
    ):
        lab.fail("VirtualProtectEx", nth=2)
    assert protections(target, address) == [READWRITE, NOACCESS, READWRITE, READWRITE]
    process.close()
    assert protections(target, address) == [READWRITE, READONLY, READWRITE, READWRITE]


def test_a_write_by_force_that_can_not_protect_again_is_told_and_owed(
    lab: Lab, process: Process, target: Target, address: int
) -> None:
    lab.fail("VirtualProtectEx", nth=2)
    with pytest.raises(NtError, match="VirtualProtectEx"):
        process.write(address + PAGE, b"by force", unprotect=True)
    assert process.read(address + PAGE, 8) == b"by force"
    process.close()
    assert protections(target, address)[1] == READONLY


def test_who_has_exited_is_owed_nothing(lab: Lab, process: Process, target: Target) -> None:
    own = process.allocate(2 * PAGE)
    refused(lab, process, own)
    target.end()
    process.close()
    assert process.closed
