"""Section: memory that several processes, or several places of one, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments, system
from ntpages._native import sections as native
from ntpages._native.regions import Protection
from ntpages._native.sections import Attributes
from ntpages.arguments import ADDRESS_SPACE, PAGE
from ntpages.owner import Owner
from ntpages.regions.large_pages import privileged
from ntpages.regions.placeholder import Placeholder
from ntpages.sections import request
from ntpages.sections.request import ANY_NODE, GRAIN, Request
from ntpages.sections.view import View

if TYPE_CHECKING:
    import os
    from typing import Protocol

    from typing_extensions import Self

    class _Opened(Protocol):
        def fileno(self) -> int: ...


__all__ = ["Section"]


class Section(Owner, native.Section):
    """Memory of page files or of a file, to be seen through views.

    A named section can be opened by other processes for as long as one of them has it open; see
    the module's page for how long what lives. ``size`` is the kernel's own number, the same in
    every process.
    """

    __slots__ = ()

    def __init__(
        self,
        size: int | None = None,
        *,
        name: str | None = None,
        file: str | bytes | os.PathLike[str] | _Opened | int | None = None,
        protection: Protection = Protection.READWRITE,
        reserve: bool = False,
        large_pages: bool = False,
        node: int | None = None,
        security: str | None = None,
        exist_ok: bool = False,
    ) -> None:
        r"""Make a section. Memory of page files reads as zeros.

        Args:
            size: Bytes, above 0. Memory is rounded up to whole pages. A file that is shorter is
                made longer; ``None`` takes all of it.
            name: By which others open it, perhaps after ``Local\`` or ``Global\``.
            file: What to map: a path, an open file, or its number. Later it may be closed; what
                an open file holds back is written first.
            protection: The most that views may do: ``READONLY``, ``READWRITE``, ``WRITECOPY`` or
                one of their ``EXECUTE_`` kinds.
            reserve: Take addresses now and memory by ``View.commit()``, whichever process calls it.
            large_pages: Back with large pages, all committed now and never paged out.
            node: NUMA node whose memory is preferred.
            security: Who may open it, as SDDL text, such as ``"D:(A;;GA;;;WD)"`` for everybody;
                ``None`` for what the token says: the user, administrators and the system.
            exist_ok: Take the section of this name if there is one of the same size; ``created``
                tells. Windows would take one of any size, and say so to nobody who does not ask.

        Raises:
            ValueError: An argument breaks its rule, or goes ill with another; the file is empty and
                no size is given; it is sparse and to be written.
            OSError: The file can't be opened.
            AlreadyExistsError: There is a section of this name, or, with ``exist_ok``, one of
                another size.
            AccessDeniedError: Of a name in ``Global\`` without the privilege, or of a file.
            PrivilegeNotHeldError: ``large_pages`` without ``SeLockMemoryPrivilege``.
            OutOfMemoryError: No commit charge, no large pages, or no room on the disk.
            NtError: The name is that of an event or the like; the security is no SDDL.

        Needs: ``SeCreateGlobalPrivilege`` for a name in ``Global\``; ``SeLockMemoryPrivilege`` for
        large pages.

        Source: ``CreateFileMappingNumaW`` (memoryapi.h), Windows Vista; ``NtQuerySection``,
        undocumented, Windows XP; ``NtDuplicateObject`` (ntifs.h), Windows XP;
        ``ConvertStringSecurityDescriptorToSecurityDescriptorW`` (sddl.h), Windows XP.
        """
        size = None if size is None else arguments.size("size", size)
        if size is None and file is None:
            msg = "size must be given where there is no file"
            raise ValueError(msg)
        wish = Request(
            size or 0,
            request.protection("protection", protection),
            int(_attributes(size, file, reserve=reserve, large_pages=large_pages)),
            ANY_NODE if node is None else arguments.node("node", node),
            request.name("name", name),
            "" if security is None else arguments.name("security", security),
            existing=arguments.boolean("exist_ok", exist_ok),
        )
        with request.explained(wish.name):
            if file is not None:
                with request.opened(file, size, wish.protection) as handle:
                    native.Section.__init__(self, wish._replace(file=handle))
            elif large_pages:
                with privileged():
                    native.Section.__init__(self, wish)
            else:
                native.Section.__init__(self, wish)

    @classmethod
    def open(cls, name: str, *, protection: Protection = Protection.READWRITE) -> Self:
        """Open a section that another process, or this one, has open.

        Args:
            name: What its maker called it, prefix and all.
            protection: The most that views of this object shall do. Not more is asked for, so that
                a reader may be let in where a writer isn't.

        Returns:
            The section; its ``size`` is the true one.

        Raises:
            ValueError: The name or the protection breaks its rule.
            NotFoundError: Nobody has a section of this name open, now.
            AccessDeniedError: Its security does not let this be done.
            NtError: The name is that of an event or the like.

        Source: ``OpenFileMappingW`` (memoryapi.h), Windows XP.
        """
        named = request.name("name", arguments.instance("name", name, str))
        wanted = request.protection("protection", protection)
        section = cls.__new__(cls)
        with request.explained(named):
            native.Section.__init__(section, named, wanted)
        return section

    def __repr__(self) -> str:
        """Return its name and how large it is."""
        state = "closed" if self.closed else f"{self.size} bytes"
        return f"<Section {self.name!r}: {state}>" if self.name else f"<Section: {state}>"

    @property
    def protection(self) -> Protection:
        """The most that views may do, as it was made or opened."""
        return Protection(self._protection)

    @property
    def attributes(self) -> Attributes:
        """What the kernel says it is made of.

        Raises:
            ValueError: The section is closed.
            NtError: Windows refused.

        Source: ``NtQuerySection``, undocumented, Windows XP.
        """
        return Attributes(self._facts[1])

    def view(
        self,
        offset: int = 0,
        size: int | None = None,
        *,
        at: int | None = None,
        placeholder: Placeholder | None = None,
        protection: Protection | None = None,
        large_pages: bool | None = None,
        node: int | None = None,
    ) -> View:
        """Map it, or some of it, into this process.

        Args:
            offset: Bytes from the start: a multiple of 64 KiB, of a page with ``placeholder``, of
                ``ntpages.system.large_page_size()`` with large pages.
            size: Bytes; ``None`` for all from ``offset`` on, or as large as the placeholder.
            at: Address to begin at, a multiple of 64 KiB; ``None`` lets Windows choose.
            placeholder: Take the place of this one, which is closed; ``size`` is its size.
            protection: What may be done: no more than the section allows. ``None`` for all that.
                With ``WRITECOPY`` whatever is written stays in this view, and neither the section
                nor a file sees it.
            large_pages: ``None`` asks for them where the section has some, and ``page_size`` says
                what was got. ``False`` is content with small ones.
            node: NUMA node whose memory is preferred; ``None`` for what the section was made with.

        Returns:
            A buffer, which needs the section no longer.

        Raises:
            ValueError: An argument breaks its rule, or the section is closed.
            AccessDeniedError: The protection is more than the section allows.
            InvalidAddressError: Something is at ``at`` already.
            OutOfMemoryError: No address space; no commit charge for copies.
            UnavailableError: ``placeholder`` on a Windows without MapViewOfFile3.
            NtError: Windows refused.

        Source: ``MapViewOfFileEx`` (memoryapi.h), Windows XP; ``MapViewOfFileExNuma``, Windows
        Vista; ``MapViewOfFile3``, Windows 10 1803; ``NtQuerySection``, undocumented, Windows XP.
        """
        total, there = self._extent
        large = there if large_pages is None else _large(large_pages, there=there)
        step = GRAIN
        if placeholder is not None:
            arguments.instance("placeholder", placeholder, Placeholder)
            size, step = _size_of(placeholder, size, at), PAGE
        step = system.large_page_size() if large else step
        offset, size = arguments.part(offset, size, total)
        wishes = (
            arguments.multiple("offset", offset, step, least=0, most=total),
            size,
            self._protection
            if protection is None
            else request.protection("protection", protection),
            0 if at is None else _address(at),
            self._node if node is None else arguments.node("node", node),
            large,
        )
        view = View.__new__(View)
        native.View.__init__(view, self, wishes, placeholder)
        return view


def _attributes(size: int | None, file: object, *, reserve: bool, large_pages: bool) -> Attributes:
    reserve = arguments.boolean("reserve", reserve)
    if not arguments.boolean("large_pages", large_pages):
        if reserve and file is not None:
            msg = "reserve goes with memory: a file is there already"
            raise ValueError(msg)
        return Attributes.RESERVE if reserve else Attributes.COMMIT
    if reserve or file is not None:
        msg = "large pages are of memory that is committed at once: neither reserve nor file"
        raise ValueError(msg)
    large = system.large_page_size()
    if large and (size or 0) % large:
        msg = f"size must be a multiple of {large} bytes with large pages, not {size}"
        raise ValueError(msg)
    return Attributes.COMMIT | Attributes.LARGE_PAGES


def _large(wanted: bool, *, there: bool) -> bool:  # noqa: FBT001 (what is asked)
    if arguments.boolean("large_pages", wanted) and not there:
        msg = "large_pages must be False, or None, where the section was made without them"
        raise ValueError(msg)
    return wanted


def _size_of(place: Placeholder, size: int | None, at: int | None) -> int:
    if at is not None:
        msg = "a placeholder names the place: at can't be given with it"
        raise ValueError(msg)
    if size is not None and arguments.size("size", size) != place.size:
        msg = f"size must be that of the placeholder, {place.size} bytes, not {size}"
        raise ValueError(msg)
    return place.size


def _address(at: int) -> int:
    return arguments.multiple("at", at, GRAIN, least=GRAIN, most=ADDRESS_SPACE - GRAIN)
