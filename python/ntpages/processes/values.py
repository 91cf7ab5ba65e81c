"""Numbers in the memory of a process, followed from look to look.

Public as ``ntpages.processes.Values``.
"""

from __future__ import annotations

import math
from struct import pack
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE, LAST_ADDRESS
from ntpages.owner import Owner
from ntpages.processes.scan import SLICE, HoleRow
from ntpages.table import Table, adopt
from ntpages.table.rows import Address

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ValueRow", "Values"]

# How each kind is packed.
_FORMS = {
    "int8": "<b",
    "uint8": "<B",
    "int16": "<h",
    "uint16": "<H",
    "int32": "<i",
    "uint32": "<I",
    "int64": "<q",
    "uint64": "<Q",
    "float32": "<f",
    "float64": "<d",
}
_REAL = ("float32", "float64")

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
_PAIRS = ("between", "not between")


class ValueRow(NamedTuple):
    """A number, as it was read last, and where."""

    address: Address
    value: int | float


class Values(Owner):
    """All numbers of one kind in the memory of a process that have passed every look so far.

    The first look goes through all memory that can be read, and keeps what compares as asked; or
    everything, where nobody knows the number yet. Each ``narrow()`` looks again at what is left::

        health = Values(process, kind="int32")      # whatever it is
        health.narrow("decreased")                  # after being hit
        health.narrow("==", value=73)               # once it is shown

    What is left is kept as it was read, without the pages of zeros that make up most of a process:
    ``kept`` says in how many bytes. ``close()`` it, or use it in a ``with`` block.
    """

    __slots__ = ("_kind", "_looks")

    def __init__(
        self,
        process: native.Process,
        *,
        kind: str,
        compare: str | None = None,
        value: float | tuple[float, float] | None = None,
        tolerance: float = 0,
        alignment: int | None = None,
        start: int = 0,
        end: int = LAST_ADDRESS,
        writable: bool = False,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Look at all memory that can be read.

        Guard pages are not touched, nor memory that is not cached. Of one's own process, the
        memory that the look itself works with is left out.

        Args:
            process: Whose memory.
            kind: ``"int8"``, ``"uint8"`` and so on to ``"uint64"``, ``"float32"`` or ``"float64"``.
            compare: ``"=="``, ``"!="``, ``"<"``, ``"<="``, ``">"``, ``">="``, ``"between"`` or
                ``"not between"``, whose ends are inside. ``"=="`` if only ``value`` is given;
                without both everything is kept.
            value: The number to compare with; a pair, the lower first, for the last two. One of
                ``"float32"`` is rounded to that. NaN in memory equals nothing.
            tolerance: How far a number may be from ``value`` and equal it, for ``"=="`` and
                ``"!="``: 0.005 finds what is shown as 3.14.
            alignment: What the address of a number is a multiple of: a power of two, the width of
                the kind if not given.
            start: Address to begin at.
            end: Address to end before. A number may reach beyond it no further than to its own end.
            writable: Look only at pages that the process can write.
            threads: The number of threads, at most 256; of processors if not given.
            progress: Called with the bytes that have been looked at, many times a second and at
                the end.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            TypeError: An argument is of another kind.
            ValueError: ``kind`` or ``compare`` is none of these, ``value`` is none of the kind, or
                another argument can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            OutOfMemoryError: There is none for what is left.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        arguments.instance("process", process, native.Process)
        self._kind = arguments.choice("kind", kind, tuple(_FORMS))
        if compare is None and value is not None:
            compare = "=="
        if compare is None:
            test = ("any", b"", b"")
            _refuse_tolerance(tolerance, "without a value")
        else:
            arguments.choice("compare", compare, tuple(_WITH_VALUE))
            test = _test(kind, compare, value, tolerance)
        width = len(pack(_FORMS[kind], 0))
        alignment = arguments.power_of_two(
            "alignment", width if alignment is None else alignment, least=1
        )
        start, end = arguments.span(start, end)
        self._looks = native.Values(
            process,
            kind,
            alignment,
            start,
            end,
            arguments.boolean("writable", writable),
            arguments.threads("threads", threads),
        )
        self._look(test, progress)

    def __repr__(self) -> str:
        """Return the kind, and how many are left, or that they are closed."""
        left = "closed" if self.closed else f"{len(self)} of {self._kind}"
        return f"<Values: {left}>"

    def __len__(self) -> int:
        """Return how many are left."""
        return self._looks.count

    def close(self) -> None:
        """Let go of what is left. Waits for calls of other threads; closing twice is harmless.

        Source: ``VirtualFree`` (``memoryapi.h``), Windows XP.
        """
        self._looks.close()

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._looks.closed

    @property
    def kind(self) -> str:
        """What kind of number."""
        return self._kind

    @property
    def scanned(self) -> int:
        """Bytes that the last look read."""
        return self._looks.scanned

    @property
    def kept(self) -> int:
        """Bytes in which the numbers are kept that are left."""
        return self._looks.kept

    @property
    def holes(self) -> Table[HoleRow]:
        """What the last look stepped over, as for ``Process.scan()``: what was there is gone."""
        return adopt(self._looks.holes(), HoleRow)

    def matches(self, *, limit: int | None = None) -> Table[ValueRow]:
        """Return what is left, in ascending order: ``address``, and ``value`` as it was read last.

        Args:
            limit: The number of rows at most: the lowest.

        Raises:
            ValueError: ``limit`` can't be, or these are closed.
            OutOfMemoryError: There is none for so many rows.
        """
        if limit is not None:
            limit = arguments.integer("limit", limit, least=1, most=ADDRESS_SPACE, of="matches")
        return adopt(self._looks.matches(limit or ADDRESS_SPACE), ValueRow)

    def narrow(
        self,
        compare: str,
        *,
        value: float | tuple[float, float] | None = None,
        tolerance: float = 0,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Look again at what is left, keep what compares as asked, and return how much that is.

        Where it fails, or is interrupted before its end, all is as it was before.

        Args:
            compare: As for the first look; or, since the last one, ``"changed"`` or
                ``"unchanged"`` (in any bit), ``"increased"``, ``"decreased"``,
                ``"increased by"`` or ``"decreased by"`` a value, where whole numbers wrap.
            value: The number to compare with, or by which it changed.
            tolerance: As for the first look, and for how much it changed.
            progress: As for the first look.

        Returns:
            How many are left.

        Raises:
            TypeError: An argument is of another kind.
            ValueError: ``compare`` is none of these, ``value`` is none of the kind or has no
                effect, or the process or these are closed.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            OutOfMemoryError: There is none for what is left.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        options = (*_WITH_VALUE, *_WITHOUT_VALUE, *_BY_VALUE)
        arguments.choice("compare", compare, options)
        self._look(_test(self._kind, compare, value, tolerance), progress)
        return len(self)

    def _look(
        self,
        test: tuple[str, bytes, bytes],
        progress: Callable[[int], object] | None,
    ) -> None:
        if progress is not None:
            arguments.function("progress", progress)
        self._looks.begin(*test)
        going = True
        while going:
            going = self._looks.advance(SLICE)
            if progress:
                progress(self._looks.scanned)
        self._looks.finish()


def _test(
    kind: str, compare: str, value: float | tuple[float, float] | None, tolerance: float
) -> tuple[str, bytes, bytes]:
    """Return a comparison and its ends as they lie in memory."""
    if compare in _WITHOUT_VALUE:
        if value is not None:
            msg = f"value has no effect with {compare!r}, and is {value!r}"
            raise ValueError(msg)
        _refuse_tolerance(tolerance, f"with {compare!r}")
        return compare, b"", b""
    if compare not in _TOLERANT:
        _refuse_tolerance(tolerance, f"with {compare!r}")
    least, most = _range(kind)
    if compare in _PAIRS:
        low, high = _pair(kind, value)
    else:
        low = high = _number(kind, "value", value)
    if compare == "<=":
        low = least
    elif compare == ">=":
        high = most
    elif compare in _TOLERANT:
        room = _number(kind, "tolerance", tolerance)
        if room < 0:
            msg = f"tolerance must not be below 0, and is {tolerance!r}"
            raise ValueError(msg)
        low, high = max(low - room, least), min(high + room, most)
    return _WITH_VALUE.get(compare, compare), _packed(kind, low), _packed(kind, high)


def _pair(kind: str, value: object) -> tuple[float, float]:
    try:
        pair: tuple[object, object] = value  # type: ignore[assignment]
        lower, upper = pair
    except (TypeError, ValueError):
        msg = f"value must be a pair, the lower and the upper end, not {value!r}"
        raise TypeError(msg) from None
    low, high = _number(kind, "value[0]", lower), _number(kind, "value[1]", upper)
    if low > high:
        msg = f"value must be a pair, the lower first, and {low!r} is above {high!r}"
        raise ValueError(msg)
    return low, high


def _range(kind: str) -> tuple[float, float]:
    if kind in _REAL:
        return -math.inf, math.inf
    width = 8 * len(pack(_FORMS[kind], 0))
    return (0, 2**width - 1) if kind[0] == "u" else (-(2 ** (width - 1)), 2 ** (width - 1) - 1)


def _number(kind: str, name: str, value: object) -> float:
    """Return a number that the kind can be."""
    if kind not in _REAL:
        least, most = map(int, _range(kind))
        return arguments.integer(name, value, least=least, most=most, of=f"in {kind}")  # type: ignore[arg-type]
    number = arguments.real(name, value, of=kind)  # type: ignore[arg-type]
    endless = _packed(kind, math.copysign(math.inf, number))
    if math.isfinite(number) and _packed(kind, number) == endless:
        msg = f"{name} must be a {kind}, and {value!r} is beyond the last of them"
        raise ValueError(msg)
    return number


def _packed(kind: str, value: float) -> bytes:
    """Return how it lies in memory; infinite, where the kind ends before."""
    try:
        return pack(_FORMS[kind], value)
    except OverflowError:
        return pack(_FORMS[kind], math.copysign(math.inf, value))


def _refuse_tolerance(tolerance: object, where: str) -> None:
    if type(tolerance) is int and not tolerance:
        return
    msg = f"tolerance has no effect {where}, and is {tolerance!r}"
    raise ValueError(msg)
