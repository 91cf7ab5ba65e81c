"""NumPy arrays over sparse memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages.arguments import ADDRESS_SPACE
from ntpages.sparse.buffer import SparseBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

__all__ = ["array", "buffer_of", "touched"]


def array(
    shape: int | Iterable[int],
    dtype: npt.DTypeLike = float,
    *,
    chunk: int = 64 * 1024,
    ahead: int = 4 * 1024 * 1024,
    limit: int | None = None,
) -> npt.NDArray[Any]:
    """Return a NumPy array of zeros that is committed where it is touched.

    Like ``numpy.zeros``, for shapes that the commit limit would refuse. The memory goes when the
    last array over it does. ``sparse.buffer_of(array)`` is its ``SparseBuffer``.

    ``numpy.save`` and ``tofile`` write it to a file, and commit nothing of it. Whatever else has
    the kernel read or fill untouched items fails, as said in ``SparseBuffer.reading()``: lend it
    ``sparse.buffer_of(array).reading()``.

    Args:
        shape: Items in each dimension.
        dtype: The type of an item; no Python objects.
        chunk: As for ``SparseBuffer``, and so are ``ahead`` and ``limit``.
        ahead: Bytes.
        limit: Bytes.

    Returns:
        A writable, C-contiguous array.

    Raises:
        ImportError: NumPy is not installed.
        ValueError: An argument breaks its rule, or ``dtype`` holds Python objects.
        OutOfMemoryError: There is not so much free address space in one piece.

    Source: as ``SparseBuffer``.
    """
    import numpy as np  # noqa: PLC0415 (NumPy is optional)

    from ntpages.sparse.ndarray import SparseArray  # noqa: PLC0415 (it needs NumPy)

    item = np.dtype(dtype)
    lengths = _lengths(shape)
    size = arguments.size("shape * itemsize", math.prod(lengths) * item.itemsize, least=0)
    if size == 0:
        return np.zeros(lengths, item)
    buffer = SparseBuffer(size, chunk=chunk, ahead=ahead, limit=limit)
    flat: npt.NDArray[Any] = np.frombuffer(memoryview(buffer), item)
    return flat.reshape(lengths).view(SparseArray)


def _lengths(shape: int | Iterable[int]) -> list[int]:
    try:
        iter(shape)  # type: ignore[arg-type]
    except TypeError:
        return [_length("shape", shape)]  # type: ignore[arg-type]
    return arguments.each("shape", shape, _length)  # type: ignore[arg-type]


def _length(name: str, value: int) -> int:
    return arguments.integer(name, value, least=0, most=ADDRESS_SPACE)


def buffer_of(array: npt.NDArray[Any]) -> SparseBuffer:
    """Return the buffer whose memory an array shares.

    Args:
        array: An array from ``array()``, ``numpy.frombuffer(SparseBuffer(...))``, or a view of
            one.

    Raises:
        ValueError: The array's memory is no SparseBuffer's.
    """
    holder: object = array
    while not isinstance(holder, SparseBuffer):
        if holder is None:
            msg = "the array does not share the memory of a SparseBuffer"
            raise ValueError(msg)
        holder = holder.obj if isinstance(holder, memoryview) else getattr(holder, "base", None)
    return holder


def touched(array: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
    """Yield the committed parts of an array, so that a reduction need not commit the rest.

    Reading an untouched item commits its memory like writing it does: ``array.sum()`` commits
    everything, ``sum(part.sum() for part in touched(array))`` nothing.

    Args:
        array: A C-contiguous array over a ``SparseBuffer``.

    Yields:
        One-dimensional views of the array, in order. Items outside them are zero.

    Raises:
        ValueError: The array's memory is no SparseBuffer's, or not contiguous.
    """
    buffer = buffer_of(array)
    if not array.flags.c_contiguous:
        msg = "the array must be C-contiguous"
        raise ValueError(msg)
    flat = array.reshape(-1)
    start = flat.__array_interface__["data"][0] - buffer.address
    last = 0
    for span in buffer.spans():
        if span.committed:
            first = max((span.offset - start) // flat.itemsize, last)
            last = min(-((start - span.offset - span.size) // flat.itemsize), flat.size)
            if first < last:
                yield flat[first:last]
