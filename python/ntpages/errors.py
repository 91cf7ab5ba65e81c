"""What can go wrong, as exceptions. Every failed Windows call is an ``NtError``.

``ValueError`` and ``TypeError`` are ntpages's own, raised before Windows is asked; an
``NtError`` is Windows' answer. Each of its kinds is also the built-in error that a
stranger would catch (``PermissionError``, ``MemoryError``, ...).
"""

from __future__ import annotations

from errno import ESRCH
from typing import Any, TypeVar

from ntpages._native import errors as native

__all__ = [
    "AccessDeniedError",
    "AlreadyExistsError",
    "CorruptHeapError",
    "Interrupted",
    "InvalidAddressError",
    "NoSuchProcessError",
    "NotFoundError",
    "NtError",
    "OutOfMemoryError",
    "PrivilegeNotHeldError",
    "UnavailableError",
    "explain",
]

__dir__ = __all__.copy


_Kind = TypeVar("_Kind", bound="NtError")


class NtError(OSError):
    """A Windows call failed.

    Attributes:
        call: The function that failed, as Microsoft spells it.
        code: Win32 error code, 0 if there was none. ``winerror`` is the same number.
        status: NTSTATUS as an unsigned 32-bit number, 0 if there was none.
        subject: What the call was about, where more than its name says: a file, a privilege.
    """

    call: str = ""
    code: int = 0
    status: int = 0
    subject: str = ""

    def __str__(self) -> str:
        """Return the call, the system's own words and the codes."""
        return str(self.strerror)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again, with what OSError forgets: both of its numbers."""
        numbers = {name: getattr(self, name, None) for name in ("errno", "winerror")}
        return type(self), self.args, {**self.__dict__, **numbers}


class AccessDeniedError(NtError, PermissionError):
    """The caller may not do this to that object."""


class PrivilegeNotHeldError(NtError, PermissionError):
    """The token lacks a privilege, or holds it disabled.

    Attributes:
        privilege: Its name (``"SeLockMemoryPrivilege"``), empty where Windows did not say.
    """

    privilege: str = ""


class UnavailableError(NtError, NotImplementedError):
    """This Windows does not offer the function or the information class."""


class OutOfMemoryError(NtError, MemoryError):
    """No memory, no commit charge, no address space, or no contiguous large pages."""


class NoSuchProcessError(NtError, ProcessLookupError):
    """No process has this id, or it has exited."""


class NotFoundError(NtError, FileNotFoundError):
    """There is nothing of this name."""


class AlreadyExistsError(NtError, FileExistsError):
    """There is something of this name already."""


class InvalidAddressError(NtError):
    """The address range is not what the operation needs: free, reserved, or out of bounds."""


class CorruptHeapError(NtError):
    """Something wrote over a heap's own records, so that what is in it can't be told.

    Attributes:
        found: What the call would have returned, of the part up to there: less than there is, and
            its end may be nonsense. ``None`` where Windows gave nothing.
    """

    found: object = None


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came when some of the work was done.

    Attributes:
        report: What was done until then, as the call would have returned it.
    """

    def __init__(self, report: Any) -> None:
        """Keep what was done.

        Args:
            report: What the call would have returned.
        """
        super().__init__()
        self.report = report


def explain(error: NtError) -> str:
    """Return one sentence on a refusal: what is missing and, where something helps, what to do.

    Args:
        error: What a call raised.
    """
    if isinstance(error, PrivilegeNotHeldError) and error.privilege:
        way = way_to_hold(error.privilege)
        said = str(error).removesuffix(f": {way}")
        return f"{error.privilege} is not held by this token: {way}. ({said})"
    return str(error)


def way_to_hold(privilege: str) -> str:
    """Return what whoever lacks a privilege can do about it, in the words that all are told.

    Args:
        privilege: Its name.
    """
    return _WAYS.get(privilege, "run as administrator")


# Privileges that administrators don't hold either.
_WAYS = {
    "SeLockMemoryPrivilege": (
        "grant it (ntpages privileges grant SeLockMemoryPrivilege) as administrator and log off"
        " and on again, or run as a service of LocalSystem, which holds it"
    )
}


_BY_CODE: dict[int, type[NtError]] = {
    1: UnavailableError,  # ERROR_INVALID_FUNCTION
    2: NotFoundError,  # ERROR_FILE_NOT_FOUND
    3: NotFoundError,  # ERROR_PATH_NOT_FOUND
    5: AccessDeniedError,  # ERROR_ACCESS_DENIED
    8: OutOfMemoryError,  # ERROR_NOT_ENOUGH_MEMORY
    14: OutOfMemoryError,  # ERROR_OUTOFMEMORY
    50: UnavailableError,  # ERROR_NOT_SUPPORTED
    120: UnavailableError,  # ERROR_CALL_NOT_IMPLEMENTED
    127: UnavailableError,  # ERROR_PROC_NOT_FOUND
    183: AlreadyExistsError,  # ERROR_ALREADY_EXISTS
    299: InvalidAddressError,  # ERROR_PARTIAL_COPY
    487: InvalidAddressError,  # ERROR_INVALID_ADDRESS
    635: OutOfMemoryError,  # ERROR_COMMITMENT_MINIMUM
    998: InvalidAddressError,  # ERROR_NOACCESS
    1130: OutOfMemoryError,  # ERROR_NOT_ENOUGH_SERVER_MEMORY
    1300: PrivilegeNotHeldError,  # ERROR_NOT_ALL_ASSIGNED
    1314: PrivilegeNotHeldError,  # ERROR_PRIVILEGE_NOT_HELD
    1450: OutOfMemoryError,  # ERROR_NO_SYSTEM_RESOURCES
    1451: OutOfMemoryError,  # ERROR_NONPAGED_SYSTEM_RESOURCES
    1452: OutOfMemoryError,  # ERROR_PAGED_SYSTEM_RESOURCES
    1453: OutOfMemoryError,  # ERROR_WORKING_SET_QUOTA
    1454: OutOfMemoryError,  # ERROR_PAGEFILE_QUOTA
    1455: OutOfMemoryError,  # ERROR_COMMITMENT_LIMIT
    1816: OutOfMemoryError,  # ERROR_NOT_ENOUGH_QUOTA
}

# An NTSTATUS says more than the Win32 code it maps to: these win over the code. Drivers and a few
# functions hand one on as the code itself, and nobody maps it then.
_BY_STATUS: dict[int, type[NtError]] = {
    0xC0000002: UnavailableError,  # STATUS_NOT_IMPLEMENTED
    0xC0000003: UnavailableError,  # STATUS_INVALID_INFO_CLASS
    0xC0000005: InvalidAddressError,  # STATUS_ACCESS_VIOLATION
    0xC0000007: OutOfMemoryError,  # STATUS_PAGEFILE_QUOTA
    0xC000000B: NoSuchProcessError,  # STATUS_INVALID_CID
    0xC0000017: OutOfMemoryError,  # STATUS_NO_MEMORY
    0xC0000022: AccessDeniedError,  # STATUS_ACCESS_DENIED
    0xC0000044: OutOfMemoryError,  # STATUS_QUOTA_EXCEEDED
    0xC0000061: PrivilegeNotHeldError,  # STATUS_PRIVILEGE_NOT_HELD
    0xC000009A: OutOfMemoryError,  # STATUS_INSUFFICIENT_RESOURCES
    0xC00000A1: OutOfMemoryError,  # STATUS_WORKING_SET_QUOTA
    0xC00000BB: UnavailableError,  # STATUS_NOT_SUPPORTED
    0xC000010A: NoSuchProcessError,  # STATUS_PROCESS_IS_TERMINATING
    0xC000012C: OutOfMemoryError,  # STATUS_PAGEFILE_QUOTA_EXCEEDED
    0xC000012D: OutOfMemoryError,  # STATUS_COMMITMENT_LIMIT
    0xC00002C8: OutOfMemoryError,  # STATUS_COMMITMENT_MINIMUM
    0xC0000374: CorruptHeapError,  # STATUS_HEAP_CORRUPTION
}

_SIGN = 1 << 31  # OSError takes Windows' code as a signed number of 32 bits


def _build(
    kind: type[_Kind], call: str, code: int, status: int, words: str, subject: str = ""
) -> _Kind:
    about = f" ({subject})" if subject else ""
    codes = [f"Win32 {code}" if code < _SIGN else f"Win32 0x{code:08X}"] if code else []
    codes += [f"NTSTATUS 0x{status:08X}"] if status else []
    tail = f" [{', '.join(codes)}]" if codes else ""
    signed = code - 2 * _SIGN if code >= _SIGN else code
    privileged = issubclass(kind, PrivilegeNotHeldError) and subject in _WAYS
    way = f": {_WAYS[subject]}" if privileged else ""
    error = kind(0, f"{call} failed{about}: {words}{tail}{way}", None, signed)
    error.call, error.code, error.status = call, code, status
    error.subject = subject
    error.winerror = code
    if isinstance(error, PrivilegeNotHeldError):
        error.privilege = subject
    return error


def from_call(call: str, code: int, status: int, text: str, subject: str) -> NtError:
    """Build the exception for a failed call. Called by ``_native`` alone."""
    kind = _BY_STATUS.get(status or code) or _BY_CODE.get(code, NtError)
    words = text or "the system has no text for it"
    if kind is UnavailableError:
        words = f"this Windows does not offer it ({words})"
    return _build(kind, call, code, status, words, subject)


def from_missing(name: str) -> UnavailableError:
    """Build the exception for a function this Windows lacks. Called by ``_native``."""
    return _build(UnavailableError, name, 127, 0, "this Windows does not have the function")


def no_such_process(call: str, pid: int, code: int) -> NoSuchProcessError:
    """Build the exception for a process that is not there. Called by ``_native`` too."""
    error = _build(NoSuchProcessError, call, code, 0, "there is no such process", f"pid {pid}")
    error.errno = ESRCH  # Windows' own code may be one of access or of arguments
    return error


def corrupt_heap(call: str, address: int, found: object) -> CorruptHeapError:
    """Build the exception for a heap whose records make no sense. For ``ntpages.heaps`` alone."""
    words = "the heap is corrupt: something wrote over its records"
    error = _build(CorruptHeapError, call, 0, 0xC0000374, words, f"heap {address:#x}")
    error.found = found
    return error


native.use(from_call=from_call, no_such_process=no_such_process, from_missing=from_missing)
