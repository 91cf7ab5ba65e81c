"""Numbers in the memory of a process, followed from look to look.

Public as ``ntpages.processes.Values``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE, LAST_ADDRESS
from ntpages.owner import Owner
from ntpages.processes.kinds import FORMS, limits, number, pack, width
from ntpages.processes.saved import Session, load, read_header, save
from ntpages.processes.scan import SLICE, HoleRow
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from typing_extensions import Self

    from ntpages.processes.modules import ModularProcess

    _Value = float | Iterable[float] | None

__all__ = ["ValueRow", "Values"]

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

    Text and bytes are followed with ``Process.scan()``, each ``within`` what the last one found.
    """

    __slots__ = ("_alignment", "_kind", "_looks", "_process")

    def __init__(
        self,
        process: ModularProcess,
        *,
        kind: str,
        compare: str | None = None,
        value: _Value = None,
        tolerance: float = 0,
        alignment: int | None = None,
        start: int | str = 0,
        end: int | str = LAST_ADDRESS,
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
            value: The number to compare with. With ``"=="`` also several of them, of which it has
                to equal one, and with ``"!="`` none; a pair, the lower first, for the last two. One
                of ``"float32"`` is rounded to that. NaN in memory equals nothing.
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
        self._kind = arguments.choice("kind", kind, tuple(FORMS))
        if compare is None and value is not None:
            compare = "=="
        if compare is None:
            test = _Test("any", [])
            _refuse_tolerance(tolerance, "without a value")
        else:
            arguments.choice("compare", compare, tuple(_WITH_VALUE))
            test = _test(kind, compare, value, tolerance)
        self._process = process
        self._alignment = arguments.power_of_two(
            "alignment", width(kind) if alignment is None else alignment, least=1
        )
        start, end = arguments.span(process._address("start", start), process._address("end", end))
        self._looks = native.Values(
            process,
            kind,
            self._alignment,
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
        value: _Value = None,
        tolerance: float = 0,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Look again at what is left, keep what compares as asked, and return how much that is.

        Where it fails, or is interrupted before its end, all is as it was before.

        Args:
            compare: As for the first look; or, since the last one, ``"changed"`` or
                ``"unchanged"`` (in any bit), ``"increased"``, ``"decreased"``,
                ``"increased by"`` or ``"decreased by"`` a value, where whole numbers wrap.
            value: The number to compare with, or several, as for the first look; or that by which
                it changed.
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

    def save(self, file: str | PathLike[str]) -> None:
        """Write what is left to a file, from which ``load()`` goes on, in another program too.

        It takes about as many bytes as ``kept`` says; docs/reference/documents.md describes them. A
        file that is there is replaced once all is written.

        Args:
            file: Its path.

        Raises:
            ValueError: These are closed, or so is the process.
            NoSuchProcessError: The process has exited.
            OSError: It can't be written.

        Source: ``GetProcessTimes`` (``processthreadsapi.h``), Windows XP.
        """
        path = Path(file)
        created = self._process._created()
        told = Session(self._kind, self._alignment, self._process.pid, created, self._looks.parts)
        save(self._looks, told, path)

    @classmethod
    def load(
        cls, process: ModularProcess, file: str | PathLike[str], *, threads: int | None = None
    ) -> Self:
        """Return what was left when a file was saved, to be narrowed further.

        Args:
            process: Whose memory: the very process that it was saved of.
            file: What ``save()`` has written.
            threads: The number of threads, at most 256; of processors if not given.

        Raises:
            ValueError: ``file`` is no such file or broken, or of another process, or of one that
                had the same id before.
            NoSuchProcessError: The process has exited.
            OutOfMemoryError: There is none for so many numbers.
            OSError: It can't be read.

        Source: ``GetProcessTimes`` (``processthreadsapi.h``), Windows XP.
        """
        arguments.instance("process", process, native.Process)
        threads = arguments.threads("threads", threads)
        path = Path(file)
        with path.open("rb") as opened:
            told = read_header(opened, path)
            if (told.pid, told.created) != (process.pid, process._created()):
                msg = (
                    f"file must be of process {process.pid}, and {str(path)!r} is of process "
                    f"{told.pid}, which is another or was started at another time"
                )
                raise ValueError(msg)
            values = cls.__new__(cls)
            values._process, values._kind, values._alignment = process, told.kind, told.alignment
            values._looks = native.Values(
                process, told.kind, told.alignment, 0, LAST_ADDRESS, writable=False, threads=threads
            )
            load(values._looks, told, opened, path)
        return values

    def _look(
        self,
        test: _Test,
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


class _Test(NamedTuple):
    """A comparison, and its ranges as they lie in memory."""

    how: str
    ranges: list[tuple[bytes, bytes]]


def _test(kind: str, compare: str, value: _Value, tolerance: float) -> _Test:
    if compare in _WITHOUT_VALUE:
        if value is not None:
            msg = f"value has no effect with {compare!r}, and is {value!r}"
            raise ValueError(msg)
        _refuse_tolerance(tolerance, f"with {compare!r}")
        return _Test(compare, [])
    if compare not in _TOLERANT:
        _refuse_tolerance(tolerance, f"with {compare!r}")
    if compare in _PAIRS:
        ranges = [_pair(kind, value)]
    else:
        numbers = _several(kind, value) if compare in _EQUAL else [number(kind, "value", value)]
        ranges = [_around(kind, compare, each, tolerance) for each in numbers]
    packed = [(pack(kind, low), pack(kind, high)) for low, high in ranges]
    return _Test(_WITH_VALUE.get(compare, compare), packed)


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


def _refuse_tolerance(tolerance: object, where: str) -> None:
    if type(tolerance) is int and not tolerance:
        return
    msg = f"tolerance has no effect {where}, and is {tolerance!r}"
    raise ValueError(msg)
