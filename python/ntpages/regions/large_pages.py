"""Large pages: what stands in their way, in words, and the ladder down from what was wished."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from ntpages import arguments, errors, memory_lists, privileges, system
from ntpages._native.regions import AllocationType, Attribute
from ntpages.arguments import PAGE
from ntpages.errors import NtError, PrivilegeNotHeldError
from ntpages.regions.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    _Memory = TypeVar("_Memory")

__all__ = ["Attempt", "LargePageStatus", "Obstacle", "allocate", "large_page_status", "privileged"]

PRIVILEGE = "SeLockMemoryPrivilege"
_NONPAGED = Attribute.NONPAGED | Attribute.NONPAGED_LARGE | Attribute.NONPAGED_HUGE
_HUGE = 1 << 30  # bytes; the size of a huge page on x64 and on ARM64 alike
_NOT_SUPPORTED = 50  # ERROR_NOT_SUPPORTED
_NO_RESOURCES = 1450  # ERROR_NO_SYSTEM_RESOURCES: no contiguous memory


class Obstacle(Enum):
    """What stands between a program and large pages."""

    NOT_OFFERED = "this processor or this Windows has no large pages"
    PRIVILEGE = (
        "the token lacks SeLockMemoryPrivilege, which nobody holds by default: "
        f"{errors.way_to_hold(PRIVILEGE)}"
    )
    SIZE = "the size is no multiple of the large page size: round it up"
    FRAGMENTATION = (
        "not enough contiguous memory is free: ask early after a restart, close programs, "
        "or pass defragment=True"
    )
    REFUSED = "Windows refused for another reason"


@dataclass(frozen=True, slots=True)
class LargePageStatus:
    """Whether large pages can be had, and what stands in the way."""

    page_size: int
    """Bytes of a large page; 0 if there are none."""
    privilege: privileges.PrivilegeState
    """Of ``SeLockMemoryPrivilege``. Disabled is enough: ``Region`` enables it while it needs it."""
    obstacles: tuple[Obstacle, ...]
    """Empty if nothing does; the ``value`` of each says what to do."""
    error: NtError | None = None
    """What Windows said, where it was asked."""

    @property
    def available(self) -> bool:
        """Whether nothing is in the way."""
        return not self.obstacles

    def __str__(self) -> str:
        """Return it all in words."""
        return "\n".join(each.value for each in self.obstacles) or "large pages can be had"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at allocating with pages of some size."""

    page_size: int
    """Bytes."""
    purged: bool
    """Whether the memory lists had been purged before it. A purge may be refused, too."""
    error: NtError | None
    """Why it failed; ``None`` for the one that succeeded."""


def large_page_status(size: int | None = None) -> LargePageStatus:
    """Say whether large pages can be had, and if not, why and what to do.

    Args:
        size: Bytes. If given, so much is allocated and freed again: only that shows whether
            enough contiguous memory is free.

    Returns:
        What stands in the way; nothing, if they can be had.

    Raises:
        ValueError: ``size`` is not above 0.

    Source: ``GetLargePageMinimum``, ``VirtualAlloc`` with MEM_LARGE_PAGES (memoryapi.h), Windows
    Vista.
    """
    size = None if size is None else arguments.size("size", size)
    page_size = system.large_page_size()
    state = privileges.state(PRIVILEGE)
    obstacles = []
    if not page_size:
        obstacles.append(Obstacle.NOT_OFFERED)
    if state is privileges.PrivilegeState.NOT_HELD:
        obstacles.append(Obstacle.PRIVILEGE)
    if size is not None and page_size and size % page_size:
        obstacles.append(Obstacle.SIZE)
    status = LargePageStatus(page_size, state, tuple(obstacles))
    return status if obstacles or size is None else _tried(status, size)


def _tried(status: LargePageStatus, size: int) -> LargePageStatus:
    try:
        with privileges.enabled(PRIVILEGE):
            _with_large_pages(Request.of({"size": size, "commit": True})).allocate()
    except NtError as error:
        return replace(status, obstacles=(_obstacle(error),), error=error)
    return status


def _obstacle(error: NtError) -> Obstacle:
    if isinstance(error, PrivilegeNotHeldError):
        return Obstacle.PRIVILEGE
    if error.code == _NO_RESOURCES:
        return Obstacle.FRAGMENTATION
    return Obstacle.REFUSED


def _explained(error: NtError) -> NtError:
    """The same error, saying what to do."""
    obstacle = _obstacle(error)
    if obstacle is Obstacle.REFUSED:
        return error
    numbers = error.call, error.code, error.status
    if obstacle is Obstacle.PRIVILEGE:  # the kernel's own refusal names none
        return errors.from_call(*numbers, "the token lacks it", PRIVILEGE)
    return errors.from_call(*numbers, obstacle.value, "")


@contextlib.contextmanager
def privileged(*, contiguous: bool = True) -> Iterator[None]:
    """Enable the privilege for a ``with`` block; errors inside it say what to do about them.

    Args:
        contiguous: Whether memory that is short is memory that lies together.
    """
    try:
        with privileges.enabled(PRIVILEGE):
            yield
    except NtError as error:
        if not contiguous and _obstacle(error) is Obstacle.FRAGMENTATION:
            raise
        raise _explained(error) from error


def allocate(wishes: Mapping[str, Any], ask: Callable[[Request], _Memory]) -> _Memory:
    """Ask for memory, with the privilege that the wishes need.

    Args:
        wishes: What the caller was given, by the names of its arguments.
        ask: Asks Windows, in whichever process.

    Raises:
        ValueError: One of them breaks its rule, or goes ill with another.
        OutOfMemoryError: There is none such.
        PrivilegeNotHeldError: ``SeLockMemoryPrivilege``.
        UnavailableError: This Windows can't.
    """
    request = Request.of(wishes)
    defragment = arguments.boolean("defragment", wishes["defragment"])
    if arguments.boolean("large_pages", wishes["large_pages"]):
        return _with_ladder(request, ask, wishes["on_attempt"], defragment=defragment)
    if request.attributes & _NONPAGED:
        with privileged():
            return ask(request)
    return ask(request)


def _with_ladder(
    request: Request,
    ask: Callable[[Request], _Memory],
    on_attempt: Callable[[Attempt], object] | None,
    *,
    defragment: bool,
) -> _Memory:
    """Allocate with large pages, or say why not."""
    large = system.large_page_size()
    if not large:
        call = "GetLargePageMinimum"
        raise errors.from_call(call, _NOT_SUPPORTED, 0, Obstacle.NOT_OFFERED.value, "")
    if not request.type & AllocationType.COMMIT:
        msg = "large pages are committed when they are reserved: commit=False can't be had"
        raise ValueError(msg)
    if request.size % large:
        msg = f"size must be a multiple of {large} bytes with large pages, not {request.size}"
        raise ValueError(msg)
    wishes = _descending(request, large) if defragment else [(large, _with_large_pages(request))]
    with privileged():
        return _descend(wishes, ask, on_attempt or (lambda attempt: attempt), purge=defragment)


def _with_large_pages(request: Request) -> Request:
    return replace(request, type=request.type | AllocationType.LARGE_PAGES)


def _descending(request: Request, large: int) -> list[tuple[int, Request]]:
    """What to ask for, from the largest pages down to the smallest."""
    wishes = [(large, _with_large_pages(request)), (PAGE, request)]
    if request.size % _HUGE == 0:
        huge = replace(request, attributes=request.attributes | Attribute.NONPAGED_HUGE)
        wishes.insert(0, (_HUGE, _with_large_pages(huge)))
    return wishes


def _descend(
    wishes: list[tuple[int, Request]],
    ask: Callable[[Request], _Memory],
    on_attempt: Callable[[Attempt], object],
    *,
    purge: bool,
) -> _Memory:
    """Take the first of the wishes that can be had; purge once, after the first that can't."""
    last_page_size, _ = wishes[-1]
    may_purge, purged = purge, False
    for page_size, request in wishes:
        while True:
            try:
                memory = ask(request)
            except NtError as error:
                on_attempt(Attempt(page_size, purged, error))
                if page_size == last_page_size:
                    raise
            else:
                on_attempt(Attempt(page_size, purged, None))
                return memory
            if may_purge:  # once: what one purge did not free, a second won't
                may_purge, purged = False, memory_lists.defrag().ok
                if purged:
                    continue
            break
    raise AssertionError
