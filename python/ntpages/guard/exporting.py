"""Exporting: the metrics of the machine that a guard hands on beside its rules."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from ntpages.guard.quantities import seconds
from ntpages.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.guard.problems import Section

__all__ = ["Exporting", "Exports", "read_exports"]


@dataclass(frozen=True, slots=True)
class Exports:
    """How a policy has metrics handed on: ``[metrics]``."""

    textfile: str = ""
    """The folder of windows_exporter's textfile collector; empty for none."""
    every: float = 15.0
    """Seconds between two files."""
    serve: int | None = None
    """The port, of this machine alone, that Prometheus scrapes."""


def read_exports(section: Section) -> Exports | None:
    """Return what ``[metrics]`` means; ``None`` where something is wrong."""
    found = Exports(
        textfile=section.take("textfile", _folder, ""),
        every=section.take("every", seconds(1.0, 3600.0), 15.0),
        serve=section.take("serve", _port, None),
    )
    if not section.has("textfile") and not section.has("serve"):
        section.wrong("nothing is handed on: write textfile, serve, or both")
    if section.has("every") and not section.has("textfile"):
        section.wrong("has no effect without textfile: a scraper asks when it likes", "every")
    section.end()
    return found


def _folder(value: object) -> str:
    rule = "the full path of a folder, such as 'C:\\metrics'"
    if not isinstance(value, str):
        raise TypeError(rule)
    if not PureWindowsPath(value).is_absolute() or "\0" in value:
        raise ValueError(rule)
    return value


def _port(value: object) -> int:
    rule = "a port from 1 to 65535, which this machine alone reaches"
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(rule)
    if not 1 <= value <= 65_535:
        raise ValueError(rule)
    return value


class Exporting(Owner):
    """What hands metrics on, while it is open. What goes wrong is told, and stops no rule."""

    __slots__ = ("_collector", "_due", "_ends", "_exports", "_failed", "_tell")

    def __init__(self, exports: Exports | None, tell: Callable[[str], object]) -> None:
        """Begin to serve, where that is wished.

        Args:
            exports: What is wished; ``None`` for nothing.
            tell: Called with what went wrong, once until it goes well again.
        """
        self._exports = exports or Exports()
        self._tell = tell
        self._due = 0.0
        self._failed = False
        self._ends = ExitStack()
        if exports is None:
            return
        # Metrics ask guards for their accounts: so they are imported late.
        from ntpages.metrics import Collector, Exporter  # noqa: PLC0415

        self._collector = Collector()
        if self._exports.serve is not None:
            try:
                self._ends.enter_context(Exporter(self._exports.serve))
            except (OSError, ImportError) as wrong:
                tell(f"metrics are not served: {wrong}")

    def write(self, clock: float) -> None:
        """Write the file where that is due.

        Args:
            clock: Seconds since whenever.
        """
        if not self._exports.textfile or clock < self._due:
            return
        from ntpages.metrics import write_textfile  # noqa: PLC0415

        self._due = clock + self._exports.every
        try:
            write_textfile(self._collector.collect(), self._exports.textfile)
            self._failed = False
        except (OSError, ImportError) as wrong:
            if not self._failed:
                self._tell(f"metrics are not written: {wrong}")
            self._failed = True

    def close(self) -> None:
        """Serve no more. Closing twice is harmless."""
        self._ends.close()
