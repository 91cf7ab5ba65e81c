"""Files of values that looks have left: a session that goes on another day.

Public as ``ntpages.processes.Values.save()`` and ``load()``.
"""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from ntpages.processes.contents import CONTENTS, Contents
from ntpages.processes.kinds import FORMS
from ntpages.processes.numbers import Numbers

if TYPE_CHECKING:
    from ntpages._native import processes as native

__all__ = ["Session", "load", "read_header", "save"]

_MAGIC = b"NTPVALUE"
_HEADER = struct.Struct("<8sIIQQQQ")
_COUNT = struct.Struct("<I")
_KINDS = (*FORMS, *CONTENTS)
_NUMBERS, _CONTENTS = 1, 2  # versions: each is written for what older ones can't tell
_LONGEST = 256  # bytes of an encoding's name


class Session(NamedTuple):
    """What a file says of its values."""

    followed: Numbers | Contents
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
            followed, *told = session
            version = _NUMBERS if isinstance(followed, Numbers) else _CONTENTS
            file.write(_HEADER.pack(_MAGIC, version, _KINDS.index(followed.kind), *told))
            if isinstance(followed, Contents):
                file.write(_COUNT.pack(followed.ignore_case) + _COUNT.pack(len(followed.encodings)))
                for encoding in followed.encodings:
                    _write_block(file, encoding.encode())
            for part in range(session.parts):
                _write_block(file, looks.saved(part))
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
        sound = number < len(_KINDS) and 0 < alignment < 1 << 48 and not alignment & (alignment - 1)
        if magic == _MAGIC and sound:
            kind = _KINDS[number]
            if version == _NUMBERS and kind in FORMS:
                return Session(Numbers(kind), alignment, pid, created, parts)
            if version == _CONTENTS and kind in CONTENTS:
                followed = _read_contents(file, path, kind)
                return Session(followed, alignment, pid, created, parts)
    raise _strange(path)


def load(looks: native.Values, session: Session, file: IO[bytes], path: Path) -> None:
    """Take the values of a file whose header was read.

    Raises:
        ValueError: It is broken.
    """
    largest = os.fstat(file.fileno()).st_size
    try:
        for _ in range(session.parts):
            looks.load_part(_read_block(file, path, largest))
        looks.loaded()
        if file.read(1):
            raise _strange(path)
    except ValueError as wrong:
        raise _strange(path) from wrong


def _read_contents(file: IO[bytes], path: Path, kind: str) -> Contents:
    ignore_case, count = _read_count(file, path), _read_count(file, path)
    if ignore_case > 1 or (count != 0) != (kind == "text"):
        raise _strange(path)
    names = []
    try:
        for _ in range(count):
            names.append(_read_block(file, path, _LONGEST).decode())
            "".encode(names[-1])
    except (LookupError, ValueError):
        raise _strange(path) from None
    contents = Contents(kind, names, ignore_case=bool(ignore_case))
    if len(contents.encodings) != count:
        raise _strange(path)
    return contents


def _read_count(file: IO[bytes], path: Path) -> int:
    read = file.read(_COUNT.size)
    if len(read) != _COUNT.size:
        raise _strange(path)
    count: int
    (count,) = _COUNT.unpack(read)
    return count


def _read_block(file: IO[bytes], path: Path, largest: int) -> bytes:
    size = _read_count(file, path)
    if size > largest:
        raise _strange(path)
    return file.read(size)  # what is too short is refused as strange by who reads it


def _write_block(file: IO[bytes], block: bytes) -> None:
    file.write(_COUNT.pack(len(block)))
    file.write(block)


def _strange(path: Path) -> ValueError:
    return ValueError(f"file must be one that Values.save() wrote, unlike {str(path)!r}")
