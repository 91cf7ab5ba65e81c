"""SparseGrid: a spreadsheet's cells in one huge reservation."""

from __future__ import annotations

from ntpages import arguments
from ntpages.arguments import ADDRESS_SPACE, PAGE
from ntpages.owner import Owner
from ntpages.sparse.buffer import SparseBuffer

__all__ = ["SparseGrid"]


class SparseGrid(Owner):
    """Cells of one size, row by row in one huge reservation, committed when they are written.

    A page of 4096 bytes is committed and decommitted as a whole, so small cells share the fate of
    their neighbours in the row: of 1024-byte cells four, x from ``x // 4 * 4`` on. A cell whose
    page is committed reads as empty until it is written.
    """

    __slots__ = ("_buffer", "_view", "cell_size", "columns", "rows")

    def __init__(self, columns: int, rows: int, cell_size: int = 1024) -> None:
        """Reserve a grid, with nothing committed.

        Args:
            columns: Cells in a row, above 0.
            rows: Rows, above 0.
            cell_size: Bytes, above 0.

        Raises:
            ValueError: An argument is not above 0, or the grid larger than an address space.
            OutOfMemoryError: There is not so much free address space in one piece.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        self.columns = arguments.integer("columns", columns, least=1, most=ADDRESS_SPACE)
        self.rows = arguments.integer("rows", rows, least=1, most=ADDRESS_SPACE)
        self.cell_size = arguments.size("cell_size", cell_size)
        arguments.size("columns * rows * cell_size", self.size)
        self._buffer = SparseBuffer(self.size, chunk=PAGE, ahead=0)
        self._view = memoryview(self._buffer)

    def __repr__(self) -> str:
        """Return where the grid lies, and its shape."""
        shape = f"{self.columns} x {self.rows} cells of {self.cell_size} bytes"
        try:
            return f"<SparseGrid at {self.address:#x}: {shape}>"
        except ValueError:
            return f"<SparseGrid: {shape}, closed>"

    @property
    def size(self) -> int:
        """Bytes of all cells together."""
        return self.columns * self.rows * self.cell_size

    @property
    def committed(self) -> int:
        """Bytes that are committed, a whole number of pages."""
        return self._buffer.committed

    @property
    def address(self) -> int:
        """Where cell (0, 0) begins."""
        return self._buffer.address

    def address_of(self, x: int, y: int) -> int:
        """Return where a cell begins.

        Args:
            x: Column, from 0.
            y: Row, from 0.

        Raises:
            IndexError: There is no such cell.
        """
        return self.address + self._offset(x, y)

    def write(self, x: int, y: int, text: str | bytes) -> None:
        """Write a cell: its page is committed if it was not, and the rest of the cell cleared.

        Args:
            x: Column, from 0.
            y: Row, from 0.
            text: What the cell shall hold: text, kept as UTF-8, or bytes.

        Raises:
            IndexError: There is no such cell.
            ValueError: ``text`` does not fit, or is a string with a NUL, which ends text.
            OutOfMemoryError: The commit limit is reached.

        Source: as ``SparseBuffer.commit()``.
        """
        offset = self._offset(x, y)
        if isinstance(text, str):
            data = arguments.text("text", text).encode()
        else:
            data = bytes(arguments.buffer("text", text))
        if len(data) > self.cell_size:
            msg = f"text must be at most {self.cell_size} bytes, not {len(data)}"
            raise ValueError(msg)
        if isinstance(text, str) and "\0" in text:
            msg = f"text must hold no NUL, as at index {text.index(chr(0))}"
            raise ValueError(msg)
        # A blind write would do; but where memory runs out, this is an error and that a crash.
        self._buffer.commit(offset, self.cell_size)
        self._view[offset : offset + self.cell_size] = data.ljust(self.cell_size, b"\0")

    def read(self, x: int, y: int) -> str:
        """Return a cell's text, up to its first NUL.

        Args:
            x: Column, from 0.
            y: Row, from 0.

        Raises:
            IndexError: There is no such cell.
            LookupError: The cell's memory is not committed: neither it nor a neighbour in its
                page was written since it was last released.
            UnicodeDecodeError: The cell holds bytes that are no UTF-8.
            InvalidAddressError: A page of it was protected against reading.

        Source: as ``SparseBuffer.peek()``.
        """
        return self.read_bytes(x, y).split(b"\0", 1)[0].decode()

    def read_bytes(self, x: int, y: int) -> bytes:
        """Return all bytes of a cell.

        Args:
            x: Column, from 0.
            y: Row, from 0.

        Raises:
            IndexError: There is no such cell.
            LookupError: The cell's memory is not committed; see ``read()``.
            InvalidAddressError: A page of it was protected against reading.

        Source: as ``SparseBuffer.peek()``.
        """
        data = self._buffer.peek(self._offset(x, y), self.cell_size)
        if data is None:
            msg = f"cell ({x}, {y}) was never written, or released: its memory is not committed"
            raise LookupError(msg)
        return data

    def cell(self, x: int, y: int) -> memoryview:
        """Return a cell as a writable view, for those who touch blindly: that commits it.

        Args:
            x: Column, from 0.
            y: Row, from 0.

        Raises:
            IndexError: There is no such cell.
        """
        offset = self._offset(x, y)
        return self._view[offset : offset + self.cell_size]

    def release(self, x: int, y: int) -> int:
        """Give back the pages that a cell lies in, with the neighbours that lie there too.

        Args:
            x: Column, from 0.
            y: Row, from 0.

        Returns:
            Bytes decommitted.

        Raises:
            IndexError: There is no such cell.

        Source: as ``SparseBuffer.decommit()``.
        """
        offset = self._offset(x, y)
        first = offset // PAGE * PAGE
        last = min(-(-(offset + self.cell_size) // PAGE) * PAGE, self.size)
        return self._buffer.decommit(first, last - first)

    def release_all(self) -> int:
        """Give back every cell. Addresses stay as they are.

        Returns:
            Bytes decommitted.

        Source: as ``SparseBuffer.decommit()``.
        """
        return self._buffer.decommit()

    def close(self) -> None:
        """Free the grid. Closing twice is harmless.

        Raises:
            BufferError: A view from ``cell()`` is still in use.

        Source: as ``SparseBuffer.close()``.
        """
        self._view.release()
        self._buffer.close()

    def _offset(self, x: int, y: int) -> int:
        x, y = arguments.integer("x", x), arguments.integer("y", y)
        if not (0 <= x < self.columns and 0 <= y < self.rows):
            cell = f"({arguments.digits(x)}, {arguments.digits(y)})"
            msg = f"cell {cell} is outside a grid of {self.columns} x {self.rows}"
            raise IndexError(msg)
        return (y * self.columns + x) * self.cell_size
