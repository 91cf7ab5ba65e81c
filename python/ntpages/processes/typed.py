"""Numbers, structures and text in the memory of a process, and pointers that lead to them.

Public as methods of ``ntpages.processes.Process``.
"""

from __future__ import annotations

import codecs
import struct
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages.arguments import LAST_ADDRESS, PAGE
from ntpages.processes.kinds import FORMS, number, pack, unpack, width
from ntpages.processes.modules import ModularProcess
from ntpages.processes.paths import PointerPath, offset_of, pointer_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["TypedProcess"]

_LONGEST = 1 << 20  # bytes of a text


class TypedProcess(ModularProcess):
    """The part of ``ntpages.processes.Process`` that knows what lies in memory."""

    __slots__ = ()

    def read_value(self, address: int | str, kind: str) -> int | float:
        """Read a number.

        Args:
            address: Where it is.
            kind: ``"int8"``, ``"uint8"`` and so on to ``"uint64"``, ``"float32"`` or ``"float64"``.
                For many at once, ``read_many(addresses, size).numbers(kind)``.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            ValueError: There is no such kind, or the address can't be.
            InvalidAddressError: It can't be read.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        arguments.choice("kind", kind, tuple(FORMS))
        at = self._address("address", address)
        return unpack(kind, self._read(at, width(kind), partial=False))

    def write_value(self, address: int | str, value: float, kind: str) -> None:
        """Write a number.

        Args:
            address: Where to.
            value: A number that the kind can be; of ``"float32"``, the nearest is written.
            kind: As for ``read_value()``.

        Needs: ``PROCESS_VM_WRITE`` and ``PROCESS_VM_OPERATION``.

        Raises:
            ValueError: The value is none of the kind, there is no such kind, or the address can't
                be.
            InvalidAddressError: It can't be written.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be written.

        Source: ``WriteProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        arguments.choice("kind", kind, tuple(FORMS))
        data = pack(kind, number(kind, "value", value))
        self._write(self._address("address", address), data, unprotect=False)

    def read_struct(self, address: int | str, layout: Any) -> Any:
        """Read a structure.

        Args:
            address: Where it begins.
            layout: A class of ``ctypes``, such as a ``Structure``, of which an object is returned;
                or a format of Python's ``struct``, such as ``"<IfQ"``, for a tuple.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            TypeError: ``layout`` is no such class, and no format.
            ValueError: The format is none, or the address can't be.
            InvalidAddressError: Part of it can't be read.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        size, make = _layout(layout)
        return make(self._read(self._address("address", address), size, partial=False))

    def read_text(self, address: int | str, *, encoding: str = "utf-8", limit: int = 4096) -> str:
        """Read text up to its zero, as C keeps it.

        It ends before what can't be read, and no page behind the zero is touched. What is no text
        is shown as U+FFFD.

        Args:
            address: Where it begins.
            encoding: Python's name of how it is written: Windows' own strings are ``"utf-16-le"``.
            limit: Bytes, from 1 to a mebibyte, after which it ends without a zero.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            LookupError: There is no such encoding.
            ValueError: The limit or the address can't be.
            InvalidAddressError: Nothing can be read there.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        zero = _zero_of(encoding)
        limit = arguments.size("limit", limit, most=_LONGEST)
        at = first = self._address("address", address)
        data = bytearray()
        while len(data) < limit:
            wanted = min(limit - len(data), PAGE - at % PAGE)
            piece = self._read(at, wanted, partial=at != first)
            data += piece
            end = _find_zero(data, zero)
            if end is not None:
                del data[end:]
            if end is not None or len(piece) < wanted:
                break
            at += wanted
        return data[: len(data) // len(zero) * len(zero)].decode(encoding, "replace")

    def resolve(
        self, base: int | str | PointerPath, offsets: Iterable[int] = (), *, size: int = 8
    ) -> int:
        """Follow pointers, and return the address that they lead to.

        Each step reads the pointer at the address so far, and adds an offset to what it holds.

        Args:
            base: Where the first pointer is; or a path of ``pointer_paths()``, with its offsets.
            offsets: Bytes, which may be below zero, one for each pointer; without any, ``base`` is
                returned.
            size: Bytes of a pointer: 8, or 4 in a 32-bit process.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            ValueError: An address or an offset can't be, or a pointer and its offset make none.
            InvalidAddressError: A pointer can't be read.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        kind = _pointer(size)
        given = arguments.each("offsets", offsets, offset_of)
        if isinstance(base, PointerPath):
            if given:
                msg = f"offsets have no effect on a path, which has its own, and are {given!r}"
                raise ValueError(msg)
            given, base = [*base.offsets], base.start
        at = self._address("base", base)
        for step, offset in enumerate(given):
            at = arguments.address(
                f"the sum of offsets[{step}] and the pointer at {at:#x}",
                int(self.read_value(at, kind)) + offset,
            )
        return at

    def pointer_paths(
        self,
        address: int | str,
        *,
        depth: int = 4,
        width: int = 2048,
        modules: str | Iterable[str] | None = None,
        size: int = 8,
        among: Iterable[PointerPath] | None = None,
        limit: int = 10_000,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> list[PointerPath]:
        """Find ways over pointers to an address, from where a program has them again next time.

        After a restart, find the address anew and look ``among`` the paths that were found: those
        that lead there again are likely to do so for ever. Of several ways from one place, the
        shortest is told.

        Args:
            address: What they shall lead to.
            depth: The number of pointers that a path may have, from 1 to 16.
            width: Bytes, of which the highest offset may be: as large as the largest object.
            modules: Names of those in which a path may begin, with ``*`` and ``?`` for anything;
                all if not given.
            size: Bytes of a pointer: 8, or 4 in a 32-bit process. Only aligned ones are looked at.
            among: Only these, as for an earlier address, in the order in which they are given.
            limit: Stop after this number of paths, the shortest.
            threads: The number of threads, at most 256; of processors if not given.
            progress: Called with the bytes that have been looked at.

        Returns:
            The paths, the shortest first, each for ``resolve()``.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            ValueError: An argument can't be, or no module has one of the names.
            TypeError: ``among`` holds what is no path.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            OutOfMemoryError: There is none for all its pointers, 16 bytes for each.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        self._keep_id()
        at = self._address("address", address)
        kind = _pointer(size)
        if among is not None:
            paths = arguments.each("among", among, _path)
            return [path for path in paths if path._leads_to(self, at, size=size)]
        return pointer_paths(
            self,
            at,
            depth=arguments.integer("depth", depth, least=1, most=16, of="pointers"),
            width=arguments.size("width", width, least=0, most=LAST_ADDRESS >> 1),
            names=None if modules is None else arguments.names("modules", modules),
            kind=kind,
            limit=arguments.integer("limit", limit, least=1, most=2**32, of="paths"),
            threads=threads,
            progress=progress,
        )


def _pointer(size: int) -> str:
    return f"uint{8 * arguments.choice('size', arguments.integer('size', size), (4, 8))}"


def _path(name: str, value: PointerPath) -> PointerPath:
    return arguments.instance(name, value, PointerPath)


def _layout(layout: Any) -> tuple[int, Callable[[bytes], Any]]:
    """Return the bytes of a layout, and what makes something of them."""
    if isinstance(layout, (str, struct.Struct)):
        try:
            form = struct.Struct(layout) if isinstance(layout, str) else layout
        except struct.error as wrong:
            msg = f"layout must be a format of struct, unlike {layout!r}: {wrong}"
            raise ValueError(msg) from None
        return form.size, form.unpack
    make = getattr(layout, "from_buffer_copy", None)
    if isinstance(layout, type) and make is not None:
        with memoryview(layout()) as made:
            return made.nbytes, make
    msg = f"layout must be a class of ctypes or a format of struct, not {layout!r}"
    raise TypeError(msg)


def _zero_of(encoding: str) -> bytes:
    """Return the zero that ends a text."""
    try:
        name = codecs.lookup(arguments.name("encoding", encoding)).name
        b"\0".decode(name, "replace")  # others than of text refuse
    except LookupError:
        msg = f"encoding must be Python's name of a text encoding, unlike {encoding!r}"
        raise LookupError(msg) from None
    return bytes({"utf-16": 2, "utf-32": 4}.get(name[:6], 1))


def _find_zero(data: bytes | bytearray, zero: bytes) -> int | None:
    """Return where the zero is, on a whole character."""
    at = data.find(zero)
    while at % len(zero) and at >= 0:
        at = data.find(zero, at + 1)
    return at if at >= 0 else None
