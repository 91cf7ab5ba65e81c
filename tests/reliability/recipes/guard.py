"""A wait for the kernel's conditions, and a notification: some look at it, and some end it."""

from __future__ import annotations

from ntpages._native import guard as native_guard
from reliability.racing import Race, race


@race("guard.Vigil")
def vigil() -> Race:
    waiting = native_guard.Vigil(["LowMemoryCondition", "HighMemoryCondition"])

    def stop(_: int) -> None:
        waiting.stop()
        assert waiting.wait(10_000)  # from now on no wait takes its time

    return Race((lambda _: waiting.look(), lambda _: waiting.wait(0), stop))


@race("guard.Notice", "notices")
def notice() -> Race:
    shown = native_guard.Notice()
    uses = (lambda _: shown.show("a race", "words", 0), lambda _: shown.wait(0))
    return Race(uses, lambda _: shown.close(), lambda: shown.wait(60_000))
