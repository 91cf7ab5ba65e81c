"""Quantities as policies write them: sizes, shares, rates and times, and what is held against them.

Each function takes what stands in a policy and returns a value, or raises a ``ValueError`` or a
``TypeError`` whose words go behind "must be".
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ntpages.arguments import ADDRESS_SPACE, LONGEST_WAIT, is_bool, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Bound", "Unit", "bound", "seconds", "size", "time_of_day", "words_of_seconds"]

_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_LENGTHS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Unit(Enum):
    """What a number counts."""

    BYTES = "bytes"
    SHARE = "share"
    """Of what there is of it: from 0 to 1."""
    RATE = "per second"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a number is held against: ``< 10%``."""

    compared: str
    value: float
    unit: Unit

    def met(self, value: float, whole: float | None) -> bool | None:
        """Return whether a number keeps it, ``None`` where its share of the whole is not known."""
        if self.unit is Unit.SHARE:
            if not whole:
                return None
            value /= whole
        return _COMPARED[self.compared](value, self.value)

    def told(self, value: float | None, whole: float | None) -> str:
        """Return a number in the words of its bound."""
        if value is None or (self.unit is Unit.SHARE and not whole):
            return "unknown"
        share = round(value / whole, 4) if self.unit is Unit.SHARE and whole else value
        return Bound(self.compared, share, self.unit).amount()

    def words(self) -> str:
        """Return it as people say it."""
        return f"{_WORDS[self.compared]} {self.amount()}"

    def amount(self) -> str:
        """Return its number with its unit."""
        if self.unit is Unit.BYTES:
            return size_words(self.value)
        if self.unit is Unit.SHARE:
            return f"{self.value * 100:g} %"
        return f"{self.value:g} a second"


def size_words(value: float) -> str:
    """Return bytes with the largest binary unit of which there is one."""
    for power, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 1 << power:
            return f"{value / (1 << power):.4g} {unit}"
    return f"{value:.0f} bytes"


def bound(*units: Unit) -> Callable[[object], Bound]:
    """Return what reads a bound in one of these units."""
    examples = {Unit.BYTES: "'< 2 GiB'", Unit.SHARE: "'< 10 %'", Unit.RATE: "'> 500/s'"}
    rule = f"a comparison, such as {' or '.join(examples[unit] for unit in units)}"

    def read(value: object) -> Bound:
        if not isinstance(value, str):
            raise TypeError(rule)
        found = re.fullmatch(r"\s*([<>]=?)\s*(\S.*?)\s*", value)
        if not found:
            raise ValueError(rule)
        for unit in units:
            amount = _amount(found[2], unit)
            if amount is not None:
                return Bound(found[1], amount, unit)
        raise ValueError(rule)

    return read


def _amount(text: str, unit: Unit) -> float | None:
    if unit is Unit.BYTES:
        try:
            return parse_size(text)
        except ValueError:
            return None
    ending = r"%" if unit is Unit.SHARE else r"(?:/\s*s|(?:a|per)\s+second)?"
    found = re.fullmatch(rf"([0-9]{{1,12}}(?:\.[0-9]{{1,6}})?)\s*{ending}", text)
    if not found:
        return None
    number = float(found[1])
    if unit is Unit.RATE:
        return number
    return number / 100 if number <= 100 else None


def size(value: object) -> int:
    """Return bytes: ``"64 MiB"``, or a whole number."""
    rule = f"a size, such as '64 MiB', up to {ADDRESS_SPACE >> 40} TiB"
    if isinstance(value, int) and not is_bool(value):
        if 0 < value <= ADDRESS_SPACE:
            return value
        raise ValueError(rule)
    if not isinstance(value, str):
        raise TypeError(rule)
    try:
        return parse_size(value)
    except ValueError:
        raise ValueError(rule) from None


def seconds(least: float = 0.0, most: float = LONGEST_WAIT) -> Callable[[object], float]:
    """Return what reads a time: ``"90s"``, ``"5m"``, ``"1h 30m"``, or a number of seconds."""
    most_words = words_of_seconds(most)
    rule = f"a time from {words_of_seconds(least)} to {most_words}, such as '90s', '5m' or '2h'"

    def read(value: object) -> float:
        if isinstance(value, (int, float)) and not is_bool(value):
            total = float(value) if abs(value) < LONGEST_WAIT else LONGEST_WAIT + 1.0
        elif isinstance(value, str):
            total = _length(value, rule)
        else:
            raise TypeError(rule)
        if not least <= total <= most:
            raise ValueError(rule)
        return total

    return read


def _length(text: str, rule: str) -> float:
    part = r"[0-9]{1,9}(?:\.[0-9]{1,6})?\s*(?:ms|sec|min|[smhd])"
    if not re.fullmatch(rf"\s*{part}(?:\s*{part}){{0,4}}\s*", text):
        raise ValueError(rule)
    parts = re.findall(r"([0-9.]+)\s*([a-z]+)", text)
    return sum(float(amount) * _LENGTHS[unit] for amount, unit in parts)


def words_of_seconds(value: float) -> str:
    """Return a time as people say it: ``1 h 30 min``."""
    if value < 1:
        return f"{value * 1000:g} ms" if value else "0 s"
    parts = []
    rest = value
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count:g} {unit}")
    if rest >= 0.05:
        parts.append(f"{rest:.3g} s")
    return " ".join(parts)


def time_of_day(value: object) -> tuple[int, int]:
    """Return two times of day, in minutes since midnight: ``"22:00-06:00"``."""
    rule = "two different times of day, such as '22:00-06:00'"
    if not isinstance(value, str):
        raise TypeError(rule)
    clock = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
    found = re.fullmatch(rf"\s*{clock}\s*-\s*{clock}\s*", value)
    if not found:
        raise ValueError(rule)
    hours, minutes, last_hours, last_minutes = map(int, found.groups())
    start, end = hours * 60 + minutes, last_hours * 60 + last_minutes
    if start == end:
        raise ValueError(rule)
    return start, end
