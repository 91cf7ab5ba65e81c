"""What does it cost to grow a buffer?"""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.sparse import GrowableBuffer

from .._bare import sparse as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

MIB = 1 << 20
GIB = 1 << 30
PIECE = bytes(range(256)) * 16


def _append(buffer: GrowableBuffer, size: int) -> GrowableBuffer:
    append = buffer.append
    for _ in range(size // len(PIECE)):
        append(PIECE)
    return buffer


def _add(buffer: bytearray, size: int) -> bytearray:
    for _ in range(size // len(PIECE)):
        buffer += PIECE
    return buffer


def _write(buffer: io.BytesIO, size: int) -> bytearray | memoryview:
    write = buffer.write
    for _ in range(size // len(PIECE)):
        write(PIECE)
    return buffer.getbuffer()


WAYS: dict[str, Callable[[int], Any]] = {
    "bare": lambda size: bare.append(bare.Committed(size), PIECE),
    "ntpages": lambda size: _append(GrowableBuffer(), size),
    "bytearray": lambda size: _add(bytearray(), size),
    "BytesIO": lambda size: _write(io.BytesIO(), size),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(16 * MIB, GIB)
def bench_append(race: Race, way: str, size: int) -> None:
    """How long does it take to append pieces of 4 KiB up to this size?"""
    race(
        lambda: WAYS[way](size),
        answer=lambda grown: grown if isinstance(grown, int) else len(grown),
        rounds=1 if size >= GIB and way in {"bytearray", "BytesIO"} else 5,
        note=lambda _: _peak(way) if way != "bare" else "",
    )


def _peak(way: str) -> str:
    """What a process of its own needs at most while it appends."""
    size = 16 * MIB
    script = f"""
import psutil
from ntpages.bench.sparse import bench_growable
process = psutil.Process()
before = process.memory_info().peak_wset
grown = bench_growable.WAYS[{way!r}]({size})
print((process.memory_info().peak_wset - before) / {size}, getattr(grown, "committed", 0) / {size})
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return "peak unknown: needs psutil"
    working_set, committed = map(float, done.stdout.split())
    of_it = f", committed {committed:.2f} x" if committed else ""
    return f"peak working set {working_set:.2f} x the data{of_it}"
