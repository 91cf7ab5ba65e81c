"""Arrays over sparse memory, written to files: the kernel reads what nobody has touched."""

from __future__ import annotations

import io
import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import sparse
from ntpages.errors import OutOfMemoryError
from ntpages.processes import Process
from ntpages.regions import Region
from sparse.touching import CHUNK, MIB, PAGE

np = pytest.importorskip("numpy")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def spotted() -> Any:
    """3 MiB and a little, of which two chunks are touched, one of them amid."""
    array = sparse.array((3, (MIB + PAGE) // 4), np.int32, ahead=0)
    array[0, 5], array[1, 7 * CHUNK // 4 + 1] = -7, 9
    return array


def committed(array: Any) -> int:
    return sparse.buffer_of(array).committed


def through(path: Path, array: Any) -> Any:
    np.save(path, array)
    return np.load(f"{path}.npy")


def in_pieces(path: Path, array: Any) -> Any:
    with path.open("wb", buffering=0) as file:
        array.tofile(file)
    return np.fromfile(path, array.dtype).reshape(array.shape)


def by_name(path: Path, array: Any) -> Any:
    array.tofile(os.fspath(path))
    return np.fromfile(path, array.dtype).reshape(array.shape)


def beside_others(path: Path, array: Any) -> Any:
    np.savez(path, array=array)
    return np.load(f"{path}.npz")["array"]


def into_memory(path: Path, array: Any) -> Any:
    file = io.BytesIO()
    array.tofile(file)
    path.write_bytes(file.getvalue())
    return np.fromfile(path, array.dtype).reshape(array.shape)


def pickled(path: Path, array: Any) -> Any:
    with path.open("wb") as file:
        pickle.dump(array, file, 5)
    with path.open("rb") as file:
        return pickle.load(file)


def dumped(path: Path, array: Any) -> Any:
    array.dump(path)
    return np.load(path, allow_pickle=True)


WAYS = [through, in_pieces, by_name, beside_others, into_memory, pickled, dumped]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize(
    "part",
    [
        lambda array: array,
        lambda array: array[1, 3:],
        lambda array: array.T,
        lambda array: array[:, ::5],
        lambda array: array[::-1],
        lambda array: array[0, :0],
    ],
    ids=["whole", "inner", "transposed", "stepped", "reversed", "empty"],
)
def test_what_is_written_is_what_the_array_holds(
    tmp_path: Path, way: Callable[[Path, Any], Any], part: Callable[[Any], Any]
) -> None:
    array = part(spotted())
    found = way(tmp_path / "file", array)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, np.array(array))


@pytest.mark.parametrize("way", [through, in_pieces, by_name, into_memory])
def test_writing_commits_nothing(tmp_path: Path, way: Callable[[Path, Any], Any]) -> None:
    array = spotted()
    before = committed(array)
    way(tmp_path / "file", array)
    way(tmp_path / "file", array[1:])
    assert committed(array) == before == 2 * CHUNK
    assert sparse.buffer_of(array).decommit() == before  # nor does it keep what was there


def test_text_is_written_as_numpy_writes_it(tmp_path: Path) -> None:
    array = sparse.array(4, "i4")
    array[1] = 5
    array.tofile(tmp_path / "text", ",", "%d")
    assert (tmp_path / "text").read_text() == "0,5,0,0"


def test_a_file_that_takes_little_at_a_time_gets_all(tmp_path: Path) -> None:
    class Slow(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(data[:70_001])

    array, file = spotted(), Slow()
    array.tofile(file)
    array.tofile(tmp_path / "file")
    assert file.getvalue() == (tmp_path / "file").read_bytes()


def test_a_file_that_refuses_is_an_error() -> None:
    with io.BytesIO() as file:
        pass
    with pytest.raises(ValueError, match="closed file"):
        spotted().tofile(file)


def test_what_is_worked_out_is_an_ordinary_array() -> None:
    array = spotted()
    assert type(array + 1) is np.ndarray
    assert isinstance(array.sum(), np.integer)
    assert isinstance(np.add.reduce(array[0]), np.integer)
    assert type(pickle.loads(pickle.dumps(array))) is np.ndarray
    same = array
    same += 1
    assert same is array
    assert type(array[1:]) is type(array)


def test_an_array_that_was_copied_is_written_by_numpy(tmp_path: Path) -> None:
    array = spotted().copy()
    np.testing.assert_array_equal(through(tmp_path / "file", array), array)


# ---- ntpages's own calls -------------------------------------------------------------------------


def test_a_process_is_read_into_untouched_memory_and_written_from_it() -> None:
    with Process(os.getpid()) as process, Region(4 * PAGE) as region:
        with memoryview(region) as view:
            view[:] = b"\x01" * len(view)
        array: Any = sparse.array(1 << 20, "u1", ahead=0)
        assert process.read_into(region.address, array[CHUNK - 5 : CHUNK + 5]) == 10
        assert array[CHUNK - 6 : CHUNK + 6].tolist() == [0] + [1] * 10 + [0]
        assert committed(array) == 2 * CHUNK

        process.write(region.address, array[5 * CHUNK : 5 * CHUNK + PAGE])
        with memoryview(region) as view:
            assert view[:PAGE] == bytes(PAGE)
            assert view[PAGE] == 1
        assert sparse.buffer_of(array).decommit() == 3 * CHUNK  # what was kept for it is let go


def test_memory_that_can_t_be_had_for_it_is_said_to_be_that() -> None:
    with Process(os.getpid()) as process, Region(PAGE) as region:
        array: Any = sparse.array(4 * CHUNK, "u1", limit=CHUNK)
        with pytest.raises(OutOfMemoryError, match="its limit is"):
            process.read_into(region.address, array)


# ---- What can't be caught ------------------------------------------------------------------------


def test_the_kernel_refuses_before_it_touches_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(100)))
    array: Any = sparse.array(1 << 20, "u1")
    buffer = sparse.buffer_of(array)
    with (tmp_path / "file").open("rb", buffering=0) as file:
        with pytest.raises(OSError, match="Invalid argument"):
            file.readinto(array)
        assert (file.tell(), buffer.committed) == (0, 0)
        with buffer.reading(0, 100) as view:
            assert file.readinto(view) == 100
    assert array[:100].tolist() == list(range(100))
