"""Arguments: one rule for each kind of value that callers give, kept before Windows is asked.

Each function takes the name of an argument and what was given for it. It returns a plain Python
value, to calculate with, or raises an error that names the argument, the value and the rule:
``TypeError`` for what is of another kind, ``ValueError`` for what can't be.
"""

from __future__ import annotations

import math
import os
import re
import reprlib
from array import array
from collections.abc import Mapping
from contextlib import suppress
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from typing_extensions import Buffer

    _Given = TypeVar("_Given")
    _Kept = TypeVar("_Kept")
    _Key = TypeVar("_Key")
    _Option = TypeVar("_Option", str, int)

__all__ = [
    "ADDRESS_SPACE",
    "LAST_ADDRESS",
    "LONGEST_WAIT",
    "MOST_THREADS",
    "PAGE",
    "address",
    "addresses",
    "boolean",
    "buffer",
    "choice",
    "constant",
    "each",
    "function",
    "handle",
    "instance",
    "integer",
    "is_bool",
    "mapping",
    "multiple",
    "name",
    "names",
    "node",
    "parse_address",
    "parse_size",
    "part",
    "pid",
    "position",
    "power_of_two",
    "real",
    "seconds",
    "size",
    "span",
    "text",
    "threads",
]

PAGE = 4096
"""Bytes of a page, on every processor that 64-bit Windows runs on."""

ADDRESS_SPACE = 2**47
"""Bytes that a process can address: no size is larger."""

LAST_ADDRESS = 2**64 - 1
"""The last one that a pointer can hold; which of them can be used is Windows' to say."""

LONGEST_WAIT = 2**32 // 1000
"""Seconds: Windows counts the milliseconds of a wait in 32 bits."""

MOST_THREADS = 256
"""More do not make memory faster, and each has its buffers."""

_UNITS = ("", "k", "m", "g", "t")  # of bytes, each 1024 times the one before

_repr = reprlib.Repr()  # never long, and what can't show itself is shown
_repr.maxstring = _repr.maxother = 80


# ---- Numbers -------------------------------------------------------------------------------------


def integer(
    name: str, value: int, *, least: int | None = None, most: int | None = None, of: str = ""
) -> int:
    """Return an integer from ``least`` to ``most``, ``of`` a unit.

    Every integer goes through here before anything is worked out with it, since those of NumPy
    wrap. A bool answers another question, and is none.
    """
    if type(value) is not int:
        value = _plain(name, value)
    if (least is not None and value < least) or (most is not None and value > most):
        raise _outside(name, value, least, most, of)
    return value


def size(name: str, value: int, *, least: int = 1, most: int = ADDRESS_SPACE) -> int:
    """Return a number of bytes."""
    return integer(name, value, least=least, most=most, of="bytes")


def parse_size(text: str) -> int:
    """Return the bytes that a size with a unit means: ``4096``, ``64K``, ``1.5GiB``, ``0x40``.

    Raises:
        ValueError: It is no size that memory can have.
    """
    size = _bytes(text.strip().lower())
    if size is None or size > ADDRESS_SPACE:
        msg = f"{reprlib.repr(text)} is no size: write 4096, 64K, 1.5GiB or 0x1000, up to 128T"
        raise ValueError(msg)
    return size


def _bytes(text: str) -> int | None:
    if re.fullmatch("0x[0-9a-f]{1,16}", text):
        return int(text, 16)
    found = re.fullmatch(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?\s*([kmgt]?)(?:i?b)?", text)
    if not found or (found[2] and not found[3]):  # there is no half a byte
        return None
    part = found[2] or ""
    scale: int = 10 ** len(part)
    return (int(found[1] + part) << 10 * _UNITS.index(found[3])) // scale


def address(name: str, value: int) -> int:
    """Return an address, in this process or in another."""
    if type(value) is not int:
        value = _plain(name, value)
    if not 0 <= value <= LAST_ADDRESS:
        msg = f"{name} must be from 0 to {LAST_ADDRESS:#x}, not {digits(value, '#x')}"
        raise ValueError(msg)
    return value


def parse_address(text: str) -> int:
    """Return the address that is written as ntpages prints it, or as debuggers do.

    Raises:
        ValueError: It is no address, or could be one in decimal and another in hexadecimal.
    """
    words = text.strip().lower()
    if re.fullmatch("0n[0-9]{1,20}", words):
        address = int(words[2:])
    elif found := re.fullmatch("(0x)?([0-9a-f]+(?:[`'][0-9a-f]+)*)", words):
        digits = re.sub("[`']", "", found[2])
        told = found[1] or digits != found[2] or (len(digits) == 1 and digits.isdecimal())
        if not told and len(digits) <= 16:
            msg = f"{text!r} could be decimal or hexadecimal: write 0x{digits}"
            msg += f", or 0n{digits} for decimal" if digits.isdecimal() else ""
            raise ValueError(msg)
        address = int(digits, 16) if told else -1
    else:
        address = -1
    if not 0 <= address <= LAST_ADDRESS:
        msg = f"{reprlib.repr(text)} is no address: write 0x7ffe0000, up to {LAST_ADDRESS:#x}"
        raise ValueError(msg)
    return address


def span(start: int, end: int) -> tuple[int, int]:
    """Return the addresses that something begins at and ends before."""
    start, end = address("start", start), address("end", end)
    if start > end:
        msg = f"start must not be above end, and {start:#x} is above {end:#x}"
        raise ValueError(msg)
    return start, end


def handle(name: str, value: int) -> int:
    """Return a handle of Windows'."""
    return integer(name, value, least=1, most=2**64 - 1)


def pid(name: str, value: int) -> int:
    """Return a process id; 0 names no process that can be opened."""
    return integer(name, value, least=1, most=2**32 - 1)


def node(name: str, value: int) -> int:
    """Return the number of a NUMA node."""
    return integer(name, value, least=0, most=2**16 - 1)


def threads(name: str, value: int | None) -> int:
    """Return how many threads may work at a time: as many as there are processors for None."""
    if value is None:
        return min(os.cpu_count() or 1, MOST_THREADS)
    return integer(name, value, least=1, most=MOST_THREADS)


def real(name: str, value: float, *, of: str) -> float:
    """Return a number ``of`` a kind, which may be without end, but is a number."""
    if not isinstance(value, Real) or is_bool(value):
        msg = f"{name} must be a number, not {_shown(value)}"
        raise TypeError(msg)
    try:
        kept = float(value)
    except OverflowError:
        msg = f"{name} must be a {of}, not {_shown(value)}"
        raise ValueError(msg) from None
    if math.isnan(kept):
        msg = f"{name} must be a {of} that equals itself, not {_shown(value)}"
        raise ValueError(msg)
    return kept


def multiple(name: str, value: int, step: int, *, least: int, most: int) -> int:
    """Return a multiple of ``step``."""
    value = integer(name, value)
    if not least <= value <= most or value % step:
        msg = f"{name} must be a multiple of {step} from {least} to {most}, not {digits(value)}"
        raise ValueError(msg)
    return value


def power_of_two(name: str, value: int, *, least: int, most: int = ADDRESS_SPACE) -> int:
    """Return a power of two."""
    value = integer(name, value)
    if not least <= value <= most or value & (value - 1):
        msg = f"{name} must be a power of two from {least} to {most}, not {digits(value)}"
        raise ValueError(msg)
    return value


def part(
    offset: int, size: int | None, total: int, *, least: int = 1, whole_pages: bool = False
) -> tuple[int, int]:
    """Return offset and size of ``least`` bytes or more in ``[0, total)``.

    ``size`` None means all from ``offset`` on.
    """
    offset = integer("offset", offset, least=0, most=total - least)
    room = total - offset
    size = room if size is None else integer("size", size)
    if not least <= size <= room:
        raise _outside("size", size, least, room, f"at offset {offset}")
    if whole_pages and (offset % PAGE or size % PAGE):
        msg = f"offset and size must be whole pages of {PAGE} bytes, not {offset} and {size}"
        raise ValueError(msg)
    return offset, size


def position(name: str, value: int, count: int) -> int:
    """Return the place of one of ``count`` items, from 0; below 0 it is counted from the end.

    Raises:
        IndexError: There is no such item.
    """
    value = integer(name, value)
    if not -count <= value < count:
        msg = f"{name} {digits(value)} of {count}"
        raise IndexError(msg)
    return value % count


def seconds(name: str, value: float, *, above_zero: bool = False) -> float:
    """Return a time that can be waited for."""
    if not isinstance(value, Real) or isinstance(value, bool):
        msg = f"{name} must be a number of seconds, not {_shown(value)}"
        raise TypeError(msg)
    if not 0 <= value <= LONGEST_WAIT or (above_zero and not value):
        rule = "above 0 and at most" if above_zero else "from 0 to"
        msg = f"{name} must be {rule} {LONGEST_WAIT} seconds, not {_shown(value)}"
        raise ValueError(msg)
    return float(value)


def _plain(name: str, value: int) -> int:
    with suppress(TypeError):
        if not is_bool(value):
            return index(value)
    msg = f"{name} must be an int, not {_shown(value)}"
    raise TypeError(msg)


def is_bool(value: object) -> bool:
    """Return whether a value is Python's or NumPy's bool, which both can pass for numbers."""
    return isinstance(value, bool) or getattr(value, "dtype", None) == "bool"  # NumPy's own


def _outside(name: str, value: int, least: int | None, most: int | None, of: str) -> ValueError:
    unit = f" {of}" if of else ""
    return ValueError(f"{name} must be from {least} to {most}{unit}, not {digits(value)}")


def digits(value: int, form: str = "d") -> str:
    """Return how a message shows a number: at no length that nobody reads."""
    bits = value.bit_length()
    return format(value, form) if bits <= 128 else f"a number of {bits} bits"


def _shown(value: object) -> str:
    return digits(value) if type(value) is int else _repr.repr(value)


def boolean(name: str, value: bool) -> bool:  # noqa: FBT001 (it is what is asked about)
    """Return a truth; numbers and words have none of their own."""
    if not is_bool(value):
        msg = f"{name} must be a bool, not {_shown(value)}"
        raise TypeError(msg)
    return bool(value)


# ---- Words and objects ---------------------------------------------------------------------------


def text(name: str, value: str) -> str:
    """Return text that can be kept as UTF-8."""
    try:
        instance(name, value, str).encode()
    except UnicodeEncodeError:
        msg = f"{name} must be without lone surrogates, unlike {_shown(value)}"
        raise ValueError(msg) from None
    return value


def name(argument: str, value: str) -> str:
    """Return a name that Windows, or Python, can be asked for."""
    text(argument, value)
    if not value or "\0" in value:
        msg = f"{argument} must not be empty or hold a NUL, unlike {_shown(value)}"
        raise ValueError(msg)
    return value


def choice(name: str, value: _Option, options: Sequence[_Option]) -> _Option:
    """Return one of several values."""
    fits = isinstance(value, type(options[0]))
    if fits and value in options:
        return value
    rule = f"{', '.join(map(repr, options[:-1]))} or {options[-1]!r}"
    msg = f"{name} must be {rule}, not {_shown(value)}"
    raise (ValueError if fits else TypeError)(msg)


def constant(name: str, value: int, kind: type[int], *, bits: int = 32) -> int:
    """Return flags, or one value, of so many bits; which go together is Windows' to say."""
    try:
        return integer(name, value, least=0, most=2**bits - 1)
    except TypeError:
        msg = f"{name} must be of {kind.__name__}, not {_shown(value)}"
        raise TypeError(msg) from None


def instance(name: str, value: object, kind: type[_Kept]) -> _Kept:
    """Return an object of a class."""
    if not isinstance(value, kind):
        msg = f"{name} must be a {kind.__name__}, not {_shown(value)}"
        raise TypeError(msg)
    return value


def buffer(name: str, value: _Given, *, writable: bool = False) -> _Given:
    """Return what lends its memory.

    Raises:
        BufferError: It lends none that can be written to.
    """
    try:
        with memoryview(value) as view:  # type: ignore[arg-type]
            if not writable or not view.readonly:
                return value
    except TypeError:
        msg = f"{name} must be bytes or another buffer, not {_shown(value)}"
        raise TypeError(msg) from None
    msg = f"{name} must be writable, unlike {_shown(value)}"
    raise BufferError(msg)


def function(name: str, value: _Given) -> _Given:
    """Return what can be called."""
    if not callable(value):
        msg = f"{name} must be callable, not {_shown(value)}"
        raise TypeError(msg)
    return value


# ---- Several -------------------------------------------------------------------------------------


def each(name: str, value: Iterable[_Given], rule: Callable[[str, _Given], _Kept]) -> list[_Kept]:
    """Return several values, each of which keeps a rule."""
    return [rule(f"{name}[{number}]", item) for number, item in enumerate(several(name, value))]


def several(name: str, value: Iterable[_Given]) -> Iterator[_Given]:
    """Return several values one by one; letters and bytes are not several."""
    given: Iterator[_Given] | None = None
    with suppress(TypeError):
        given = None if isinstance(value, (str, bytes)) else iter(value)
    if given is None:
        msg = f"{name} must be several values, not {_shown(value)}"
        raise TypeError(msg)
    return given


def mapping(name: str, value: Mapping[_Key, _Given]) -> Mapping[_Key, _Given]:
    """Return what says something of several names."""
    if not isinstance(value, Mapping):
        msg = f"{name} must be a mapping, such as a dict, not {_shown(value)}"
        raise TypeError(msg)
    return value


def names(argument: str, value: str | Iterable[str], *, may_be_none: bool = False) -> list[str]:
    """Return several names; a str is one, not so many letters."""
    found = each(argument, [value] if isinstance(value, str) else value, name)
    if not found and not may_be_none:
        msg = f"{argument} must hold a name, unlike {_shown(value)}"
        raise ValueError(msg)
    return found


def addresses(
    name: str,
    value: Iterable[_Given] | Buffer,
    rule: Callable[[str, _Given], int] = address,  # type: ignore[assignment]
) -> memoryview:
    """Return several addresses, which may come as a buffer; that can't be resized meanwhile."""
    try:
        return memoryview(value)  # type: ignore[arg-type]
    except TypeError:
        return memoryview(array("Q", each(name, value, rule)))  # type: ignore[arg-type]
