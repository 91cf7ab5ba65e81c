"""AWE: pages of RAM that you own, and windows of address space that show some of them.

Address windowing extensions hand a program physical pages, which stay in RAM until they are given
back: they are never paged out and count for no working set. A page can be read and written while
a window shows it, and keeps its bytes while none does. Mapping moves no bytes, so a window can
be moved over far more memory than it is large.

On 64-bit Windows, memory that merely has to stay in RAM is had more easily with
``Region(large_pages=True)`` or ``Region.lock``.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from ntpages import arguments, privileges
from ntpages._native import awe as native
from ntpages._native.regions import AllocationType, Protection
from ntpages.arguments import ADDRESS_SPACE, PAGE
from ntpages.owner import Owner
from ntpages.regions.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PhysicalPages", "Window"]

__dir__ = __all__.copy

_PRIVILEGE = "SeLockMemoryPrivilege"


class PhysicalPages(Owner, native.PhysicalPages):
    """Pages of RAM, numbered from 0, given back on leaving the ``with`` block.

    Fewer than asked for may come: look at ``obtained``. They hold zeros at first. To be read or
    written, they have to be mapped into a ``Window``; each can be at one place at a time.
    """

    __slots__ = ()

    def __init__(self, count: int, *, node: int | None = None) -> None:
        """Take up to ``count`` pages from the system.

        Args:
            count: Pages of 4096 bytes, above 0. Where the machine has fewer to give, it gives
                what it has; that is no error.
            node: NUMA node whose memory is preferred.

        Raises:
            ValueError: An argument breaks its rule.
            PrivilegeNotHeldError: The token lacks ``SeLockMemoryPrivilege``, which administrators
                do not hold either: ``ntpages.privileges.grant`` gives it, from the next logon on.
            OutOfMemoryError: The machine has not one page to give.
            UnavailableError: This Windows has no AWE; no 32-bit process has it on 64-bit Windows,
                and Wine hasn't.

        Needs: ``SeLockMemoryPrivilege``, which is enabled for the length of the call.

        Source: ``AllocateUserPhysicalPages`` (memoryapi.h), Windows XP;
        ``AllocateUserPhysicalPagesNuma``, Windows Vista.
        """
        count = _pages("count", count, ADDRESS_SPACE // PAGE)
        node = None if node is None else arguments.node("node", node)
        with ExitStack() as undo:
            with privileges.enabled(_PRIVILEGE):
                super().__init__(count, node)
                undo.callback(super().close)  # where the privilege can't be disabled again
            undo.pop_all()

    def __len__(self) -> int:
        """Return how many pages there are: those obtained, not those asked for."""
        return self.obtained

    def __repr__(self) -> str:
        """Return how many pages there are, and how many of them a window shows."""
        state = "closed" if self.closed else f"{self.mapped} mapped"
        return f"<PhysicalPages: {self.obtained} obtained, {state}>"

    def close(self) -> None:
        """Give the pages back, and forget what they held. Closing twice is harmless.

        Windows that show some of them show nothing there afterwards.

        Raises:
            BufferError: A view of a window that shows some of them is still in use.
            NtError: Windows did not take them back.

        Source: ``FreeUserPhysicalPages`` (memoryapi.h), Windows XP.
        """
        super().close()


class Window(Owner, native.Window):
    """Address space that shows physical pages, freed on leaving the ``with`` block.

    ``memoryview(window)`` and ``numpy.frombuffer(window)`` share the pages without copying, once
    every page of the window is mapped; ``view()`` lends a part. While a view lives, nothing is
    unmapped, but other pages may be mapped in place of those shown: the view shows these then.

    Pages can only be read *and* written; Windows has no other protection for them. For a view
    that can't write, take ``memoryview(window).toreadonly()``.

    Any number of windows may show pages of one set, and a window may show pages of many. A set
    whose pages are shown stays alive until they are unmapped.
    """

    __slots__ = ()

    def __init__(
        self,
        size: int,
        *,
        protection: Protection = Protection.READWRITE,
        at: int | None = None,
        top_down: bool = False,
        alignment: int | None = None,
        lowest: int | None = None,
        highest: int | None = None,
        physical: int | None = None,
    ) -> None:
        """Reserve ``size`` bytes of address space that show nothing yet.

        Args:
            size: Bytes, above 0, rounded up to whole pages.
            protection: ``Protection.READWRITE``: Windows allows no other.
            at: As for ``ntpages.regions.Region``, and so are the next four.
            top_down: Choose the highest address that will do.
            alignment: Bytes.
            lowest: Address.
            highest: Address.
            physical: Handle of the AWE section whose pages the window is for, where that is
                another one than the process itself; stays the caller's.

        Raises:
            ValueError: An argument breaks its rule.
            OutOfMemoryError: There is not so much free address space in one piece.
            InvalidAddressError: Something is at ``at`` already.
            UnavailableError: ``physical`` needs VirtualAlloc2, which this Windows lacks.
            NtError: This Windows has no AWE, or ``physical`` is no such handle.

        Source: ``VirtualAlloc`` with ``MEM_PHYSICAL`` (memoryapi.h), Windows XP; ``VirtualAlloc2``,
        Windows 10 1803.
        """
        wishes = locals()
        if arguments.constant("protection", protection, Protection) != Protection.READWRITE:
            msg = f"protection must be READWRITE, the only one that AWE has, not {protection!r}"
            raise ValueError(msg)
        request = Request.of({**wishes, "commit": False})
        request.type |= AllocationType.PHYSICAL
        super().__init__(request.allocate())

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self.size

    def __repr__(self) -> str:
        """Return the size, and how many pages are mapped."""
        try:
            return f"<Window at {self.address:#x}: {self.size} bytes, {self.mapped} pages mapped>"
        except ValueError:  # meanwhile, it may be
            return f"<Window: {self.size} bytes, closed>"

    def map(
        self, pages: PhysicalPages, offset: int = 0, start: int = 0, count: int | None = None
    ) -> int:
        """Show pages that follow each other, in place of what was shown there.

        Args:
            pages: Set to take them from.
            offset: Bytes from the start of the window, a multiple of 4096.
            start: First page of the set to show.
            count: Pages; ``None`` for as many as there are and fit.

        Returns:
            Pages mapped.

        Raises:
            ValueError: The window or the set has no such pages or is closed, or one of them is
                mapped already, here or in another window.
            NtError: Windows refused; nothing has changed.

        Source: ``MapUserPhysicalPages`` (memoryapi.h), Windows XP.
        """
        arguments.instance("pages", pages, PhysicalPages)
        slot = self._slot(offset)
        start = arguments.integer("start", start, least=0, most=pages.obtained - 1)
        room = min(pages.obtained - start, self._slots() - slot)
        count = room if count is None else _pages("count", count, room)
        self._map(pages, slot, start, count)
        return count

    def map_scatter(self, pages: PhysicalPages, placements: Mapping[int, int | None]) -> None:
        """Show single pages at single places, all in one call.

        Args:
            pages: Set to take them from.
            placements: For each offset, in bytes from the start of the window and a multiple of
                4096, the page of the set to show there, or ``None`` for nothing.

        Raises:
            ValueError: The window or the set has no such pages or is closed, a page is asked for
                twice, or is mapped already, here or in another window.
            BufferError: A page would be taken from under a view.
            NtError: Windows refused; nothing has changed.
            UnavailableError: This Windows lacks the function.

        Source: ``MapUserPhysicalPagesScatter`` (memoryapi.h), Windows XP.
        """
        arguments.instance("pages", pages, PhysicalPages)
        last = pages.obtained - 1
        wanted = [
            (
                self._slot(offset),
                None if page is None else arguments.integer("page", page, least=0, most=last),
            )
            for offset, page in arguments.mapping("placements", placements).items()
        ]
        if wanted:
            self._map_scatter(pages, wanted)

    def unmap(self, offset: int = 0, count: int | None = None) -> int:
        """Show nothing from ``offset`` on. The pages keep their bytes.

        Args:
            offset: Bytes from the start of the window, a multiple of 4096.
            count: Pages; ``None`` for all up to the window's end.

        Returns:
            Pages that were shown there, and no longer are.

        Raises:
            ValueError: The window has no such pages, or is closed.
            BufferError: A view of the window is still in use.
            NtError: Windows refused; nothing has changed.

        Source: ``MapUserPhysicalPages`` (memoryapi.h), Windows XP.
        """
        slot = self._slot(offset)
        room = self._slots() - slot
        return self._unmap(slot, room if count is None else _pages("count", count, room))

    def view(self, offset: int = 0, size: int | None = None) -> memoryview:
        """Lend some bytes, every one of which lies on a mapped page.

        Args:
            offset: Bytes from the start of the window.
            size: Bytes; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: The bytes are not all in the window, or it is closed.
            BufferError: Some of them show no page.
        """
        return memoryview(self._part(*arguments.part(offset, size, self.size)))

    def close(self) -> None:
        """Free the window and unmap what it shows. Closing twice is harmless.

        Raises:
            BufferError: A view of the window is still in use.
            NtError: Windows did not take it back.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
        super().close()

    def _slots(self) -> int:
        return self.size // PAGE

    def _slot(self, offset: int) -> int:
        last = self.size - PAGE
        return arguments.multiple("offset", offset, PAGE, least=0, most=last) // PAGE


def _pages(name: str, count: int, most: int) -> int:
    return arguments.integer(name, count, least=1, most=most, of="pages")
