"""The event log: its source, its words in the compiled half, and what is reported."""

from __future__ import annotations

import ctypes
import os
import winreg
from typing import TYPE_CHECKING

import pytest

from ntpages import _native
from ntpages.errors import NtError
from ntpages.guard import event_log
from ntpages.guard.event_log import EventLog
from ntpages.guard.messages import MESSAGES

if TYPE_CHECKING:
    from ntlab import Lab

SOURCE = f"ntpages-{os.getpid()}"
KEY = rf"SYSTEM\CurrentControlSet\Services\EventLog\Application\{SOURCE}"


def message(number: int, *gaps: str) -> str:
    """The words that the event viewer finds in the compiled half."""
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.LoadLibraryExW.restype = ctypes.c_void_p
    as_data = 2  # LOAD_LIBRARY_AS_DATAFILE
    module = kernel32.LoadLibraryExW(ctypes.c_wchar_p(_native.__file__), None, as_data)
    assert module
    words = ctypes.create_unicode_buffer(1000)
    flags = 0x800 | 0x2000  # FORMAT_MESSAGE_FROM_HMODULE, FORMAT_MESSAGE_ARGUMENT_ARRAY
    given = (ctypes.c_wchar_p * 2)(*gaps)
    length = kernel32.FormatMessageW(
        flags, ctypes.c_void_p(module), number, 0, words, len(words), given
    )
    kernel32.FreeLibrary(ctypes.c_void_p(module))
    assert length, ctypes.get_last_error()
    return words.value


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_compiled_half_has_the_words_of_every_kind(kind: str) -> None:
    expected = MESSAGES[kind].text.replace("%1", "for a reason").replace("%2", "a rule")
    assert message(MESSAGES[kind].id, "for a reason", "a rule") == f"{expected}\r\n"


def test_every_kind_has_a_number_of_its_own() -> None:
    assert len({each.number for each in MESSAGES.values()}) == len(MESSAGES)
    assert {each.type for each in MESSAGES.values()} == {1, 2, 4}


@pytest.mark.admin
def test_a_source_names_the_compiled_half_until_it_is_forgotten() -> None:
    event_log.register(SOURCE)
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY) as key:
        assert winreg.QueryValueEx(key, "EventMessageFile") == (_native.__file__, 2)
        assert winreg.QueryValueEx(key, "TypesSupported") == (7, 4)
    event_log.unregister(SOURCE)
    with pytest.raises(FileNotFoundError):
        winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY)
    event_log.unregister(SOURCE)  # which changes nothing


def test_notes_are_reported_with_their_type_id_and_words(lab: Lab) -> None:
    lab.record("ReportEventW")
    log = EventLog(SOURCE)
    log.note("backs off", "a rule", "for a reason")
    log.note("would run", "a rule", "which is only said")
    [call] = lab.calls()
    warning = 2
    assert call.arguments[1] & 0xFFFF == warning
    assert call.arguments[3] & 0xFFFF_FFFF == MESSAGES["backs off"].id
    assert call.arguments[5] & 0xFFFF == 2  # texts


def test_a_log_that_is_full_costs_a_guard_nothing(lab: Lab) -> None:
    lab.fail("ReportEventW", every=True)
    EventLog(SOURCE).note("fails", "", "for a reason")
    assert lab.refused == 1


def test_what_is_refused_is_an_error_of_the_call(lab: Lab) -> None:
    lab.fail("RegisterEventSourceW")
    with pytest.raises(NtError, match="RegisterEventSourceW failed"):
        _native.guard.report_event(SOURCE, 4, MESSAGES["ends"].id, [])
