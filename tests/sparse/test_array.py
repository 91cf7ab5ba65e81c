"""NumPy arrays over sparse memory."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import Any

import pytest

from ntpages import sparse
from ntpages.sparse import SparseBuffer
from sparse.touching import CHUNK, MIB, PAGE, TIB

np = pytest.importorskip("numpy")


def test_frombuffer_of_a_tebibyte_simply_works() -> None:
    array = np.frombuffer(SparseBuffer(TIB), np.float64)
    assert array.shape == (TIB // 8,)
    array[TIB // 16] = 1.5
    assert array[TIB // 16] == 1.5
    assert sparse.buffer_of(array).committed == CHUNK


def test_an_array_has_its_shape_and_type_and_starts_as_zeros() -> None:
    array = sparse.array((1 << 16, 1 << 20), np.int32)
    assert (array.shape, array.dtype) == ((1 << 16, 1 << 20), np.int32)
    assert array.flags.c_contiguous
    assert array.flags.writeable
    array[40_000, 7] = -5
    assert array[40_000].sum() == -5
    assert array[50_000, 3] == 0
    assert sparse.array(3).tolist() == [0.0, 0.0, 0.0]
    assert sparse.array((2, 0, 5)).shape == (2, 0, 5)


def test_kernels_touch_what_they_need() -> None:
    array = sparse.array((1 << 20, 1 << 17), "u1")
    buffer = sparse.buffer_of(array)
    array[5:9, :1000] = 7
    array[1 << 19] += array[6]
    assert array[1 << 19, :1001].sum() == 7 * 1000
    assert buffer.committed <= 16 * CHUNK


def test_chunk_ahead_and_limit_are_the_buffers() -> None:
    array = sparse.array(1 << 30, "u1", chunk=PAGE, ahead=0, limit=MIB)
    buffer = sparse.buffer_of(array[5:].reshape(-1, 1).T)
    assert (buffer.chunk, buffer.ahead, buffer.limit) == (PAGE, 0, MIB)


def test_the_buffer_can_t_be_closed_under_its_array_and_goes_with_it() -> None:
    array = sparse.array(1 << 30)
    buffer = sparse.buffer_of(array)
    with pytest.raises(BufferError):
        buffer.close()
    del array
    gc.collect()
    buffer.close()


def test_touched_parts_hold_everything_that_is_not_zero() -> None:
    array = sparse.array((1 << 15, 1 << 15), np.float64)  # 8 GiB
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 1 << 15, (2, 300))
    array[rows, columns] = np.arange(1, 301)
    buffer = sparse.buffer_of(array)
    before = buffer.committed
    expected = float(np.unique(np.stack([rows, columns]), axis=1).shape[1])
    assert sum(np.count_nonzero(part) for part in sparse.touched(array)) == expected
    assert sum(part.sum() for part in sparse.touched(array)) == array[rows, columns].sum()
    assert buffer.committed == before < 0.01 * array.nbytes


@pytest.mark.parametrize("itemsize", [1, 7, 12, 5000, 3 * CHUNK + 1])
def test_touched_parts_fit_items_of_any_size(itemsize: int) -> None:
    kind: Any = np.dtype(("u1", (itemsize,))) if itemsize == 1 else np.dtype(f"V{itemsize}")
    array = sparse.array(50 * CHUNK // itemsize + 10, kind, ahead=0)
    buffer = sparse.buffer_of(array)
    inner = array[3:-1]  # a view that begins and ends between chunks
    view = memoryview(buffer)
    for chunk in (0, 1, 7, 20, 49):
        view[chunk * CHUNK + 5] = 1
    parts = list(sparse.touched(inner))
    whole = inner.view("u1")
    seen = np.zeros(whole.size, bool)
    base = whole.__array_interface__["data"][0]
    for part in parts:
        start = part.__array_interface__["data"][0] - base
        assert not seen[start : start + part.nbytes].any(), "no item twice"
        seen[start : start + part.nbytes] = True
    for span in buffer.spans():
        first = span.offset - 3 * itemsize
        if span.committed and first + span.size > 0:
            assert seen[max(first, 0) : first + span.size].all()


def test_no_touched_part_is_empty() -> None:
    array = sparse.array(4 * CHUNK, ahead=0)
    array[0] = 1
    assert list(sparse.touched(array[CHUNK:])) == []


def test_arrays_of_other_memory_are_refused() -> None:
    with pytest.raises(ValueError, match="does not share the memory of a SparseBuffer"):
        sparse.buffer_of(np.zeros(3))
    with pytest.raises(ValueError, match="does not share the memory of a SparseBuffer"):
        list(sparse.touched(np.zeros(3)))
    with pytest.raises(ValueError, match="must be C-contiguous"):
        list(sparse.touched(sparse.array((4, 4)).T))


def test_arrays_of_python_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="OBJECT"):
        sparse.array(10, object)


def test_the_module_needs_no_numpy() -> None:
    code = "import sys; sys.modules['numpy'] = None; import ntpages.sparse as s; s.SparseBuffer(9)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    done = subprocess.run(
        [sys.executable, "-c", code + "; s.array(3)"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "ModuleNotFoundError" in done.stderr


def test_an_array_commits_ahead_as_a_buffer_does() -> None:
    array = sparse.array(MIB, "u1")
    with SparseBuffer(MIB) as buffer:
        assert (buffer.chunk, buffer.ahead, buffer.limit) == (CHUNK, 4 * MIB, None)
        theirs = sparse.buffer_of(array)
        assert (theirs.chunk, theirs.ahead, theirs.limit) == (CHUNK, 4 * MIB, None)
