"""Prefetching what lends its memory: mapped files above all."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import pytest

from ntpages.errors import NtError
from ntpages.regions import Region, prefetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntlab import Lab

PAGE = 4096
SIZE = 64 * PAGE


@pytest.fixture
def mapped(tmp_path: Path) -> Iterator[mmap.mmap]:
    """A file, mapped to be read."""
    path = tmp_path / "mapped"
    path.write_bytes(bytes(range(256)) * (SIZE // 256))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view


def asked(lab: Lab) -> list[tuple[int, int]]:
    """The number of ranges, and the process, of each call."""
    calls = lab.calls("PrefetchVirtualMemory")
    return [(call.arguments[1], call.arguments[0]) for call in calls]


def test_a_mapped_file_is_prefetched_whole(lab: Lab, mapped: mmap.mmap) -> None:
    lab.record("PrefetchVirtualMemory")
    prefetch(mapped)
    assert asked(lab) == [(1, 2**64 - 1)]
    assert mapped[:4] == b"\0\1\2\3"


def test_many_parts_of_many_files_are_one_call(lab: Lab, mapped: mmap.mmap) -> None:
    lab.record("PrefetchVirtualMemory")
    with memoryview(mapped) as whole, Region(SIZE) as region:
        parts = [whole[at : at + 100] for at in range(0, SIZE, 8 * PAGE)]
        prefetch(*parts, region, b"bytes are a buffer, too")
        for part in parts:
            part.release()
    assert asked(lab) == [(len(range(0, SIZE, 8 * PAGE)) + 2, 2**64 - 1)]


def test_what_is_empty_is_passed_over(lab: Lab) -> None:
    prefetch()
    prefetch(b"", bytearray())
    assert lab.count("PrefetchVirtualMemory") == 0


def test_what_is_no_buffer_is_named() -> None:
    with pytest.raises(TypeError, match=r"buffers\[1\] must be bytes or another buffer, not 5"):
        prefetch(b"words", 5)  # type: ignore[arg-type]


def test_what_is_not_in_one_piece_is_refused() -> None:
    with pytest.raises(BufferError):
        prefetch(memoryview(bytearray(100))[::2])


def test_a_refusal_is_an_error(lab: Lab) -> None:
    lab.fail("PrefetchVirtualMemory")
    with pytest.raises(NtError, match="PrefetchVirtualMemory"):
        prefetch(bytearray(100))


def test_a_buffer_is_let_go_of(mapped: mmap.mmap) -> None:
    buffer = bytearray(100)
    prefetch(buffer, mapped)
    buffer += b"longer"  # a buffer that is still lent can't be resized
    assert len(buffer) == 106
