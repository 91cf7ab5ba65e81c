"""What does a look of ``ntpages top`` take?"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import privileges
from ntpages._native import memory_lists, processes, system
from ntpages.errors import NtError

from ..processes.target import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

_QUESTIONS: tuple[Callable[[], object], ...] = (
    system.query_memory,
    system.query_fault_counters,
    memory_lists.query_memory_lists,
)
_SIZE = (120, 40)  # characters


def _bare() -> Callable[[], int]:
    """The questions alone, and nothing of what they answer."""
    known = processes.list_processes(full=False, limits=True, known_limits=None)

    def ask() -> int:
        for question in _QUESTIONS:
            with suppress(NtError):
                question()
        processes.list_processes(full=False, limits=True, known_limits=known)
        return 0

    return ask


def _asked() -> Callable[[], int]:
    from ntpages.cli.top.machine import Machine  # noqa: PLC0415 (only where it is measured)

    machine = Machine()
    last = machine.sample()

    def look() -> int:
        nonlocal last
        last = machine.sample(last)
        return 0

    return look


class _Screen:
    """The cockpit on a terminal that takes all that is written to it, and shows it nobody."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("textual")
        from textual import screen  # noqa: PLC0415
        from textual.drivers.headless_driver import HeadlessDriver  # noqa: PLC0415

        from ntpages.cli.top.cockpit import Cockpit  # noqa: PLC0415
        from ntpages.cli.top.machine import Machine  # noqa: PLC0415

        class Terminal(HeadlessDriver):
            """One that is drawn for."""

            @property
            def is_headless(self) -> bool:
                return False

        # What is to be drawn waits for no sixtieth of a second: that would be all that is measured.
        monkeypatch.setattr(screen, "UPDATE_PERIOD", 1e-4)
        self._loop = asyncio.new_event_loop()
        self._app = Cockpit(Machine(), every=1e6)
        self._app.driver_class = Terminal
        self._run = self._loop.create_task(self._app.run_async(size=_SIZE))
        self._loop.run_until_complete(self._begun())

    async def _begun(self) -> None:
        while not (self._app.screen_stack and self._app._running):
            await asyncio.sleep(0.01)
        await self._drawn()

    async def _drawn(self) -> None:
        drawn = asyncio.Event()
        self._app.call_after_refresh(drawn.set)
        await drawn.wait()

    async def _look(self) -> None:
        await self._app._look()
        await self._drawn()

    def look(self) -> int:
        """Look at the machine, and show what was seen."""
        self._loop.run_until_complete(self._look())
        return 0

    def close(self) -> None:
        """Leave it."""
        self._app.exit()
        self._loop.run_until_complete(self._run)
        self._loop.close()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Callable[[], int]]]:
    made: list[Any] = []

    def make() -> Callable[[], int]:
        made.append(_Screen(monkeypatch))
        return made[0].look  # type: ignore[no-any-return]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    yield crowd
    crowd.become(0)


@pytest.fixture(autouse=True)
def as_it_runs() -> Iterator[None]:
    with privileges.enabled_if_held("SeProfileSingleProcessPrivilege"):
        yield


@pytest.mark.parametrize("way", ["bare", "ntpages", "asking alone"])
@pytest.mark.sizes(10, 300)
def bench_look(
    race: Race, crowd: Crowd, way: str, size: int, screen: Callable[[], Callable[[], int]]
) -> None:
    """What does a look of the cockpit take at so many processes, with all that it draws?"""
    crowd.become(size)
    ways = {"bare": _bare, "ntpages": screen, "asking alone": _asked}
    race(ways[way]())
