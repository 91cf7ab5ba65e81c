"""What commands take: sizes with a unit, addresses, times, processes; and what goes together."""

from __future__ import annotations

import math
import re
import reprlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ntpages import extras
from ntpages.arguments import LONGEST_WAIT, parse_address, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable


def parse_number(text: str) -> int:
    """Return a whole number, decimal or with ``0x``.

    Raises:
        ValueError: It is none.
    """
    try:
        return int(text, 0)
    except ValueError:
        msg = f"{reprlib.repr(text)} is no number: write 4096 or 0x1000"
        raise ValueError(msg) from None


def _count(text: str, what: str, most: int) -> int:
    if not re.fullmatch("[0-9]{1,20}", text) or not 1 <= int(text) <= most:
        msg = f"{reprlib.repr(text)} is no {what} from 1 to {most}"
        raise ValueError(msg)
    return int(text)


if TYPE_CHECKING:
    _WholeNumber = click.ParamType[int]
    _RealNumber = click.ParamType[float]
    _AnyPlace = click.ParamType[int | str]
else:  # older ones are not generic
    _WholeNumber = _RealNumber = _AnyPlace = click.ParamType


class _Parsed(_WholeNumber):
    """Whole numbers in words of their own."""

    def __init__(self, name: str, parse: Callable[[str], int]) -> None:
        """Take what a function takes."""
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return self._parse(value)
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


SIZE = _Parsed("size", parse_size)
"""Bytes, with a unit if one is given: ``64K``, ``1.5GiB``."""

ADDRESS = _Parsed("address", parse_address)
"""An address, as it is printed: ``0x7ffe0000``."""

NUMBER = _Parsed("number", parse_number)
"""A whole number, decimal or with ``0x``: a value."""

PID = _Parsed("pid", lambda text: _count(text, "process id", 2**32 - 1))
"""A process id."""

COUNT = _Parsed("count", lambda text: _count(text, "count", 2**63 - 1))
"""How many: one or more."""


class _Place(_AnyPlace):
    """An address, or one that only a process knows."""

    name = "place"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Return the address, or what the process has to know."""
        if isinstance(value, int) or _MODULE.fullmatch(value):
            place: int | str = value
            return place
        return ADDRESS.convert(value, param, ctx)


_MODULE = re.compile(r".*[^\W\d].*\.[a-z]{2,4}(?:\s*\+.+)?", re.IGNORECASE)

PLACE = _Place()
"""An address of a process: ``0x7ffe0000``, or by a module, ``kernel32.dll+0x1f40``."""


class _Real(_RealNumber):
    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return a whole number as it is, others as floats."""
        words = str(value).strip().lower()
        if re.fullmatch(r"[-+]?(0x[0-9a-f]{1,16}|[0-9]{1,20})", words, re.ASCII):
            return int(words, 16 if "x" in words else 10)
        number = math.nan
        if re.fullmatch(r"[-+]?[0-9]{1,40}(\.[0-9]{1,40})?(e[-+]?[0-9]{1,3})?", words, re.ASCII):
            number = float(words)
        if not math.isfinite(number):
            self.fail(f"{reprlib.repr(value)} is no number: write 100, 0x64 or 1.5e3", param, ctx)
        return number


REAL = _Real()
"""A number, with a fraction if it has one."""


class Seconds(_RealNumber):
    """A time that can be waited for."""

    name = "seconds"

    def __init__(self, least: float = 0.0, *, above: bool = False) -> None:
        """Take ``least`` seconds or more; with ``above``, more only."""
        self._least = least
        self._above = above

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the time."""
        written = re.fullmatch(r"[0-9]+(\.[0-9]*)?(e[-+]?[0-9]+)?", str(value))
        seconds = float(value) if written else math.nan
        if not self._least <= seconds <= LONGEST_WAIT or (self._above and not seconds):
            rule = f"{'above' if self._above else 'from'} {self._least:g} to {LONGEST_WAIT}"
            self.fail(f"{reprlib.repr(value)} is no number of seconds {rule}", param, ctx)
        return seconds


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes in bytes.")
"""Asks for a document instead of what is for people."""

csv_option = click.option(
    "--csv",
    "csv_file",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Write comma-separated values; - for standard output.",
)


def choose_one(*names: str) -> None:
    """Refuse options of which each asks for something else, where two are given.

    Args:
        names: Of the parameters of the command that runs.

    Raises:
        UsageError: Two are given.
    """
    given = [_option(name) for name in names if _is_given(name)]
    if len(given) > 1:
        msg = f"{given[0]} and {given[1]}: choose one of the two"
        raise click.UsageError(msg)


def refuse_unused(*names: str, where: str) -> None:
    """Refuse options that would change nothing.

    Args:
        names: Of the parameters of the command that runs.
        where: Where they would not, as in "with --dry-run".

    Raises:
        UsageError: One of them is given.
    """
    for name in names:
        if _is_given(name):
            msg = f"{_option(name)} has no effect {where}"
            raise click.UsageError(msg)


def _is_given(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _option(name: str) -> str:
    return next(
        each.opts[0] for each in click.get_current_context().command.params if each.name == name
    )


_PICTURES = (".svg", ".png", ".pdf")


def drawing_option(
    *more: str, told: str = "Draw it instead: .svg, .png or .pdf."
) -> Callable[..., Any]:
    """Return the option for a picture: in the usual forms, and in ``more`` of the command's own."""

    def drawable(_: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
        if value is None:
            return None
        form, forms = value.suffix.lower(), (*_PICTURES, *more)
        if form not in forms:
            msg = f"{value.name!r} must end in {', '.join(forms[:-1])} or {forms[-1]}"
            raise click.BadParameter(msg, param=param)
        if form in _PICTURES and extras.missing("plot"):
            msg = f"pictures need matplotlib: {extras.install_line('plot')}"
            raise click.ClickException(msg)
        return value

    return click.option(
        "--picture",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=drawable,
        metavar="FILE",
        help=told,
    )


picture_option = drawing_option()
timeline_option = drawing_option(
    told="With --watch, draw what changes in the end: .svg, .png or .pdf."
)
