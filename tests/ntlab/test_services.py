"""The model of the service manager, asked as Windows would be."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ntpages._native import guard as native
from ntpages.errors import NtError

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

NOT_STARTED = 1063


def test_who_was_not_started_by_it_is_refused(lab: Lab) -> None:
    services = lab.model("services")
    with pytest.raises(NtError) as refused:
        native.begin_service("ntpages-test")
    assert refused.value.code == NOT_STARTED
    services.start()
    dispatch = lab.reach("StartServiceCtrlDispatcherW", "advapi32.dll")
    assert not dispatch((ctypes.c_void_p * 4)())  # an empty table
    assert not dispatch(None)


def test_a_word_of_nobody_is_refused(lab: Lab) -> None:
    services = lab.model("services")
    tell = lab.reach("SetServiceStatus", "advapi32.dll")
    assert not tell(0x1234, (ctypes.c_uint32 * 7)(0x10, 4))
    assert services.told == []
