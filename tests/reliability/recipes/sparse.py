"""Touches, commits and decommits of one buffer; growing."""

from __future__ import annotations

from ntpages._native import sparse as native_sparse
from ntpages.sparse import GrowableBuffer, SparseBuffer
from reliability.racing import Race, race
from reliability.recipes import PAGE, closed


@race("sparse.SparseBuffer")
def sparse_buffer() -> Race:
    buffer = SparseBuffer(1 << 24, chunk=PAGE, ahead=4 * PAGE)

    def touch(number: int) -> None:
        with memoryview(buffer) as view:
            for at in range(number, 1 << 20, 1 << 16):
                view[at] = number + 1
                assert view[at] in (0, number + 1)  # nobody else writes there; it may be given back

    def ends() -> None:
        if not buffer.closed:
            told = sum(span.size for span in buffer.spans() if span.committed)
            assert buffer.committed == told
            buffer.decommit()
            assert buffer.committed == 0
        closed(buffer)()

    return Race(
        (
            touch,
            lambda number: buffer.commit(number << 16, 1 << 16),
            lambda number: buffer.decommit(number << 16, 1 << 16),
            lambda _: buffer.trim(),
            lambda number: buffer.peek(number << 16, PAGE),
            lambda _: (buffer.committed, buffer.faults, buffer.spans()),
        ),
        close=lambda _: buffer.close(),
        ends=ends,
    )


@race("sparse.SparsePart")
def sparse_part() -> Race:
    buffer = SparseBuffer(1 << 20, chunk=PAGE)
    part = native_sparse.SparsePart(buffer, 3 * PAGE, 8)

    def use(number: int) -> None:
        with memoryview(part) as view:
            view[number] = number + 1
            buffer.trim()
            assert view[number] == number + 1

    return Race((use,), close=lambda _: buffer.close(), ends=closed(buffer))


@race("sparse.GrowableBuffer")
def growable_buffer() -> Race:
    buffer = GrowableBuffer(maximum=1 << 24)
    where: list[tuple[int, int]] = []

    def append(number: int) -> None:
        where.append((buffer.append(bytes([number + 1]) * 700), number))

    def ends() -> None:
        assert len({offset for offset, _ in where}) == len(where)
        with memoryview(buffer) as view:
            for offset, number in where:
                assert bytes(view[offset : offset + 700]) == bytes([number + 1]) * 700
        closed(buffer)()

    return Race((append, lambda _: buffer.extend(3), lambda _: buffer.committed), ends=ends)
