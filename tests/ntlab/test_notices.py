"""The model of the taskbar, asked as Windows would be."""

from __future__ import annotations

import ctypes
import threading
from ctypes import wintypes
from typing import TYPE_CHECKING

import pytest

from ntpages._native import guard as native_guard

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

ADD, DELETE = 0, 2
FLAGS = 1  # UOI_FLAGS
MESSAGE_ONLY = -3
DENIED, INVALID, NO_WINDOW, TIMEOUT, TOO_SMALL = 5, 87, 1400, 1460, 122


class Icon(ctypes.Structure):
    """NOTIFYICONDATAW."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("window", wintypes.HWND),
        ("id", wintypes.UINT),
        ("flags", wintypes.UINT),
        ("message", wintypes.UINT),
        ("icon", wintypes.HICON),
        ("tip", wintypes.WCHAR * 128),
        ("state", wintypes.DWORD * 2),
        ("text", wintypes.WCHAR * 256),
        ("version", wintypes.UINT),
        ("title", wintypes.WCHAR * 64),
        ("info", wintypes.DWORD),
        ("guid", ctypes.c_byte * 16),
        ("balloon", wintypes.HICON),
    )


@pytest.fixture
def window(lab: Lab) -> int:
    lab.model("notices")
    for library in ("user32", "shell32"):  # what nobody has loaded is looked up in vain
        ctypes.WinDLL(library)
    return made(lab, "STATIC")


def made(lab: Lab, kind: str) -> int:
    create = lab.reach("CreateWindowExW", "user32.dll")
    return create(0, ctypes.c_wchar_p(kind), 0, 0, 0, 0, 0, 0, MESSAGE_ONLY, 0, 0, 0)


def told(lab: Lab, message: int, icon: Icon) -> int:
    """0, or the code of the refusal."""
    done = lab.reach("Shell_NotifyIconW", "shell32.dll")(message, ctypes.byref(icon)) & 0xFFFFFFFF
    return 0 if done else ctypes.get_last_error()


@pytest.fixture
def notices(lab: Lab, window: int) -> Icon:
    assert lab.count("CreateWindowExW") == 1
    return Icon(size=ctypes.sizeof(Icon), window=window, text="words", title="who")


def test_an_icon_is_added_once_and_taken_away_once(lab: Lab, notices: Icon) -> None:
    assert ctypes.sizeof(Icon) == 976
    door = lab.model("notices")
    assert [told(lab, ADD, notices), told(lab, ADD, notices)] == [0, INVALID]
    assert [(each.title, each.text, each.gone) for each in door.shown] == [("who", "words", False)]
    assert [told(lab, DELETE, notices), told(lab, DELETE, notices)] == [0, INVALID]
    assert door.shown[0].gone


def test_what_windows_refuses_is_refused(lab: Lab, notices: Icon) -> None:
    without = Icon(size=ctypes.sizeof(Icon), window=0x7FFF_FFF0)
    assert told(lab, ADD, without) == NO_WINDOW
    notices.size -= 8
    assert told(lab, ADD, notices) == INVALID
    notices.size += 8
    lab.model("notices").seat(taskbar=False)
    assert told(lab, ADD, notices) == TIMEOUT


def test_a_window_is_of_a_known_kind_and_destroyed_once_by_its_thread(
    lab: Lab, window: int
) -> None:
    destroy = lab.reach("DestroyWindow", "user32.dll")
    elsewhere: list[tuple[int, int]] = []

    def try_it() -> None:
        elsewhere.append((destroy(window) & 1, ctypes.get_last_error()))

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join()
    assert elsewhere == [(0, DENIED)]
    assert destroy(window) & 1
    assert not destroy(window) & 1
    assert ctypes.get_last_error() == NO_WINDOW
    assert made(lab, "no such kind") == 0


def test_a_desktop_tells_whether_it_is_seen(lab: Lab) -> None:
    door = lab.model("notices")
    ctypes.WinDLL("user32")
    ask = lab.reach("GetUserObjectInformationW", "user32.dll")
    flags = (ctypes.c_uint32 * 3)()
    for visible in (True, False):
        door.seat(visible=visible)
        assert ask(1, FLAGS, flags, 12, 0)
        assert flags[2] == visible
    assert not ask(1, FLAGS, flags, 8, 0)
    assert ctypes.get_last_error() == TOO_SMALL


def test_the_session_is_the_one_that_a_test_says(lab: Lab) -> None:
    door = lab.model("notices")
    shown = native_guard.Notice()
    for session in (0, 2):
        door.seat(session=session)
        assert shown.show("who", "words", 0) is (session != 0)
