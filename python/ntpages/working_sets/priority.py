"""Memory priority: which pages go first where memory is short.

Every page has a priority: that of the thread which brought it in, unless it was changed since.
Pages that leave a working set go to the standby list of their priority, and the lists are used up
from the lowest on. So a program that scans what nobody needs soon does others a favour with a low
one, and pays with page faults of its own.
"""

from __future__ import annotations

import os

from ntpages import arguments
from ntpages._native import working_sets as native
from ntpages._native.working_sets import MemoryPriority
from ntpages.arguments import LAST_ADDRESS

__all__ = [
    "memory_priority",
    "set_memory_priority",
    "set_page_priority",
    "set_thread_memory_priority",
    "thread_memory_priority",
]


def memory_priority(pid: int) -> MemoryPriority:
    """Return the memory priority of a process, which its threads begin with.

    Args:
        pid: Its id.

    Needs: ``PROCESS_QUERY_LIMITED_INFORMATION``.

    Raises:
        ValueError: ``pid`` can't be an id.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be looked at.
        UnavailableError: This Windows does not tell.
        NtError: Windows refused.

    Source: ``GetProcessInformation`` (``processthreadsapi.h``), Windows 8.
    """
    return native.memory_priority(arguments.pid("pid", pid))


def set_memory_priority(pid: int, priority: MemoryPriority) -> MemoryPriority:
    """Change the memory priority of a process, and return the one that it had.

    It is for pages that are brought in from now on. To have them used up last again, give back
    what came.

    Args:
        pid: Its id.
        priority: Up to ``MemoryPriority.NORMAL``.

    Needs: ``PROCESS_SET_INFORMATION`` and ``PROCESS_QUERY_LIMITED_INFORMATION``.

    Raises:
        ValueError: ``pid`` can't be an id, or ``priority`` is none.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be changed.
        UnavailableError: This Windows knows no such priority.
        NtError: Windows takes no such priority.

    Source: ``SetProcessInformation`` (``processthreadsapi.h``), Windows 8.
    """
    return native.set_memory_priority(arguments.pid("pid", pid), _priority(priority))


def thread_memory_priority(thread: int) -> MemoryPriority:
    """Return the memory priority of a thread.

    Args:
        thread: Its id, such as ``threading.get_native_id()``.

    Needs: ``THREAD_QUERY_INFORMATION``.

    Raises:
        ValueError: ``thread`` can't be an id.
        AccessDeniedError: It may not be looked at.
        UnavailableError: This Windows does not tell.
        NtError: There is no such thread, or Windows refused.

    Source: ``GetThreadInformation`` (``processthreadsapi.h``), Windows 8.
    """
    return native.thread_memory_priority(arguments.pid("thread", thread))


def set_thread_memory_priority(thread: int, priority: MemoryPriority) -> MemoryPriority:
    """Change the memory priority of a thread, and return the one that it had.

    Args:
        thread: Its id, such as ``threading.get_native_id()``.
        priority: Up to ``MemoryPriority.NORMAL``, and no higher than its process's has an effect.

    Needs: ``THREAD_SET_INFORMATION`` and ``THREAD_QUERY_INFORMATION``.

    Raises:
        ValueError: ``thread`` can't be an id, or ``priority`` is none.
        AccessDeniedError: It may not be changed.
        UnavailableError: This Windows knows no such priority.
        NtError: There is no such thread, or Windows takes no such priority.

    Source: ``SetThreadInformation`` (``processthreadsapi.h``), Windows 8.
    """
    return native.set_thread_memory_priority(arguments.pid("thread", thread), _priority(priority))


def set_page_priority(
    pid: int | None = None, *, address: int, size: int, priority: MemoryPriority
) -> None:
    """Change the priority of pages that a process has.

    ``pages()`` shows it. Only pages that are in memory have one.

    Args:
        pid: Its id; None for the caller.
        address: Where the range begins. Every page with a byte of the range in it is meant.
        size: Bytes, above 0.
        priority: Up to ``MemoryPriority.NORMAL``.

    Needs: of another process, ``PROCESS_VM_OPERATION``; no document says so.

    Raises:
        ValueError: ``pid``, ``address`` or ``size`` can't be, or ``priority`` is none.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be changed.
        UnavailableError: This Windows has no such priority.
        NtError: Windows takes no such priority, or no such range.

    Source: ``NtSetInformationVirtualMemory`` with ``VmPagePriorityInformation`` (undocumented, phnt
    ``ntmmapi.h``), Windows 8.
    """
    pid = os.getpid() if pid is None else arguments.pid("pid", pid)
    address = arguments.address("address", address)
    end = min(address + arguments.size("size", size), LAST_ADDRESS)
    native.set_page_priority(pid, address, end, _priority(priority))


def _priority(priority: MemoryPriority) -> int:
    return arguments.constant("priority", priority, MemoryPriority, bits=3)
