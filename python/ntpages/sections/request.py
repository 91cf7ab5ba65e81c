"""Request: what a section is asked for, checked before Windows is, and why it is refused."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments, errors
from ntpages._native.regions import ANY_NODE, Protection
from ntpages._native.sections import Attributes
from ntpages.errors import NtError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["ANY_NODE", "GRAIN", "Request", "explained", "name", "opened", "protection"]

GRAIN = 64 * 1024
"""Bytes between the addresses, and between the offsets, that views may begin at."""

_PROTECTIONS = (
    Protection.READONLY,
    Protection.READWRITE,
    Protection.WRITECOPY,
    Protection.EXECUTE_READ,
    Protection.EXECUTE_READWRITE,
    Protection.EXECUTE_WRITECOPY,
)

_WRITING = Protection.READWRITE | Protection.EXECUTE_READWRITE
_NAME = re.compile(r"((Global|Local)\\|Session\\\d+\\)?[^\\]+", re.DOTALL)
_DENIED, _INVALID_HANDLE, _ALREADY_EXISTS = 5, 6, 183  # ERROR_...


class Request(NamedTuple):
    """What CreateFileMappingNumaW is asked for, in the order in which C++ takes it."""

    size: int
    protection: int
    attributes: int = int(Attributes.COMMIT)
    node: int = ANY_NODE
    name: str = ""
    security: str = ""
    file: int = 0
    existing: bool = False


def name(argument: str, value: str | None) -> str:
    """Return a name for Windows; empty for none."""
    if value is None:
        return ""
    value = arguments.name(argument, value)
    if not _NAME.fullmatch(value):
        msg = (
            f"{argument} must be without a backslash but that of Global\\, Local\\ or "
            f"Session\\<number>\\, unlike {value!r}"
        )
        raise ValueError(msg)
    return value


def protection(argument: str, value: int) -> int:
    """Return how a section, or a view of one, may be protected."""
    value = arguments.constant(argument, value, Protection)
    if value not in _PROTECTIONS:
        names = ", ".join(str(each.name) for each in _PROTECTIONS)
        msg = f"{argument} must be one of {names}, not {value:#x}"
        raise ValueError(msg)
    return value


def _is_shared_for_writing(value: int) -> bool:
    """Return whether what is written reaches others, or a file."""
    return bool(value & _WRITING)


@contextlib.contextmanager
def opened(file: Any, size: int | None, protected: int) -> Iterator[int]:
    """Open what is given as a file for the length of a ``with`` block, and yield its handle.

    Raises:
        ValueError: It can't be mapped as asked for.
        TypeError: It is no file.
        OSError: It can't be opened.
    """
    if isinstance(file, (str, bytes, os.PathLike)):
        mode = "r+b" if _is_shared_for_writing(protected) else "rb"
        with open(file, mode, buffering=0) as it:  # noqa: PTH123 (also for bytes)
            yield _handle(it.fileno(), size, protected)
        return
    if hasattr(file, "fileno"):
        if hasattr(file, "flush"):
            file.flush()
        file = file.fileno()
    try:
        number = arguments.integer("file", file, least=0, most=2**31 - 1)
    except TypeError:
        msg = f"file must be a path, an open file or its number, not {file!r}"
        raise TypeError(msg) from None
    yield _handle(number, size, protected)


def _handle(number: int, size: int | None, protected: int) -> int:
    import msvcrt  # noqa: PLC0415 (which there is on Windows alone)

    known = os.fstat(number)
    if not stat.S_ISREG(known.st_mode):
        msg = "file must be an ordinary file, not a pipe, a device or a folder"
        raise ValueError(msg)
    writes = _is_shared_for_writing(protected)
    if not known.st_size and not size:
        msg = "file must hold something to be mapped as it is, and is empty: give it a size"
        raise ValueError(msg)
    if (size or 0) > known.st_size and not writes:
        msg = (
            f"size must be at most {known.st_size} bytes, the length of the file, not {size}: "
            "only what may be written makes a file longer"
        )
        raise ValueError(msg)
    if writes and known.st_file_attributes & stat.FILE_ATTRIBUTE_SPARSE_FILE:
        msg = (
            "file must not be sparse where it is written through memory: a write to a hole that "
            "the disk has no room for would end the process. Map it READONLY or WRITECOPY"
        )
        raise ValueError(msg)
    return msvcrt.get_osfhandle(number)


class explained:  # noqa: N801 (it is a ``with`` block, as contextlib's are)
    """Let refusals in a ``with`` block say what a name has to do with them."""

    __slots__ = ("_named",)

    def __init__(self, named: str) -> None:
        self._named = named

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Raise a refusal with what explains it."""
        if not isinstance(error, NtError):
            return
        words = _explanation(error, self._named)
        if words:
            about = error.subject or self._named
            told = errors.from_call(error.call, error.code, error.status, words, about)
            raise told from error


def _explanation(error: NtError, named: str) -> str:
    if error.code == _ALREADY_EXISTS:
        return (
            "there is a section of this name, and Windows would have handed out that one, "
            "whatever its size: open() opens it, exist_ok=True takes it if it is as large"
        )
    if error.code == _INVALID_HANDLE and named:
        return "the name is that of an object of another kind: an event, a mutex, a semaphore"
    if error.code == _DENIED and named.startswith("Global\\"):
        return (
            "to make a name of the whole machine's (Global\\) takes SeCreateGlobalPrivilege, "
            "which administrators and services hold; to open one takes its maker's leave"
        )
    return ""
