"""Files of numbers that looks have left: a session that goes on another day.

Public as ``ntpages.processes.Values.save()`` and ``load()``.
"""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from ntpages.processes.kinds import FORMS

if TYPE_CHECKING:
    from ntpages._native import processes as native

__all__ = ["Session", "load", "read_header", "save"]

_MAGIC = b"NTPVALUE"
_HEADER = struct.Struct("<8sIIQQQQ")
_SIZE = struct.Struct("<I")
_VERSION = 1
_LARGEST = 1 << 24  # bytes of a part


class Session(NamedTuple):
    """What a file says of its numbers."""

    kind: str
    alignment: int
    pid: int
    created: int
    """When the process was, in units of 100 ns since 1601."""
    parts: int


def save(looks: native.Values, session: Session, path: Path) -> None:
    """Write a file, or leave the one that is there as it is."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            number = list(FORMS).index(session.kind)
            told = session.alignment, session.pid, session.created, session.parts
            file.write(_HEADER.pack(_MAGIC, _VERSION, number, *told))
            for part in range(session.parts):
                saved = looks.saved(part)
                file.write(_SIZE.pack(len(saved)))
                file.write(saved)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_header(file: IO[bytes], path: Path) -> Session:
    """Return what stands at the beginning of a file.

    Raises:
        ValueError: It is none of these.
    """
    header = file.read(_HEADER.size)
    if len(header) == _HEADER.size:
        magic, version, number, alignment, pid, created, parts = _HEADER.unpack(header)
        sound = number < len(FORMS) and 0 < alignment < 1 << 48 and not alignment & (alignment - 1)
        if (magic, version) == (_MAGIC, _VERSION) and sound:
            return Session(list(FORMS)[number], alignment, pid, created, parts)
    raise _strange(path)


def load(looks: native.Values, session: Session, file: IO[bytes], path: Path) -> None:
    """Take the numbers of a file whose header was read.

    Raises:
        ValueError: It is broken.
    """
    try:
        for _ in range(session.parts):
            (size,) = _SIZE.unpack(file.read(_SIZE.size))
            if size > _LARGEST:
                raise _strange(path)
            looks.load_part(file.read(size))
        looks.loaded()
        if file.read(1):
            raise _strange(path)
    except struct.error:
        raise _strange(path) from None
    except ValueError as wrong:
        raise _strange(path) from wrong


def _strange(path: Path) -> ValueError:
    return ValueError(f"file must be one that Values.save() wrote, unlike {str(path)!r}")
