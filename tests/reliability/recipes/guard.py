"""One wait for the kernel's conditions, which some look at and some end."""

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
