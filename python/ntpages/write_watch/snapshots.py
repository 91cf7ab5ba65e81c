"""Snapshots: what a region held at moments in the past, at the cost of what changed."""

from __future__ import annotations

from ntpages import arguments
from ntpages._native import write_watch as native
from ntpages.owner import Owner
from ntpages.regions import Region
from ntpages.table import Table, adopt
from ntpages.write_watch.dirty import DirtyRow

__all__ = ["Snapshots"]


class Snapshots(Owner, native.Snapshots):
    """What a region held at moments in the past.

    ``take()`` keeps the pages that differ from the snapshot before; ``restore()`` writes back
    those that differ from the one that is wished. Both cost what changed, not what the region
    holds. One taken after an earlier one was restored begins a branch: any of them can be restored
    at any time. ``forget()`` gives one up, and what only it kept; all others stay as they are, and
    keep their numbers.

    They hold a view of the region, so nothing takes pages away from it, and they own its write
    watch: ``dirty(region, reset=True)`` is refused meanwhile. Methods may be called from any
    thread; a snapshot taken while others write holds each page as it was at some moment of the
    call.

    The first ``take()`` copies what was written since the region was made. If its watch was reset
    before, it copies every committed page that holds something else than zeros.
    """

    __slots__ = ()

    def __init__(self, region: Region) -> None:
        """Follow a region from now on.

        Args:
            region: Made with ``write_watch=True``. Pages may be reserved still, or be committed
                later; committed ones must be readable.

        Raises:
            ValueError: The region was made without ``write_watch``, or is closed.
            BufferError: Other Snapshots follow the region, or a page is offered or unreadable.
            NtError: Windows refused.

        Source: ``VirtualQuery``, ``GetWriteWatch`` (memoryapi.h), Windows XP.
        """
        super().__init__(arguments.instance("region", region, Region))

    def restore(self, number: int) -> int:
        """Make the region hold what it held when a snapshot was taken.

        Args:
            number: What ``take()`` returned. Negative counts from the latest.

        Returns:
            Bytes that had to be written: those of pages that held something else.

        Raises:
            IndexError: There is no such snapshot.
            ValueError: They are closed.
            NtError: Windows refused.

        Source: ``GetWriteWatch`` (memoryapi.h), Windows XP.
        """
        return self._restore(self._numbered(number))

    def forget(self, number: int) -> int:
        """Give a snapshot up, at the cost of what changed in it and in those taken right after it.

        Snapshots that followed it follow the one that it followed. The region's bytes stay as they
        are, also if the snapshot is the ``current`` one, which is then the one before it. To keep
        the latest ten, forget ``numbers[0]`` where there are more.

        Args:
            number: What ``take()`` returned. Negative counts from the latest.

        Returns:
            Bytes of contents that are free now, since no other snapshot needs them.

        Raises:
            IndexError: There is no such snapshot.
            ValueError: They are closed.
            MemoryError: No memory to sort out who needs what. Nothing was forgotten.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
        return self._forget(self._numbered(number))

    def changed(self, number: int) -> Table[DirtyRow]:
        """Return the pages in which a snapshot differs from the one it follows.

        Args:
            number: What ``take()`` returned. Negative counts from the latest.

        Returns:
            One row per page with its ``offset`` in bytes, ascending.

        Raises:
            IndexError: There is no such snapshot.
            ValueError: They are closed.
        """
        return adopt(self._changed(self._numbered(number)), DirtyRow)

    def _numbered(self, number: int) -> int:
        number = arguments.integer("number", number)
        count = len(self)
        if -count <= number < 0:
            return self.numbers[number]
        if not 0 <= number < 2**64 and not self.closed:
            msg = f"snapshot {arguments.digits(number)} of {count}"
            raise IndexError(msg)
        return number % 2**64

    def __repr__(self) -> str:
        """Return how many there are, and what they keep."""
        state = "closed" if self.closed else f"{len(self)}, {self.stored} bytes"
        return f"<Snapshots: {state}>"
