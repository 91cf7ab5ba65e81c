"""Sparse memory: reserve much, touch anything, and pay only for what was touched.

On Windows an array is charged against the commit limit in full when it is made, touched or not.
The buffers here reserve address space, which is free, and a page is committed the moment anyone
touches it: Python, NumPy, C code, on any thread. After its first touch memory costs what any other
memory costs.

Four things to know:

- The kernel's own touches are not served: ``file.readinto``, ``file.write``, sockets and other
  system calls fail on memory that nobody touched. Hand them ``SparseBuffer.reading()``. ntpages's
  own calls need no such thing, nor do ``tofile()`` and ``numpy.save()`` of an ``array()``.
- A touch that can't be served, at the commit limit or at ``limit``, is an access violation, after
  one line on standard error. ``SparseBuffer.commit()`` ahead of it raises instead.
- ``faulthandler.enable()`` after the newest buffer was made prints a stack for every first touch
  (and goes on): enable it before, as pytest and ``python -X faulthandler`` do.
- A debugger that stops at first-chance access violations stops at every first touch: tell it to
  pass them on (``sxd av`` in WinDbg).

Source: ``VirtualAlloc``, ``VirtualFree`` (memoryapi.h), ``AddVectoredExceptionHandler``
(errhandlingapi.h), Windows XP.
"""

from __future__ import annotations

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages._native.sparse import Span
from ntpages.sparse.array import array, buffer_of, touched
from ntpages.sparse.buffer import SparseBuffer
from ntpages.sparse.grid import SparseGrid
from ntpages.sparse.growable import GrowableBuffer

__all__ = [
    "GrowableBuffer",
    "Span",
    "SparseBuffer",
    "SparseGrid",
    "array",
    "buffer_of",
    "touched",
]

__dir__ = __all__.copy
