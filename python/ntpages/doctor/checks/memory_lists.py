"""Checks of the page lists and of the commands that move pages between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import memory_lists, privileges, system
from ntpages.doctor.answers import ask
from ntpages.doctor.checks.check import NotHereError, Room, Seen, code_of, lengths, needs
from ntpages.memory_lists import Step
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.privileges import PrivilegeState
from ntpages.regions import Region

if TYPE_CHECKING:
    from ntpages.memory_lists import StepResult

_room = Room("memory_lists")
CHECKS = _room.checks

_LISTS = 80
_FILE_CACHE = 21
_LENGTHS = (168, 176)
_DENIED = 0xC0000061
_MUCH = 256 << 20
_PAGE = 4096
_ACCESS_DENIED = 5


@_room.check()
def lengths_of_lists() -> Seen:
    """168 or 176 bytes of class 80."""
    needs(PROFILE)
    with privileges.enabled(PROFILE):
        return lengths(_LISTS, _LENGTHS, longest=256)


@_room.check()
def denied() -> Seen:
    """Class 80 denied with 0xC0000061 while the privilege is not enabled."""
    if privileges.state(PROFILE) is PrivilegeState.ENABLED:
        msg = f"{PROFILE} is enabled already"
        raise NotHereError(msg)
    statuses = [ask(_LISTS, size).status for size in _LENGTHS]
    said = ", ".join(f"0x{status:08X}" for status in statuses)
    return Seen(_DENIED in statuses, said)


@_room.check()
def sums() -> Seen:
    """The lists, together, are no more than the machine's memory."""
    lists, total = memory_lists.query(), system.memory().total
    together = lists.ready + (lists.modified or 0) + lists.standby_total
    return Seen(0 < together <= total, f"{together} of {total} bytes")


@_room.check()
def file_cache_lengths() -> Seen:
    """64 bytes of class 21 or more, taken at any length above."""
    return lengths(_FILE_CACHE, (36, 64, 72), longest=128)


def _did(step: Step) -> StepResult:
    [result] = memory_lists.clean([step]).steps
    if result.error is not None:
        raise result.error
    return result


@_room.check(changes="empties the working set of every process")
def trim() -> Seen:
    """Pages that were written leave the working sets for the modified and standby lists."""
    with Region(_MUCH) as region:
        region.view()[::_PAGE] = b"x" * (_MUCH // _PAGE)
        result = _did(Step.EMPTY_WORKING_SETS)
    if not (result.before and result.after):
        return Seen(holds=False, came="accepted, and the lists can't be read")
    modified = (result.after.modified or 0) - (result.before.modified or 0)
    standby = result.after.standby_total - result.before.standby_total
    said = f"modified {modified:+d}, standby {standby:+d} bytes in {result.seconds:.3f} s"
    return Seen(modified + standby > _MUCH // 2, said)


@_room.check(changes="purges the standby list: the machine reads its cached files anew")
def purge() -> Seen:
    """Less than half of the standby list is left, and the rest is free."""
    result = _did(Step.PURGE_STANDBY)
    if not (result.before and result.after):
        return Seen(holds=False, came="accepted, and the lists can't be read")
    left, had = result.after.standby_total, result.before.standby_total
    ready = result.after.ready - result.before.ready
    said = f"standby {had} to {left} bytes, ready {ready:+d}, in {result.seconds:.3f} s"
    return Seen(left < had // 2 and ready > 0, said)


@_room.check(changes="writes all modified pages to the disk")
def flush() -> Seen:
    """What is modified is written, and less is left."""
    result = _did(Step.FLUSH_MODIFIED)
    if not (result.before and result.after):
        return Seen(holds=False, came="accepted, and the lists can't be read")
    had, left = result.before.modified or 0, result.after.modified or 0
    return Seen(left <= had, f"modified {had} to {left} bytes in {result.seconds:.3f} s")


@_room.check(changes="empties the working set of the file cache")
def file_cache() -> Seen:
    """The system cache shrinks."""
    before = system.memory().cache
    _did(Step.EMPTY_FILE_CACHE)
    after = system.memory().cache
    return Seen(after < before, f"{before} to {after} bytes")


@_room.check(changes="combines pages of the same content, which takes seconds")
def combine() -> Seen:
    """Windows takes the command, and says how many pages it combined."""
    found = memory_lists.combine_pages()
    return Seen(found >= 0, f"{found} pages")


@_room.check(changes="writes the registry's changes to the disk")
def reconcile_registry() -> Seen:
    """Administrators reconcile the registry's memory; others are denied with error 5."""
    code = code_of(memory_lists.reconcile_registry)
    expected = 0 if privileges.is_elevated() else _ACCESS_DENIED
    return Seen(code == expected, f"error {code}")


@_room.check(changes="writes the file systems' changes to the disks")
def flush_volumes() -> Seen:
    """Every volume of this system is flushed, and those of others are passed over."""
    return Seen(bool(flushed := memory_lists.flush_volumes()), f"{len(flushed)} volumes")
