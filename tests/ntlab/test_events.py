"""The model of the kernel's conditions, asked as Windows would be."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ntpages._native import guard as native_guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

pytestmark = pytest.mark.lab

SYNCHRONIZE, MODIFY = 0x0010_0000, 0x0002
DENIED, NOT_FOUND, INVALID, NULL = 0xC0000022, 0xC0000034, 0xC000000D, 0xC0000005


class Text(ctypes.Structure):
    _fields_ = (("size", ctypes.c_uint16), ("room", ctypes.c_uint16), ("text", ctypes.c_wchar_p))


class Attributes(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_uint32),
        ("root", ctypes.c_void_p),
        ("name", ctypes.POINTER(Text)),
        ("attributes", ctypes.c_uint32),
        ("security", ctypes.c_void_p),
        ("quality", ctypes.c_void_p),
    )


@pytest.fixture
def opened(lab: Lab) -> Callable[..., tuple[int, int]]:
    lab.model("events")
    function = lab.reach("NtOpenEvent", "ntdll.dll")

    def ask(path: str, access: int = SYNCHRONIZE, length: int = 48) -> tuple[int, int]:
        handle = ctypes.c_void_p()
        text = Text(2 * len(path), 2 * len(path), path)
        attributes = Attributes(length, None, ctypes.pointer(text), 0x40, None, None)
        status = function(ctypes.byref(handle), access, ctypes.byref(attributes))
        return status & 0xFFFFFFFF, handle.value or 0

    return ask


def test_a_condition_is_opened_in_any_case_of_letters_to_wait_for(
    opened: Callable[..., tuple[int, int]],
) -> None:
    close = ctypes.WinDLL("kernel32").CloseHandle
    for path in (r"\KernelObjects\LowMemoryCondition", r"\kernelobjects\maximumcommitcondition"):
        status, handle = opened(path)
        assert status == 0
        assert close(ctypes.c_void_p(handle))


def test_what_windows_refuses_is_refused(opened: Callable[..., tuple[int, int]], lab: Lab) -> None:
    path = r"\KernelObjects\LowMemoryCondition"
    assert opened(path, SYNCHRONIZE | MODIFY) == (DENIED, 0)
    assert opened(r"\KernelObjects\NoSuchCondition") == (NOT_FOUND, 0)
    assert opened(path, length=40) == (INVALID, 0)
    function = lab.reach("NtOpenEvent", "ntdll.dll")
    assert function(0, SYNCHRONIZE, 0) & 0xFFFFFFFF == NULL


def test_a_condition_holds_when_a_test_says_so_and_for_whoever_has_opened_it(lab: Lab) -> None:
    events = lab.model("events")
    vigils = [native_guard.Vigil(["LowMemoryCondition", "HighCommitCondition"]) for _ in range(2)]
    assert [each.look() for each in vigils] == [[], []]
    events.hold("HighCommitCondition")
    assert [each.look() for each in vigils] == [[1], [1]]
    events.hold("HighCommitCondition", held=False)
    assert [each.look() for each in vigils] == [[], []]
    with pytest.raises(LookupError):
        events.hold("NoSuchCondition")
