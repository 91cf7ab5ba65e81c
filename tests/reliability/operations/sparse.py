"""Sparse buffers, grids, buffers that grow.

Nothing is touched blindly here: a touch that can't be served is an access violation, by design.
What is reserved is small: where its release is refused it stays, and every walk comes by.
"""

from __future__ import annotations

from pathlib import Path

from ntpages.sparse import GrowableBuffer, SparseBuffer, SparseGrid
from reliability.operations import Shared, life, operation, shared

MIB = 1 << 20


@operation()
def commit_and_decommit() -> list[int]:
    with SparseBuffer(1 << 30) as buffer:
        buffer.commit(5, MIB)
        return [buffer.committed, buffer.decommit(), buffer.committed]


@operation()
def trim() -> list[int]:
    with SparseBuffer(1 << 30, chunk=4096) as buffer:
        buffer.commit(0, MIB)
        with memoryview(buffer) as view:
            view[MIB // 2] = 1
        return [buffer.trim(), buffer.committed]


@operation()
def read_into() -> bytes | None:
    with SparseBuffer(1 << 30) as buffer:
        with (
            Path(__file__).open("rb", buffering=0) as file,
            buffer.reading(MIB, 3) as view,
        ):
            file.readinto(view)
        return buffer.peek(MIB, 3)


@operation()
def write_and_read_a_cell() -> list[object]:
    with SparseGrid(1024, 1024) as grid:
        grid.write(3, 4, "text")
        return [grid.read(3, 4), grid.committed, grid.release(3, 4), grid.committed]


@operation(absorbs={"VirtualAlloc": "near the commit limit, less is committed ahead"})
def append_and_truncate() -> list[object]:
    with GrowableBuffer(b"first", maximum=1 << 30) as buffer:
        buffer.append(bytes(MIB))
        buffer.extend(MIB)
        buffer.truncate(5)
        return [bytes(buffer), buffer.committed]


# Their lives take longer than others, and what one of them leaves shows after hundreds.
@life(cycles=3_000)
def sparse_buffer() -> None:
    with SparseBuffer(1 << 30) as buffer, memoryview(buffer) as view:
        view[MIB] = 1


@life(cycles=3_000)
def growable_buffer() -> None:
    with GrowableBuffer(b"bytes") as buffer:
        buffer.append(buffer)


@shared()
def buffer() -> Shared:
    return Shared(
        SparseBuffer(1 << 30, chunk=4096),
        (
            lambda buffer: buffer.commit(0, MIB),
            lambda buffer: buffer.decommit(MIB // 2, MIB),
            lambda buffer: buffer.trim(),
            lambda buffer: buffer.peek(MIB - 100, 200),
            lambda buffer: buffer.spans(),
            lambda buffer: memoryview(buffer)[5 * MIB],
        ),
        allowed=(BufferError,),
    )
