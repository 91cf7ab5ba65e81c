"""What a scan looks for. Public as ``ntpages.processes.Pattern``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from reprlib import repr as shortened
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from ntpages import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Buffer

ENCODINGS = ("utf-8", "utf-16-le")
"""What text is looked for in unless somebody says."""

_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_TO_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)

_BETWEEN = re.compile(r"\s*,\s*|\s+")  # two bytes
_BEFORE = re.compile(r"0x|\\x", re.IGNORECASE)  # a byte, as programs write it
_DIGIT = re.compile(r"[0-9A-Fa-f]")
_DIGITS = {*"0123456789ABCDEFabcdef?"}
_MASK = re.compile(r"[x?]*x[x?]*")


@dataclass(frozen=True, slots=True, repr=False)
class Needle:
    """Bytes to be found, as they lie in memory."""

    data: bytes
    mask: bytes
    """The bits of each byte that count: 0 lets anything pass, 255 wants it exactly."""
    alignment: int = 1
    """Only addresses that are multiples of this count."""
    name: str = ""
    """What tells it from the other needles of its pattern: an encoding."""

    def __post_init__(self) -> None:
        """Refuse what can't be looked for."""
        if not arguments.instance("data", self.data, bytes):
            msg = "data must have at least one byte, unlike b''"
            raise ValueError(msg)
        if len(arguments.instance("mask", self.mask, bytes)) != len(self.data):
            msg = f"mask must be as long as data, {len(self.data)} bytes, unlike {len(self.mask)}"
            raise ValueError(msg)
        alignment = arguments.power_of_two("alignment", self.alignment, least=1)
        object.__setattr__(self, "alignment", alignment)

    def __repr__(self) -> str:
        """Return the fields; of long ones a part."""
        return (
            f"Needle(data={shortened(self.data)}, mask={shortened(self.mask)}, "
            f"alignment={self.alignment}, name={self.name!r})"
        )


@dataclass(frozen=True, slots=True)
class Pattern:
    """What ``Process.scan()`` looks for: one needle, or one per encoding of a text."""

    needles: tuple[Needle, ...]

    def __post_init__(self) -> None:
        """Refuse what is no needle, or none."""
        if not arguments.instance("needles", self.needles, tuple):
            msg = "needles must hold at least one Needle, unlike ()"
            raise ValueError(msg)
        for number, needle in enumerate(self.needles):
            arguments.instance(f"needles[{number}]", needle, Needle)

    @classmethod
    def exactly(cls, data: Buffer) -> Pattern:
        """Look for these bytes.

        Args:
            data: Bytes, at least one.

        Raises:
            ValueError: There are none.
        """
        if not isinstance(data, bytes):
            try:
                data = memoryview(data).tobytes()
            except TypeError:
                msg = f"data must be bytes, not {shortened(data)}"
                raise TypeError(msg) from None
        return cls((Needle(data, b"\xff" * len(data)),))

    @classmethod
    def hexadecimal(cls, text: str, *, mask: str | None = None) -> Pattern:
        r"""Look for bytes given as hexadecimal digits, ``?`` or ``*`` for what may be anything.

        Args:
            text: One byte a word, as signatures are passed on: ``"48 8B ? ?? 0? 05"``,
                ``"0x48, 0x8B"``, ``r"\x48\x8B"``. ``?`` alone is a whole byte. In one piece two
                digits are a byte: ``"488B????0?05"``.
            mask: A letter for each byte: ``"xx????x"`` lets anything pass where it has a ``?``.
                It may also stand in ``text``, behind the bytes. At its end it may have a ``?`` for
                bytes that are not given.

        Raises:
            ValueError: A character is no digit, one is missing or too many, the mask does not fit,
                or nothing is asked for.
        """
        given = arguments.instance("text", text, str).strip().removesuffix(",")
        words = _BETWEEN.split(given) if given else []
        if mask is None and len(words) > 1 and _MASK.fullmatch(words[-1]):
            mask = words.pop()
        digits = list(_digits(text, words))
        if mask is not None:
            digits = _masked(digits, arguments.instance("mask", mask, str))
        data = bytes.fromhex("".join(digits).replace("?", "0"))
        bits = bytes.fromhex("".join("0" if each == "?" else "F" for each in "".join(digits)))
        if not any(bits):
            msg = f"text must ask for something, and {text!r} matches anything"
            raise ValueError(msg)
        return cls((Needle(data, bits),))

    @classmethod
    def text(
        cls,
        text: str,
        *,
        encodings: str | Iterable[str] = ENCODINGS,
        ignore_case: bool = False,
    ) -> Pattern:
        """Look for a text, in each of these encodings.

        Args:
            text: At least one character. No terminator is looked for.
            encodings: Python's names of them, or one. ASCII text is the same in UTF-8; Windows' own
                strings are UTF-16, ``"utf-16-le"``: with ``"utf-16"`` Python writes a mark of the
                byte order first, which is looked for as well.
            ignore_case: Let the letters A to Z match in either case.

        Raises:
            ValueError: The text or the encodings are empty, or one can't write the text, or not in
                such a way that case can be ignored.
            LookupError: There is no such encoding.
        """
        ignore_case = arguments.boolean("ignore_case", ignore_case)
        if not arguments.instance("text", text, str):
            msg = "text must have at least one character, unlike ''"
            raise ValueError(msg)
        wanted = arguments.names("encodings", encodings)
        return cls(tuple(written("text", text, each, ignore_case=ignore_case) for each in wanted))

    @classmethod
    def integer(cls, value: int, *, size: int = 4, alignment: int | None = None) -> Pattern:
        """Look for a number.

        Args:
            value: From the lowest signed to the highest unsigned number of that size.
            size: Bytes it takes: 1, 2, 4 or 8.
            alignment: Bytes; a power of two. By default its size, as compilers do it; 1 also
                finds numbers that lie anywhere.

        Raises:
            ValueError: A size, alignment or value that can't be.
        """
        value = arguments.integer("value", value)
        size = arguments.choice("size", arguments.integer("size", size), (1, 2, 4, 8))
        if alignment is None:
            alignment = size
        alignment = arguments.power_of_two("alignment", alignment, least=1)
        bits = size * 8
        if not -(1 << (bits - 1)) <= value < 1 << bits:
            msg = f"value must fit into {size} bytes, unlike {arguments.digits(value)}"
            raise ValueError(msg)
        data = (value & ((1 << bits) - 1)).to_bytes(size, "little")
        return cls((Needle(data, b"\xff" * size, alignment),))


def _digits(text: str, words: list[str]) -> Iterator[str]:
    """Yield the two digits of each byte."""
    for word in words:
        plain = word.replace("*", "?")
        first, *numbers = _BEFORE.split(plain)
        if numbers and not first:
            parts = [_byte(f"0{each}" if _DIGIT.fullmatch(each) else each) for each in numbers]
        elif len(words) == 1 and len(plain) > 1:
            parts = [plain[at : at + 2] for at in range(0, len(plain), 2)]
        else:
            parts = [_byte(plain)]
        for part in parts:
            if set(part) - _DIGITS:
                msg = f"text must be made of hexadecimal digits and '?', unlike {text!r}"
                raise ValueError(msg)
            if len(part) != 2:
                msg = f"text must have two digits per byte, and {text!r} has {part!r}"
                raise ValueError(msg)
            yield part


def _byte(digits: str) -> str:
    return "??" if digits == "?" else digits


def _masked(digits: list[str], mask: str) -> list[str]:
    """Return the digits of bytes with all that the mask does not ask for."""
    if set(mask) - {"x", "?"}:
        msg = f"mask must be made of 'x' and '?', unlike {mask!r}"
        raise ValueError(msg)
    missing = len(mask) - len(digits)
    if missing < 0 or "x" in mask[len(digits) :]:
        msg = f"mask must have a letter for each of {len(digits)} bytes, unlike {mask!r}"
        raise ValueError(msg)
    given = [*digits, *["??"] * missing]
    return [pair if letter == "x" else "??" for pair, letter in zip(given, mask, strict=True)]


def written(name: str, text: str, encoding: str, *, ignore_case: bool) -> Needle:
    """Return how an encoding writes a text that came as the argument of this name."""
    data = _encode(name, text, encoding)
    if not ignore_case:
        return Needle(data, b"\xff" * len(data), name=encoding)
    lower = _encode(name, text.translate(_TO_LOWER), encoding)
    upper = _encode(name, text.translate(_TO_UPPER), encoding)
    # A mask can let two bytes pass where one bit tells them apart.
    differing = [a ^ b for a, b in zip(lower, upper)]  # noqa: B905 (see below)
    if len(lower) != len(upper) or any(bits & (bits - 1) for bits in differing):
        msg = f"ignore_case must not be asked for in {encoding}, whose cases differ in many bits"
        raise ValueError(msg)
    return Needle(data, bytes(0xFF ^ bits for bits in differing), name=encoding)


def _encode(name: str, text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeError as unable:
        msg = f"{name} {text!r} can't be written in {encoding}"
        raise ValueError(msg) from unable
    except LookupError as unknown:
        msg = f"encodings must be Python's names of text encodings, unlike {encoding!r}"
        raise LookupError(msg) from unknown
