"""Micro Excel: a gigabyte of cells, and memory for the pages that hold one.

``python -m ntpages.examples.micro_excel`` opens a small dialog on a grid of 1024 x 1024 cells of
1 KiB. Write to cell (0, 0): 4 KB are committed, a page of four cells. Write to (1, 0): still 4 KB.
What will (0, 1) do? Reading a cell without memory is an error, and so is a cell out of range.
"""

from __future__ import annotations

import tkinter as tk
from contextlib import closing, suppress
from tkinter import messagebox, ttk
from typing import TYPE_CHECKING

from ntpages.errors import OutOfMemoryError
from ntpages.sparse import SparseGrid

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Dialog", "Sheet", "main"]

COLUMNS, ROWS, CELL_SIZE = 1024, 1024, 1024
REFRESH = 500  # milliseconds between looks at what is committed


class Sheet:
    """What the dialog shows and does, without the dialog."""

    def __init__(self) -> None:
        """Reserve the cells."""
        self.grid = SparseGrid(COLUMNS, ROWS, CELL_SIZE)

    @property
    def status(self) -> str:
        """What the cells could take, and what they do."""
        return f"Total: {self.grid.size >> 10} KB    Committed: {self.grid.committed >> 10} KB"

    @property
    def address(self) -> str:
        """Where the cells begin."""
        return f"0x{self.grid.address:016X}"

    def locate(self, x: str, y: str) -> tuple[int, int]:
        """Return the cell that two fields name.

        Raises:
            IndexError: They name none.
        """
        try:
            cell = int(x), int(y)
            self.grid.address_of(*cell)
        except (ValueError, IndexError) as error:
            msg = f"Indices out of range: X is 0 to {COLUMNS - 1}, Y is 0 to {ROWS - 1}"
            raise IndexError(msg) from error
        return cell

    def cell_address(self, x: str, y: str) -> str:
        """Return where a cell begins, or nothing if the fields name none."""
        try:
            return f"0x{self.grid.address_of(*self.locate(x, y)):016X}"
        except IndexError:
            return ""

    def close(self) -> None:
        """Free the cells."""
        self.grid.close()


class Dialog(ttk.Frame):
    """The dialog. Every field and button has its letter: Alt with it goes there."""

    def __init__(self, window: tk.Tk, sheet: Sheet) -> None:
        """Fill a window."""
        super().__init__(window, padding=12)
        self._sheet = sheet
        self._x = tk.StringVar(self, "0")
        self._y = tk.StringVar(self, "0")
        self._cell_address = tk.StringVar(self)
        self._status = tk.StringVar(self)
        self._address = tk.StringVar(self, sheet.address)
        self._layout()
        self._refresh()
        self.grid()

    def _layout(self) -> None:
        ttk.Label(self, text="Address:").grid(row=0, column=0, sticky="w")
        ttk.Entry(self, textvariable=self._address, state="readonly").grid(
            row=0, column=1, columnspan=3, sticky="ew"
        )
        self._field("Cell X:", self._x, column=0)
        self._field("Cell Y:", self._y, column=2)
        ttk.Label(self, text="Cell address:").grid(row=2, column=0, sticky="w")
        ttk.Entry(self, textvariable=self._cell_address, state="readonly").grid(
            row=2, column=1, columnspan=3, sticky="ew"
        )
        self._text = tk.Text(self, width=48, height=8, wrap="word", undo=True)
        self._text.grid(row=3, column=0, columnspan=4, pady=8, sticky="ew")
        self._reach("t", self._text)
        buttons = (("Write", self.write), ("Read", self.read), ("Release", self.release))
        for column, (name, command) in enumerate((*buttons, ("Release All", self.release_all))):
            underline = {"Release": 2, "Release All": 8}.get(name, 0)
            button = ttk.Button(self, text=name, command=command, underline=underline)
            button.grid(row=4, column=column, sticky="ew", padx=2)
            self._bind(name[underline], button.invoke)
        ttk.Label(self, textvariable=self._status).grid(
            row=5, column=0, columnspan=4, sticky="w", pady=(8, 0)
        )

    def _field(self, name: str, value: tk.StringVar, *, column: int) -> None:
        ttk.Label(self, text=name, underline=5).grid(row=1, column=column, sticky="w")
        field = ttk.Spinbox(self, textvariable=value, from_=0, to=COLUMNS - 1, width=8)
        field.grid(row=1, column=column + 1, sticky="w", pady=4)
        self._reach(name[5], field)

    def _reach(self, letter: str, widget: tk.Widget) -> None:
        def go() -> None:
            widget.focus_set()
            if isinstance(widget, ttk.Entry):
                widget.selection_range(0, "end")

        self._bind(letter, go)

    def _bind(self, letter: str, action: Callable[[], object]) -> None:
        def act(_: object) -> str:
            action()
            return "break"  # the letter is no text

        self.winfo_toplevel().bind(f"<Alt-{letter.lower()}>", act)

    def _refresh(self) -> None:
        self._cell_address.set(self._sheet.cell_address(self._x.get(), self._y.get()))
        self._status.set(self._sheet.status)
        self.after(REFRESH, self._refresh)

    def _with_cell(self, action: Callable[[int, int], object]) -> None:
        """Do something with the chosen cell; what goes wrong is told in a box."""
        try:
            action(*self._sheet.locate(self._x.get(), self._y.get()))
        except (LookupError, ValueError, OutOfMemoryError) as error:
            messagebox.showwarning("Micro Excel", str(error), parent=self)

    def write(self) -> None:
        """Write the text to the cell, committing its page if need be."""
        text = self._text.get("1.0", "end-1c")
        self._with_cell(lambda x, y: self._sheet.grid.write(x, y, text))

    def read(self) -> None:
        """Show the cell's text."""
        self._with_cell(lambda x, y: self._text.replace("1.0", "end", self._sheet.grid.read(x, y)))

    def release(self) -> None:
        """Give back the cell's page, with its neighbours."""
        self._with_cell(self._sheet.grid.release)

    def release_all(self) -> None:
        """Give back every cell."""
        self._sheet.grid.release_all()


def main() -> None:
    """Open the dialog, and stay until it is closed."""
    window = tk.Tk()
    window.title("Micro Excel")
    window.resizable(width=False, height=False)
    with closing(Sheet()) as sheet:
        Dialog(window, sheet)
        with suppress(KeyboardInterrupt):
            window.mainloop()


if __name__ == "__main__":
    main()
