"""Heap: what blocks of memory come from, one of ours or any other of this process."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import heaps as native
from ntpages.errors import NtError
from ntpages.heaps.walk import WalkedHeap
from ntpages.owner import Owner
from ntpages.table import Table
from ntpages.table.preview import repr_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from ntpages._native.heaps import Block, HeapKind

__all__ = ["Heap", "heaps", "optimize", "terminate_on_corruption"]


class Heap(Owner, WalkedHeap):
    """A heap of this process: one of ``create()``, the ``default()`` one, or any other.

    A heap that ntpages created is destroyed by ``close()``, at the end of its ``with`` block, or
    with the last reference to it and its blocks. A heap that others made is never destroyed, and
    nothing is allocated from it but from the default one: its maker may be using it without a lock.

    Calls from several threads are safe, also on a heap without a lock of its own. Two objects for
    one heap are equal, and closing one closes both.

    A heap of others is proven to be there at each call, and can't be destroyed while one looks at
    it; once it was found gone, its object stays closed. Windows knows heaps by their address alone:
    where another was made at the same place before anyone looked, the object stands for that one.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """Refuse: heaps come from ``create()``, ``default()`` and ``heaps()``."""
        msg = "a Heap comes from Heap.create(), Heap.default() or heaps()"
        raise TypeError(msg)

    @classmethod
    def create(
        cls,
        initial: int = 0,
        maximum: int = 0,
        *,
        serialize: bool = True,
        executable: bool = False,
    ) -> Self:
        """Create a private heap.

        A heap never raises exceptions of Windows' own kind here, whatever the system's settings:
        ntpages has no use for ``HEAP_GENERATE_EXCEPTIONS``, and Python could not survive one.

        Args:
            initial: Bytes to commit at once; 0 for one page.
            maximum: Bytes it may ever take, for a heap of fixed size; 0 lets it grow. A heap of
                fixed size serves no block of about 1 MiB or more, and has no low-fragmentation
                front end.
            serialize: Whether it has a lock of its own. Without, ntpages's calls take turns all the
                same, but ``locked()`` is not to be had, and nobody else may use the heap.
            executable: Whether code in its blocks may run.

        Raises:
            ValueError: A size is out of range, or ``initial`` more than ``maximum``.
            OutOfMemoryError: There is not so much memory or address space.

        Source: ``HeapCreate`` (heapapi.h), Windows 2000.
        """
        initial, maximum = heap_sizes(initial, maximum)
        heap = cls.__new__(cls)
        native.Heap.__init__(
            heap,
            initial,
            maximum,
            arguments.boolean("serialize", serialize),
            arguments.boolean("executable", executable),
        )
        return heap

    @classmethod
    def at(cls, address: int) -> Self:
        """Return the heap at an address, such as one of ``walk_process(os.getpid())``.

        Args:
            address: Where a heap begins; that is its handle, too.

        Raises:
            ValueError: No heap of this process is there.
            OutOfMemoryError: There is no memory for the list of heaps.

        Source: ``GetProcessHeaps`` (heapapi.h), Windows 2000.
        """
        heap = cls.__new__(cls)
        native.Heap.__init__(heap, arguments.address("address", address))
        return heap

    @classmethod
    def default(cls) -> Self:
        """Return the heap that Windows made for the process: ``malloc`` and ``new`` live there.

        Source: ``GetProcessHeap`` (heapapi.h), Windows 2000.
        """
        return cls.at(native.process_heap())

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same heap."""
        return isinstance(other, Heap) and self._key == other._key

    def __hash__(self) -> int:
        """Return the same number for the same heap."""
        return hash(self._key)

    def __repr__(self) -> str:
        """Return where the heap is, and whose."""
        whose = "closed" if self.closed else "created here" if self.owned else "not ntpages's own"
        return f"<Heap at {self.address:#x}, {whose}>"

    def _repr_html_(self) -> str:
        """Return the same for a notebook, and below it what it takes."""
        sums = None
        with suppress(ValueError, NtError):  # closed, or made without a lock, or corrupt
            found = self.summary()
            names = ("allocated", "committed", "reserved")
            sums = Table("Heap", {name: [getattr(found, name)] for name in names})
        return repr_html(self, sums)

    def close(self) -> None:
        """Destroy a heap that ntpages created, with all its blocks. Otherwise, do nothing.

        Blocks that are left are dead: using one raises ``ValueError``. Closing twice is harmless.

        Raises:
            BufferError: A view of one of its blocks lives, or a thread is using the heap or has it
                locked. Nothing waits for that to end, since it may be the caller who is waited for.

        Source: ``HeapDestroy`` (heapapi.h), Windows 2000.
        """
        super().close()

    def free(self, block: Block) -> None:
        """Free a block of this heap; ``block.free()`` is the same.

        Args:
            block: A block of this heap.

        Raises:
            ValueError: It is of another heap, or was freed before, or the heap is closed.
            BufferError: A view of it lives.

        Source: ``HeapFree`` (heapapi.h), Windows 2000.
        """
        super().free(block)

    def reallocate(
        self, block: Block, size: int, *, in_place: bool = False, zero: bool = False
    ) -> Block:
        """Make a block larger or smaller, and keep what fits of its content.

        Args:
            block: A block of this heap. It may move: its ``address`` changes then.
            size: Bytes, from 0.
            in_place: Whether it must stay where it is.
            zero: Whether bytes that are added are zeros; they are undefined otherwise.

        Returns:
            The same block.

        Raises:
            ValueError: ``size`` is out of range, the block is of another heap or was freed, or the
                heap is closed.
            BufferError: A view of the block lives.
            OutOfMemoryError: There is no room, or none where it is. The block is as it was.

        Source: ``HeapReAlloc`` (heapapi.h), Windows 2000.
        """
        size = arguments.size("size", size, least=0)
        zero, in_place = arguments.boolean("zero", zero), arguments.boolean("in_place", in_place)
        self._reallocate(block, size, zero, in_place)
        return block

    def size(self, block: Block) -> int:
        """Return a block's size in bytes, from the heap. ``block.size`` knows it without asking.

        Args:
            block: A block of this heap.

        Raises:
            ValueError: The block is of another heap or was freed, or the heap is closed.
            NtError: The heap does not know the block: it is corrupt.

        Source: ``HeapSize`` (heapapi.h), Windows 2000.
        """
        return super().size(block)

    def validate(self, block: Block | None = None) -> bool:
        """Check the heap's own records.

        Writing past the end of a block is found only where it hit records: not inside the slack
        that a block may have, and less on a segment heap, where the whole heap is always valid.
        A debugger that is attached is stopped at what is found.

        Args:
            block: Check this one alone, instead of the whole heap.

        Returns:
            ``False`` if something wrote over them.

        Raises:
            ValueError: The block is of another heap or was freed; or the heap is closed or
                destroyed, or another's and has no lock.
            NtError: Windows refused.

        Source: ``HeapValidate`` (heapapi.h), Windows 2000.
        """
        return self._validate() if block is None else self._validate(block)

    def compact(self) -> int:
        """Merge free blocks that are neighbours, and return the bytes of the largest.

        Heaps do that as they go; only a process that turned it off has any use for this.

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            NtError: Windows refused.

        Source: ``HeapCompact`` (heapapi.h), Windows 2000.
        """
        return super().compact()

    def use_low_fragmentation(self) -> None:
        """Switch the low-fragmentation front end on, for good.

        Windows does so by itself once a heap has served about 18 blocks of like size; this is for
        those that shall have it from the first.

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            NtError: The heap can't have it: it has a fixed size or no lock, or is being debugged.

        Source: ``HeapSetInformation`` with ``HeapCompatibilityInformation`` (heapapi.h), Windows
        XP.
        """
        super().use_low_fragmentation()

    def optimize(self) -> None:
        """Give back to the system what the heap's front end keeps at hand.

        For after a peak: what is decommitted has to be committed again when it is needed.
        ``ntpages.heaps.optimize()`` does so for all heaps.

        Raises:
            ValueError: The heap is closed or destroyed, or it is another's and has no lock.
            NtError: Windows refused; before 8.1 it knows no such thing.

        Source: ``HeapSetInformation`` with ``HeapOptimizeResources`` (heapapi.h), Windows 8.1.
        """
        super().optimize()

    @property
    def kind(self) -> HeapKind:
        """What it is: an NT heap, one with a low-fragmentation front end, or a segment heap.

        A front end appears once a heap has served about 18 blocks of like size.

        Raises:
            ValueError: The heap is closed or destroyed.
            NtError: Windows refused.

        Source: ``HeapQueryInformation`` (heapapi.h), Windows XP; the signature in the heap's header
        (undocumented), Windows 8.
        """
        return self._kind()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other threads out of the heap for the length of a ``with`` block.

        Other threads that want the heap wait, and the interpreter goes on without them. It is to be
        had for heaps of ``create()`` alone. While Python code held the default heap, another
        thread that needs memory would wait for it with the interpreter in its hands, and both
        would wait for ever; ntpages's own walks hold it for one native call, without Python.

        Raises:
            ValueError: ntpages did not create the heap, or with ``serialize=False``, or it is
                closed.
            RuntimeError: The ``with`` block ends on another thread than it began on.
            NtError: Windows refused.

        Source: ``HeapLock``, ``HeapUnlock`` (heapapi.h), Windows 2000.
        """
        with native.HeapHold(self):
            yield


def heaps() -> list[Heap]:
    """Return every heap of this process, the default one first.

    The list is of a moment: libraries create heaps and destroy them.

    Raises:
        NtError: Windows refused.

    Source: ``GetProcessHeaps`` (heapapi.h), Windows 2000.
    """
    found = []
    for address in native.heap_addresses():
        with suppress(ValueError):  # destroyed since it was listed
            found.append(Heap.at(address))
    return found


def heap_sizes(initial: int, maximum: int) -> tuple[int, int]:
    """Return what a heap commits at once and the most it may take, if they go together."""
    initial = arguments.size("initial", initial, least=0)
    maximum = arguments.size("maximum", maximum, least=0)
    if 0 < maximum < initial:
        msg = f"initial must be at most maximum ({maximum} bytes), not {initial}"
        raise ValueError(msg)
    return initial, maximum


def optimize() -> None:
    """Give back to the system what the front ends of all heaps of this process keep at hand.

    Raises:
        NtError: Windows refused; before 8.1 it knows no such thing.

    Source: ``HeapSetInformation`` with ``HeapOptimizeResources`` (heapapi.h), Windows 8.1.
    """
    native.optimize_all_heaps()


def terminate_on_corruption() -> None:
    """Make Windows end this process the moment any of its heaps is found corrupt.

    It can't be undone, for the life of the process, and there is no last word: no exception, no
    ``atexit``. Most 64-bit programs of the last decade have it on from the start, Python too.

    Raises:
        NtError: Windows refused.

    Source: ``HeapSetInformation`` (heapapi.h), Windows Vista.
    """
    native.terminate_on_heap_corruption()
