"""Memory partitions: parts of the machine's RAM that are managed on their own.

A partition has its own free, standby and modified lists, its own page files and its own commit
limit; what runs in one can't take the memory of another. Windows uses them for containers and
for games. All else is in the system's partition, and everybody may ask how that one stands::

    memory = partitions.system()
    print(memory.standby)  # by priority, without any privilege

An empty partition has no memory until it is given some. A ``Region`` takes memory of it with
``Region(size, partition=...)``.

Source: undocumented; System Informer's phnt, ``ntmmapi.h``.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import partitions as native
from ntpages._native.partitions import PartitionMemory
from ntpages.arguments import PAGE
from ntpages.owner import Owner
from ntpages.regions.large_pages import privileged

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Partition", "PartitionMemory", "current", "system"]

__dir__ = __all__.copy


def system() -> PartitionMemory:
    """Return how the system's partition stands, which all ordinary memory is in.

    It tells most of what ``ntpages.memory_lists.query()`` does, and asks for no privilege.

    Raises:
        UnavailableError: This Windows is older than 10, or Wine.
        NtError: Windows tells it in another length: it is older than 10 1703.

    Source: ``NtManagePartition``, class ``SystemMemoryPartitionInformation`` (phnt ``ntmmapi.h``,
    undocumented), Windows 10 1703.
    """
    return native.system_memory()


def current() -> PartitionMemory:
    """Return how the partition stands that this process lives in: a container's, inside of one.

    Raises:
        UnavailableError: This Windows is older than 10, or Wine.
        NtError: Windows tells it in another length: it is older than 10 1703.

    Source: as ``system()``.
    """
    return native.current_memory()


class Partition(Owner, native.Partition):
    """A partition that was made or opened, let go of on leaving the ``with`` block."""

    __slots__ = ()

    def __init__(self, name: str | None = None, *, node: int | None = None) -> None:
        r"""Make a partition, without memory so far.

        Args:
            name: Where others find it, in the kernel's own spelling
                (``r"\BaseNamedObjects\mine"``); ``None`` for one that a handle alone leads to.
            node: NUMA node that its own records shall lie in.

        Raises:
            ValueError: An argument breaks its rule.
            PrivilegeNotHeldError: The token lacks ``SeLockMemoryPrivilege``; the message says how
                to get it.
            AccessDeniedError: Nobody may make a name there.
            UnavailableError: This Windows is older than 10, or Wine.
            NtError: The name is taken already, or is no place for one.

        Needs: ``SeLockMemoryPrivilege``, enabled for the length of the call.

        Source: ``NtCreatePartition`` (phnt ``ntmmapi.h``, undocumented), Windows 10.
        """
        name = None if name is None else _path(name)
        node = None if node is None else arguments.node("node", node)
        with ExitStack() as undo:
            with privileged(contiguous=False):
                native.Partition.__init__(self, name, node)
                undo.callback(self.close)  # where the privilege can't be disabled again
            undo.pop_all()

    @classmethod
    def open(cls, name: str, *, modify: bool = False) -> Self:
        r"""Open a partition that has a name.

        Args:
            name: In the kernel's own spelling: ``r"\KernelObjects\MemoryPartition0"`` is the
                system's.
            modify: To take memory for it, and from it, too; else to look only.

        Raises:
            ValueError: The name is no path of the kernel's.
            AccessDeniedError: It may not be opened so.
            UnavailableError: This Windows is older than 10, or Wine.
            NtError: There is none of that name (2), or no such folder (3).

        Source: ``NtOpenPartition`` (phnt ``ntmmapi.h``, undocumented), Windows 10.
        """
        opened = cls.__new__(cls)
        modify = arguments.boolean("modify", modify)
        native.Partition.__init__(opened, _path(name), modify=modify)
        return opened

    def __repr__(self) -> str:
        """Return its handle, or that it is closed."""
        return f"<Partition {'closed' if self.closed else f'handle {self.handle:#x}'}>"

    def take(self, size: int, *, node: int | None = None) -> None:
        """Give the partition memory, out of the system's.

        Args:
            size: Bytes, rounded up to whole pages.
            node: NUMA node to take it from; ``None`` for that of the calling thread.

        Raises:
            ValueError: An argument breaks its rule, or the partition is closed.
            OutOfMemoryError: The system has not so much to give.
            PrivilegeNotHeldError: The token lacks ``SeLockMemoryPrivilege``; the message says how
                to get it.
            AccessDeniedError: The partition was opened to look only.
            NtError: There is no such node.

        Needs: ``SeLockMemoryPrivilege``, enabled for the length of the call.

        Source: ``NtManagePartition``, class ``SystemMemoryPartitionMoveMemory`` (phnt
        ``ntmmapi.h``, undocumented), Windows 10.
        """
        size = arguments.size("size", size)
        node = None if node is None else arguments.node("node", node)
        with privileged(contiguous=False):
            self._take(-(-size // PAGE), node)


def _path(name: str) -> str:
    path = arguments.name("name", name)
    if not path.startswith("\\") or len(path.encode("utf-16-le")) >= 2**16 - 2:
        msg = f"name must be a path of the kernel's of at most 32766 characters, not {path[:80]!r}"
        raise ValueError(msg)
    return path
