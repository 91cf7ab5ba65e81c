"""Walking a heap of this process: its entries as a table, and what they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar, overload

from ntpages import arguments, errors
from ntpages._native import heaps as native
from ntpages._native.heaps import EntryFlag
from ntpages.heaps.sums import SizeRow
from ntpages.table import adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from ntpages._native.heaps import Fragmentation, HeapSummary
    from ntpages.table import Table

__all__ = ["DetailRow", "EntryRow", "WalkedHeap"]


@shows_addresses
class EntryRow(NamedTuple):
    """An entry of a heap of this process, as ``Heap.walk()`` tells of it."""

    address: Address
    size: int
    overhead: int
    flags: EntryFlag
    region: int
    kind: str


@shows_addresses
class DetailRow(NamedTuple):
    """An entry, with what ``PROCESS_HEAP_ENTRY`` says of regions and of movable blocks."""

    address: Address
    size: int
    overhead: int
    flags: EntryFlag
    region: int
    kind: str
    committed: int
    uncommitted: int
    first: Address
    last: Address
    handle: Address


_Found = TypeVar("_Found")


class WalkedHeap(native.Heap):
    """The part of ``ntpages.heaps.Heap`` that tells what is in it."""

    __slots__ = ()

    @overload
    def walk(self, *, details: Literal[False] = False) -> Table[EntryRow]: ...
    @overload
    def walk(self, *, details: Literal[True]) -> Table[DetailRow]: ...
    @overload
    def walk(self, *, details: bool) -> Table[EntryRow] | Table[DetailRow]: ...
    def walk(self, *, details: bool = False) -> Table[EntryRow] | Table[DetailRow]:
        """Return every entry of the heap.

        One native call, with the heap locked; the result is in memory of its own, so that walking
        never changes what is walked, not even the default heap.

        Args:
            details: Whether to tell what is said of regions and movable blocks alone, in five more
                columns: of a region ``committed`` and ``uncommitted`` (bytes) and the addresses of
                its ``first`` block and behind its ``last``; of a block of ``GlobalAlloc`` or
                ``LocalAlloc`` that may move, its ``handle``. They are 0 for all else. A table with
                them is three times as large, and takes longer to make.

        Returns:
            A table with the columns ``address``, ``size`` (bytes; of a region its address space),
            ``overhead`` (bytes), ``flags`` (``EntryFlag``), ``region`` (a number), and ``kind``:
            ``"busy"``, ``"free"``, ``"uncommitted"`` or ``"region"``.

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            OutOfMemoryError: There is no memory for the table.
            CorruptHeapError: The heap is corrupt. The table up to there is its ``found``.
            UnavailableError: Windows has no such function.
            NtError: Windows refused.

        Source: ``HeapLock`` (heapapi.h), Windows 2000; ``RtlWalkHeap`` (undocumented, Windows NT
        3.1), which ``HeapWalk`` calls, and which knows sizes above 4 GiB; ``HeapValidate``, for
        heaps that ntpages did not make, and where an entry makes no sense. A heap that other code
        made is kept from being destroyed by ``RtlEnumProcessHeaps`` (undocumented, Windows NT
        3.1).
        """
        if arguments.boolean("details", details):
            table, sound = native.walk_heap_in_detail(self)
            return self._told(adopt(table, DetailRow), sound=sound)
        table, sound = native.walk_heap(self)
        return self._told(adopt(table, EntryRow), sound=sound)

    def histogram(self) -> Table[SizeRow]:
        """Count the heap's blocks by size, without a table of them.

        Returns:
            A table with a row per size class, each twice as wide as the one before: ``smallest``
            and ``largest`` (bytes), ``busy`` and ``free`` (counts), ``busy_size`` and
            ``free_size`` (bytes).

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            CorruptHeapError: The heap is corrupt. What was counted is its ``found``.
            UnavailableError: Windows has no such function.
            NtError: Windows refused.

        Source: as ``walk()``.
        """
        table, sound = native.count_heap(self)
        return self._told(adopt(table, SizeRow), sound=sound)

    def fragmentation(self) -> Fragmentation:
        """Return how the heap's memory is split up, without a table of it.

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            CorruptHeapError: The heap is corrupt. What was counted is its ``found``.
            UnavailableError: Windows has no such function.
            NtError: Windows refused.

        Source: as ``walk()``.
        """
        sums, sound = native.sum_heap(self)
        return self._told(sums, sound=sound)

    def summary(self) -> HeapSummary:
        """Return what the heap takes.

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            CorruptHeapError: The heap is corrupt. What was counted is its ``found``.
            UnavailableError: Windows has no such function.
            NtError: Windows refused.

        Source: ``HeapSummary`` (heapapi.h), in every Windows 10, documented by its header only;
        else as ``walk()``.
        """
        summary, sound = native.summarize_heap(self)
        return self._told(summary, sound=sound)

    def _told(self, found: _Found, *, sound: bool) -> _Found:
        """Return what a walk found, unless the heap turned out to be corrupt."""
        if not sound:
            raise errors.corrupt_heap("RtlWalkHeap", self.address, found)
        return found
