"""What looks at text and bytes compare with, for ``Values``."""

from __future__ import annotations

import re
from contextlib import suppress
from reprlib import repr as shortened
from typing import TYPE_CHECKING, Any, NamedTuple

from ntpages import arguments
from ntpages.processes.numbers import ValueRow, refuse_tolerance, refuse_value
from ntpages.processes.pattern import Needle, Pattern, written
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ntpages._native import processes as native
    from ntpages._native import table

__all__ = ["CONTENTS", "LONGEST", "Contents", "TextRow"]

CONTENTS = ("bytes", "text")

LONGEST = 1 << 16
"""Bytes of a value."""

_EQUAL = {"==": "inside", "!=": "outside"}
_LATER = (*_EQUAL, "changed", "unchanged")


@shows_addresses
class TextRow(NamedTuple):
    """A text, as it was read last, where, and in which encoding."""

    address: Address
    value: str
    encoding: str


class Contents:
    """Bytes, or text in some encodings."""

    __slots__ = ("encodings", "ignore_case", "kind")

    width = 1

    def __init__(self, kind: str, encodings: Iterable[str], *, ignore_case: bool) -> None:
        self.kind = kind
        self.encodings = tuple(dict.fromkeys(encodings))
        self.ignore_case = ignore_case

    def first(
        self, compare: str | None, value: object, tolerance: float
    ) -> Callable[[native.Values], None]:
        """Return what begins a first look."""
        if compare is not None:
            self._choose(compare, ("==",), "in a first look")
        if value is None:
            msg = f"value must be given in a first look at {self.kind}, whose width it tells"
            raise ValueError(msg)
        return self._test("==", value, tolerance)

    def later(
        self, compare: str, value: object, tolerance: float
    ) -> Callable[[native.Values], None]:
        """Return what begins a further look."""
        self._choose(compare, _LATER, "in a further look")
        return self._test(compare, value, tolerance)

    def rows(self, found: table.Table) -> Table[Any]:
        """Return what is left, of what the compiled half tells of it."""
        if self.kind == "bytes":
            return adopt(found, ValueRow)
        told = adopt(found, ValueRow)
        encodings = [self.encodings[number] for number in told["encoding"]]
        decoded = _Decoded()
        texts = [decoded[each] for each in zip(told["value"], encodings, strict=True)]
        columns: dict[str, Any] = {
            "address": told["address"],
            "value": texts,
            "encoding": encodings,
        }
        return adopt(Table("Value", columns), TextRow)

    def _choose(self, compare: str, options: tuple[str, ...], where: str) -> None:
        if arguments.instance("compare", compare, str) not in options:
            rule = " or ".join(map(repr, options))
            msg = f"compare must be {rule} {where} at {self.kind}, not {compare!r}"
            raise ValueError(msg)

    def _test(
        self, compare: str, value: object, tolerance: float
    ) -> Callable[[native.Values], None]:
        refuse_tolerance(tolerance, f"with kind {self.kind!r}")
        if compare not in _EQUAL:
            refuse_value(value, compare)
            return lambda looks: looks.begin_contents(compare, [])
        sought = [
            (needle.data, needle.mask, needle.alignment, encoding)
            for needle, encoding in self._several(value)
        ]
        return lambda looks: looks.begin_contents(_EQUAL[compare], sought)

    def _several(self, value: object) -> list[tuple[Needle, int]]:
        """Return the needles of one value, or of as many as there are, each with its encoding."""
        is_one = isinstance(value, Pattern) or _is_buffer(value)
        if isinstance(value, (str, re.Pattern)) or is_one or not hasattr(value, "__iter__"):
            return self._needles("value", value)
        given: Iterable[object] = value
        found = arguments.each("value", given, self._needles)
        if not found:
            msg = f"value must be {self._rule()}, or some of them, not {value!r}"
            raise ValueError(msg)
        return [each for needles in found for each in needles]

    def _needles(self, name: str, value: object) -> list[tuple[Needle, int]]:
        if self.kind == "text" and isinstance(value, str):
            found = self._texts(name, value)
        elif self.kind == "bytes" and isinstance(value, Pattern):
            found = list(value.needles)
        elif self.kind == "bytes" and _is_buffer(value):
            data: bytes = memoryview(value).tobytes()  # type: ignore[arg-type]
            found = [Needle(data, b"\xff" * len(data))] if data else []
        else:
            msg = f"{name} must be {self._rule()}, not {shortened(value)}"
            if isinstance(value, re.Pattern):
                msg += ": what an expression matches has no width of its own"
            raise TypeError(msg)
        if not found:
            msg = f"{name} must have at least one byte, unlike {value!r}"
            raise ValueError(msg)
        longest = max(len(needle.data) for needle in found)
        if longest > LONGEST:
            msg = f"{name} must have at most {LONGEST} bytes, and has {longest}"
            raise ValueError(msg)
        numbers = range(len(found)) if self.kind == "text" else [0] * len(found)
        return list(zip(found, numbers, strict=True))

    def _texts(self, name: str, value: str) -> list[Needle]:
        if not value:
            msg = f"{name} must have at least one character, unlike ''"
            raise ValueError(msg)
        return [
            written(name, value, encoding, ignore_case=self.ignore_case)
            for encoding in self.encodings
        ]

    def _rule(self) -> str:
        return "a str" if self.kind == "text" else "bytes, or a Pattern"


class _Decoded(dict[tuple[bytes, str], str]):
    """Remembers each text of an encoding: what was found because it is equal is so many times."""

    def __missing__(self, written: tuple[bytes, str]) -> str:
        text = "\ufffd"  # of an encoding that can't leave anything out
        for errors in ("replace", "strict"):
            with suppress(UnicodeError):
                text = written[0].decode(written[1], errors)
                break
        # Some encodings can write a half of a pair, which no table takes.
        self[written] = text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text


def _is_buffer(value: object) -> bool:
    try:
        memoryview(value).release()  # type: ignore[arg-type]
    except (TypeError, BufferError):
        return False
    return True
