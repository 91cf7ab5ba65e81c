"""Programs and DLLs in a process, and addresses that are told by them.

Public as methods of ``ntpages.processes.Process``.
"""

from __future__ import annotations

import re
import reprlib
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.processes.names import did_you_mean
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ModularProcess", "ModuleRow", "Place"]

_NUMBER = re.compile(r"(?:0[xn])?[0-9a-f]+(?:[`'][0-9a-f]+)*", re.IGNORECASE)


@shows_addresses
class ModuleRow(NamedTuple):
    """A program or a DLL that is mapped into a process."""

    name: str
    base: Address
    size: int
    path: str


class ModularProcess(native.Process):
    """The part of ``ntpages.processes.Process`` that knows modules."""

    __slots__ = ()

    def modules(self) -> Table[ModuleRow]:
        """Return the programs and DLLs that are mapped into the process, in the order of addresses.

        They are told by what is mapped, not by the list that the process keeps itself: so all are
        there from its first moment on, those of a 32-bit process too, and files that were only
        mapped as an image.

        Returns:
            ``name`` of the file, ``base`` address, ``size`` in bytes, and ``path``.

        Needs: ``PROCESS_QUERY_INFORMATION``.

        Raises:
            NoSuchProcessError: The process has exited.
            AccessDeniedError: It may not be looked at.
            NtError: Windows refused.

        Source: ``VirtualQueryEx`` (``memoryapi.h``), Windows XP; ``NtQueryVirtualMemory`` for the
        paths (undocumented), Windows XP.
        """
        return adopt(self._modules(), ModuleRow)

    def address_of(self, place: int | str) -> int:
        """Return the address that a place is at now.

        Args:
            place: An address, or one that is written: ``"kernel32.dll+0x1f40"``,
                ``"kernel32.dll"``, ``"0x7ffe0000"``. A module is known by its name, in any case,
                or by its path.

        Needs: ``PROCESS_QUERY_INFORMATION``, for a module.

        Raises:
            ValueError: It is no address, or no module is called so, or several are.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: It may not be looked at.
            NtError: Windows refused.

        Source: as ``modules()``.
        """
        return self._address("place", place)

    def describe(self, address: int | str) -> str:
        """Return where an address is: ``"kernel32.dll+0x1f40"``, or ``"0x1d2f0"`` in no module.

        What it returns is taken wherever the process takes an address, also after a restart. The
        path stands for a name that several modules have.

        Args:
            address: Any.

        Needs: ``PROCESS_QUERY_INFORMATION``.

        Raises:
            ValueError: It can't be an address.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: It may not be looked at.
            NtError: Windows refused.

        Source: as ``modules()``.
        """
        at = self._address("address", address)
        return Modules(self.modules()).describe(at)

    def _address(self, name: str, value: int | str) -> int:
        """The one rule for addresses of a process."""
        if not isinstance(value, str):
            return arguments.address(name, value)
        return Place.written(name, value).address_in(self, name)


class Place(NamedTuple):
    """An address that somebody wrote down."""

    module: str
    """Empty for an address as such."""
    offset: int

    @classmethod
    def written(cls, name: str, text: str) -> Place:
        """Return what a text means.

        Raises:
            ValueError: It is no address, or could be one in decimal and another in hexadecimal.
        """
        words = arguments.name(name, text.strip())
        module, plus, behind = words.rpartition("+")
        number = behind.strip() if plus and module.strip() else words
        if not _NUMBER.fullmatch(number):
            return cls(words, 0)  # a name with a plus in it has one
        try:
            offset = arguments.parse_address(number)
        except ValueError as wrong:
            msg = f"{name} must be an address, or a module and an offset: {wrong}"
            raise ValueError(msg) from None
        return cls(module.strip() if number is not words else "", offset)

    def address_in(self, process: ModularProcess, name: str) -> int:
        """Return where that is in a process now.

        Raises:
            ValueError: No module is called so, or several are.
        """
        if not self.module:
            return self.offset
        base = Modules(process.modules()).base_of(name, self.module)
        return arguments.address(name, base + self.offset)


class Modules:
    """The modules of a process, for many questions."""

    def __init__(self, rows: Table[ModuleRow]) -> None:
        """Take them in the order of their addresses."""
        self._rows = list(rows)
        self._bases = [row.base for row in self._rows]
        self._named = Counter(row.name.casefold() for row in self._rows)

    def at(self, address: int) -> ModuleRow | None:
        """Return the one that an address lies in."""
        number = bisect_right(self._bases, address) - 1
        row = self._rows[number] if number >= 0 else None
        return row if row and address < row.base + row.size else None

    def called(self, name: str) -> Sequence[ModuleRow]:
        """Return those of a name, or of a path."""
        wanted = name.casefold()
        return [row for row in self._rows if wanted in {row.name.casefold(), row.path.casefold()}]

    def base_of(self, argument: str, name: str) -> int:
        """Return where the one of a name or a path begins."""
        found = self.called(name)
        if len(found) == 1:
            return found[0].base
        if found:
            places = " and ".join(f"{row.path} at {row.base:#x}" for row in found)
            msg = f"{argument} must name one module, and there are {places}: write its path"
            raise ValueError(msg)
        names = {row.name.casefold(): row.name for row in self._rows}
        msg = (
            f"{argument} must be an address, or a module and an offset such as "
            f"'kernel32.dll+0x10', and no module is called {reprlib.repr(name)}"
            f"{did_you_mean(name, names)}"
        )
        raise ValueError(msg)

    def describe(self, address: int) -> str:
        """Return an address by its module, where it has one."""
        row = self.at(address)
        if row is None or not row.name:
            return f"{address:#x}"
        name = row.name if self._named[row.name.casefold()] == 1 else row.path
        return f"{name}+{address - row.base:#x}"
