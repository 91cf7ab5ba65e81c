"""What only Windows can prove of sparse memory: what its kernel does with untouched pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntpages.sparse import SparseBuffer

pytestmark = pytest.mark.windows


def test_the_kernel_reads_into_lent_bytes_and_refuses_untouched_ones() -> None:
    with (
        SparseBuffer(1 << 20) as buffer,
        Path(__file__).open("rb", buffering=0) as file,
    ):
        with memoryview(buffer) as view, pytest.raises(OSError, match="Errno"):
            file.readinto(view[:3])
        with buffer.reading(0, 3) as view:
            assert file.readinto(view) == 3
        assert buffer.peek(0, 3) == b'"""'
