"""The Micro Excel example: its sheet, and its dialog pressed from inside."""

from __future__ import annotations

import tkinter as tk
from contextlib import closing
from tkinter import ttk
from typing import TYPE_CHECKING

import pytest

from ntpages.examples.micro_excel import Dialog, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sheet() -> Iterator[Sheet]:
    with closing(Sheet()) as made:
        yield made


def test_the_sheet_says_what_it_takes(sheet: Sheet) -> None:
    assert sheet.status == "Total: 1048576 KB    Committed: 0 KB"
    sheet.grid.write(0, 0, "first")
    assert sheet.status.endswith("Committed: 4 KB")
    sheet.grid.write(1, 0, "its neighbour")
    assert sheet.status.endswith("Committed: 4 KB")
    sheet.grid.write(0, 1, "a row further")
    assert sheet.status.endswith("Committed: 8 KB")


def test_the_sheet_says_where_a_cell_begins(sheet: Sheet) -> None:
    assert sheet.address == sheet.cell_address("0", "0") == f"0x{sheet.grid.address:016X}"
    assert int(sheet.cell_address("3", "2"), 16) == sheet.grid.address + (2 * 1024 + 3) * 1024
    assert sheet.cell_address("", "7") == sheet.cell_address("1024", "0") == ""


@pytest.mark.parametrize(("x", "y"), [("1024", "0"), ("0", "-1"), ("", "0"), ("one", "0")])
def test_fields_that_name_no_cell_are_out_of_range(sheet: Sheet, x: str, y: str) -> None:
    with pytest.raises(IndexError, match="Indices out of range: X is 0 to 1023, Y is 0 to 1023"):
        sheet.locate(x, y)


class Fingers:
    """Presses the dialog's buttons by their names, and reads what it shows."""

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog
        children = dialog.winfo_children()
        self.buttons = {
            str(each.cget("text")): each for each in children if isinstance(each, ttk.Button)
        }
        self.x, self.y = (each for each in children if isinstance(each, ttk.Spinbox))
        (self.text,) = (each for each in children if isinstance(each, tk.Text))

    def choose(self, x: int, y: int) -> None:
        self.x.set(x)
        self.y.set(y)

    def press(self, name: str) -> None:
        self.buttons[name].invoke()

    def type(self, text: str) -> None:
        self.text.delete("1.0", "end")
        self.text.insert("1.0", text)

    @property
    def shown(self) -> str:
        return self.text.get("1.0", "end-1c")


@pytest.fixture
def fingers(sheet: Sheet) -> Iterator[Fingers]:
    try:
        window = tk.Tk()
    except tk.TclError as error:
        pytest.skip(f"no windows here: {error}")
    yield Fingers(Dialog(window, sheet))
    window.destroy()


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the dialog complains about, instead of boxes that wait for someone."""
    told: list[str] = []
    monkeypatch.setattr(
        "tkinter.messagebox.showwarning", lambda _title, text, **_options: told.append(text)
    )
    return told


def test_what_is_written_is_read_back(fingers: Fingers, sheet: Sheet, warnings: list[str]) -> None:
    fingers.choose(1, 0)
    fingers.type("some text\nin two lines")
    fingers.press("Write")
    fingers.type("else")
    fingers.press("Read")
    assert fingers.shown == "some text\nin two lines"
    assert sheet.grid.read(1, 0) == "some text\nin two lines"
    assert warnings == []


def test_mistakes_are_told_in_a_box(fingers: Fingers, warnings: list[str]) -> None:
    fingers.press("Read")
    assert "memory is not committed" in warnings.pop()
    fingers.choose(0, 1024)
    fingers.press("Write")
    assert "out of range" in warnings.pop()
    fingers.choose(0, 0)
    fingers.type("x" * 1025)
    fingers.press("Write")
    assert "at most 1024 bytes" in warnings.pop()


def test_release_gives_back_a_page_and_release_all_the_rest(
    fingers: Fingers, sheet: Sheet, warnings: list[str]
) -> None:
    for x, y in ((0, 0), (1, 0), (0, 1)):
        fingers.choose(x, y)
        fingers.press("Write")
    fingers.choose(3, 0)
    fingers.press("Release")
    assert sheet.grid.committed == 4096
    fingers.press("Release All")
    assert sheet.grid.committed == 0
    assert warnings == []
