"""SparseArray: what NumPy's array needs to know where its memory is sparse. Imports NumPy."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ntpages.sparse.array import buffer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntpages.sparse.buffer import SparseBuffer

__all__ = ["SparseArray"]

_PIECE = 1 << 20  # bytes that are written to a file at a time
_ZEROS = memoryview(bytes(_PIECE))


class SparseArray(np.ndarray[Any, np.dtype[Any]]):
    """An array whose memory is committed where it is touched, and which can be written to files.

    A file is written by the kernel, whose touches nobody serves. So ``tofile()``, and with it
    ``numpy.save()``, goes through the array in pieces. Where its items lie side by side that
    commits none of it; those of a slice with gaps are copied, and so touched.
    """

    def tofile(self, fid: Any, sep: str = "", format: str = "%s") -> None:  # noqa: A002 (NumPy's)
        """Write the items to a file, as ``numpy.ndarray.tofile`` does, in pieces.

        Args:
            fid: An open file, or the path of one to write.
            sep: What to write between items as text; empty to write them as they are in memory.
            format: Of an item as text.

        Raises:
            OSError: The file can't be opened, or written.
        """
        buffer = None if sep else _buffer_of(self)
        if buffer is None:
            super().tofile(fid, sep, format)
            return
        is_path = isinstance(fid, (str, bytes, os.PathLike))
        with Path(os.fsdecode(fid)).open("wb") if is_path else nullcontext(fid) as file:
            for piece in _pieces(self, buffer):
                _write(file, piece)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle it as an array of ordinary memory, by a copy of its bytes."""
        del protocol  # from 5 on, it would lend them to the file that is written
        return self.view(np.ndarray).__reduce__()

    def __array_wrap__(self, array: Any, context: Any = None, *is_scalar: bool) -> Any:
        """What is worked out from it is no sparse array, unless it was told to be put into one."""
        del context
        if array is self:
            return array
        plain = array.view(np.ndarray)
        return plain[()] if any(is_scalar) or plain.ndim == 0 else plain


def _buffer_of(array: SparseArray) -> SparseBuffer | None:
    try:
        return buffer_of(array)
    except ValueError:  # a copy, say, or what an index with an array picked
        return None


def _pieces(array: SparseArray, buffer: SparseBuffer) -> Iterator[memoryview]:
    """The bytes of an array in C order."""
    if not array.flags.c_contiguous:  # NumPy copies them, and so touches them itself
        items = max(_PIECE // array.itemsize, 1)
        parts: Any = np.nditer(
            array,
            flags=["external_loop", "buffered", "zerosize_ok"],
            buffersize=items,
            order="C",
        )
        for part in parts:
            yield memoryview(part.tobytes())
        return
    start = array.__array_interface__["data"][0] - buffer.address
    for span in buffer.spans():
        first, last = max(start, span.offset), min(start + array.nbytes, span.offset + span.size)
        for at in range(first, last, _PIECE):
            size = min(_PIECE, last - at)
            if not span.committed:
                yield _ZEROS[:size]
                continue
            with buffer.reading(at, size) as view:
                yield view


def _write(file: Any, piece: memoryview) -> None:
    while piece:  # a file without a buffer may write less than it is given
        written = file.write(piece)
        piece = piece[len(piece) if written is None else written :]
