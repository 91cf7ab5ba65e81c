"""Waiting for one signal."""

from __future__ import annotations

from ntpages._native import system as native_system
from reliability.racing import Race, race


@race("system.MemoryNotification")
def memory_notification() -> Race:
    notification = native_system.MemoryNotification(low=False)
    return Race((lambda _: notification.wait(0),))
