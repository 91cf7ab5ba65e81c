"""What looks at numbers compare with, for ``Values``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages.processes.kinds import limits, number, pack, width
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages._native import processes as native
    from ntpages._native import table

__all__ = ["Numbers", "ValueRow", "refuse_tolerance", "refuse_value"]

_WITH_VALUE = {
    "==": "inside",
    "!=": "outside",
    "<": "below",
    "<=": "inside",
    ">": "above",
    ">=": "inside",
    "between": "inside",
    "not between": "outside",
}
_BY_VALUE = ("increased by", "decreased by")
_WITHOUT_VALUE = ("changed", "unchanged", "increased", "decreased")
_TOLERANT = ("==", "!=", *_BY_VALUE)
_EQUAL = ("==", "!=")
_PAIRS = ("between", "not between")


@shows_addresses
class ValueRow(NamedTuple):
    """A number, or bytes, as they were read last, and where."""

    address: Address
    value: int | float | bytes


class Numbers:
    """Numbers of one kind."""

    __slots__ = ("kind",)

    encodings: tuple[str, ...] = ()
    ignore_case = False

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @property
    def width(self) -> int:
        """Bytes of one, which is how compilers align them."""
        return width(self.kind)

    def first(
        self, compare: str | None, value: object, tolerance: float
    ) -> Callable[[native.Values], None]:
        """Return what begins a first look."""
        if compare is None and value is not None:
            compare = "=="
        if compare is None:
            refuse_tolerance(tolerance, "without a value")
            return self._beginning("any", [])
        arguments.choice("compare", compare, tuple(_WITH_VALUE))
        return self._test(compare, value, tolerance)

    def later(
        self, compare: str, value: object, tolerance: float
    ) -> Callable[[native.Values], None]:
        """Return what begins a further look."""
        arguments.choice("compare", compare, (*_WITH_VALUE, *_WITHOUT_VALUE, *_BY_VALUE))
        return self._test(compare, value, tolerance)

    def rows(self, found: table.Table) -> Table[ValueRow]:
        """Return what is left, of what the compiled half tells of it."""
        return adopt(found, ValueRow)

    def _test(
        self, compare: str, value: object, tolerance: float
    ) -> Callable[[native.Values], None]:
        kind = self.kind
        if compare in _WITHOUT_VALUE:
            refuse_value(value, compare)
            refuse_tolerance(tolerance, f"with {compare!r}")
            return self._beginning(compare, [])
        if compare not in _TOLERANT:
            refuse_tolerance(tolerance, f"with {compare!r}")
        if compare in _PAIRS:
            ranges = [_pair(kind, value)]
        else:
            numbers = _several(kind, value) if compare in _EQUAL else [number(kind, "value", value)]
            ranges = [_around(kind, compare, each, tolerance) for each in numbers]
        return self._beginning(_WITH_VALUE.get(compare, compare), ranges)

    def _beginning(
        self, how: str, ranges: list[tuple[float, float]]
    ) -> Callable[[native.Values], None]:
        kind = self.kind
        packed = [(pack(kind, low), pack(kind, high)) for low, high in ranges]
        return lambda looks: looks.begin_numbers(kind, how, packed)


def refuse_value(value: object, compare: str) -> None:
    """Refuse a value that nothing is compared with."""
    if value is not None:
        msg = f"value has no effect with {compare!r}, and is {value!r}"
        raise ValueError(msg)


def refuse_tolerance(tolerance: object, where: str) -> None:
    """Refuse a tolerance that nothing takes."""
    if type(tolerance) is int and not tolerance:
        return
    msg = f"tolerance has no effect {where}, and is {tolerance!r}"
    raise ValueError(msg)


def _several(kind: str, value: object) -> list[float]:
    """Return one number, or as many as there are in a sequence or a set."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return [number(kind, "value", value)]
    numbers = arguments.each("value", value, lambda name, each: number(kind, name, each))
    if not numbers:
        msg = f"value must be a number, or some of them, not {value!r}"
        raise ValueError(msg)
    return numbers


def _around(kind: str, compare: str, value: float, tolerance: float) -> tuple[float, float]:
    """Return what compares to a number as asked."""
    least, most = limits(kind)
    if compare == "<=":
        return least, value
    if compare == ">=":
        return value, most
    if compare not in _TOLERANT:
        return value, value
    room = number(kind, "tolerance", tolerance)
    if room < 0:
        msg = f"tolerance must not be below 0, and is {tolerance!r}"
        raise ValueError(msg)
    return max(value - room, least), min(value + room, most)


def _pair(kind: str, value: object) -> tuple[float, float]:
    try:
        pair: tuple[object, object] = value  # type: ignore[assignment]
        lower, upper = pair
    except (TypeError, ValueError):
        msg = f"value must be a pair, the lower and the upper end, not {value!r}"
        raise TypeError(msg) from None
    low, high = number(kind, "value[0]", lower), number(kind, "value[1]", upper)
    if low > high:
        msg = f"value must be a pair, the lower first, and {low!r} is above {high!r}"
        raise ValueError(msg)
    return low, high
