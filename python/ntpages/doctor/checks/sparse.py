"""Checks of memory that is committed when it is touched."""

from __future__ import annotations

import os
import tempfile

from ntpages import system
from ntpages.doctor.checks.check import Room, Seen, code_of
from ntpages.regions import Region
from ntpages.sparse import SparseBuffer

_room = Room("sparse")
CHECKS = _room.checks

_MIB = 1 << 20
_COMMITMENT_LIMIT = 1455


@_room.check()
def touch() -> Seen:
    """A touch is served by the exception handler, once for each chunk."""
    with SparseBuffer(1 << 30) as buffer:
        view = memoryview(buffer)
        view[0] = view[1] = view[512 * _MIB] = 1
        committed, faults = buffer.committed, buffer.faults
        view.release()
    return Seen(faults == 2 and 0 < committed <= 4 * _MIB, f"{faults} faults, {committed} bytes")


@_room.check()
def kernel_reads() -> Seen:
    """The kernel refuses to read a file into memory that nobody touched."""
    with tempfile.TemporaryFile(buffering=0) as file, SparseBuffer(1 << 30) as buffer:
        file.write(bytes(4096))
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        view = memoryview(buffer)[256 * _MIB : 256 * _MIB + 4096]
        try:
            said = f"{file.readinto(view)} bytes read"
        except OSError as error:
            said = f"errno {error.errno}"
        view.release()
    return Seen(said.startswith("errno"), said)


@_room.check()
def commit_limit() -> Seen:
    """Committing more than the commit limit is refused with error 1455."""
    beyond = 2 * system.memory().commit_limit
    code = code_of(lambda: Region(beyond).close())
    return Seen(code == _COMMITMENT_LIMIT, f"error {code} at {beyond} bytes")
