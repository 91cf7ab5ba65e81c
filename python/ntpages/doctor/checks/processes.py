"""Checks of the process table, and of reading and writing other processes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ntpages.doctor.checks.check import Room, Seen, code_of
from ntpages.doctor.checks.child import child
from ntpages.processes import Process, list_processes
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

_room = Room("processes")
CHECKS = _room.checks

_PAGE = 4096
_PARTIAL_COPY = 299
_NOACCESS = 998
_KERNEL = 0xFFFF_8000_0000_0000


@contextmanager
def _opened() -> Iterator[tuple[Process, int]]:
    """A child, and the address of two pages in it."""
    with child() as pid, Process(pid) as process:
        yield process, process.allocate(2 * _PAGE)


@_room.check()
def table() -> Seen:
    """This process is in the table, with memory, threads and a time of start."""
    [own] = [row for row in list_processes() if row.pid == os.getpid()]
    holds = own.working_set > 0 and own.private > 0 and own.threads > 0 and own.started > 0
    said = (
        f"working set {own.working_set}, private {own.private}, "
        f"private working set {own.private_working_set}, threads {own.threads}"
    )
    return Seen(holds, said)


@_room.check()
def extended_table() -> Seen:
    """The extended table knows the same process ids."""
    full = {row.pid for row in list_processes(full=True)}
    return Seen(os.getpid() in full, f"{len(full)} processes")


@_room.check()
def reading() -> Seen:
    """What is written is read; a reserved page ends a read with error 299."""
    with _opened() as (process, address):
        process.write(address, b"words")
        same = process.read(address, 5) == b"words"
        process.decommit(address + _PAGE, _PAGE)
        code = code_of(lambda: process.read(address, 2 * _PAGE))
    return Seen(same and code == _PARTIAL_COPY, f"the same {same}, error {code}")


@_room.check()
def writing() -> Seen:
    """Writing to a read-only page is refused with error 998."""
    with _opened() as (process, address):
        process.protect(address, _PAGE, Protection.READONLY)
        code = code_of(lambda: process.write(address, b"x"))
    return Seen(code == _NOACCESS, f"error {code}")


@_room.check()
def partial_write() -> Seen:
    """A write over two pages, of which the second refuses, is told as refused."""
    with _opened() as (process, address):
        process.protect(address + _PAGE, _PAGE, Protection.READONLY)
        code = code_of(lambda: process.write(address + _PAGE - 4, b"abcdefgh"))
        done = process.read(address + _PAGE - 4, 4) == b"abcd"
    return Seen(code != 0, f"error {code}, the first part done {done}")


@_room.check()
def kernel_addresses() -> Seen:
    """The kernel's half of the address space is refused with error 998 or 299."""
    with _opened() as (process, _):
        code = code_of(lambda: process.read(_KERNEL, 8))
    return Seen(code in {_NOACCESS, _PARTIAL_COPY}, f"error {code}")


@_room.check()
def allocating() -> Seen:
    """Memory in a child lies where it was wished, is locked, reset and prefetched there."""
    alignment = 1 << 21
    with child() as pid, Process(pid) as process:
        address = process.allocate(2 * _PAGE, alignment=alignment, lowest=1 << 32)
        process.write(address, b"words")
        process.lock(address, _PAGE)
        process.unlock(address, _PAGE)
        code = code_of(lambda: process.unlock(address, _PAGE))
        process.reset(address, _PAGE)
        kept = process.undo_reset(address, _PAGE)
        process.prefetch([(address, 2 * _PAGE)])
    holds = address % alignment == 0 and address >= 1 << 32 and code != 0
    return Seen(holds, f"0x{address:012X}, error {code} of a second unlock, kept {kept}")
