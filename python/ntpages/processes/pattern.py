"""What a scan looks for. Public as ``ntpages.processes.Pattern``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable

_CASE = 0xDF  # every bit of a letter but the one that makes it small


@dataclass(frozen=True, slots=True)
class Needle:
    """Bytes to be found, as they lie in memory."""

    data: bytes
    mask: bytes
    """The bits of each byte that count: 0 lets anything pass, 255 wants it exactly."""
    alignment: int = 1
    """Only addresses that are multiples of this count."""
    name: str = ""
    """What tells it from the other needles of its pattern: an encoding."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What ``Process.scan()`` looks for: one needle, or one per encoding of a text."""

    needles: tuple[Needle, ...]

    @classmethod
    def exactly(cls, data: bytes) -> Pattern:
        """Look for these bytes.

        Args:
            data: Bytes, at least one.

        Raises:
            ValueError: There are none.
        """
        if not data:
            msg = "a pattern must have at least one byte"
            raise ValueError(msg)
        return cls((Needle(bytes(data), b"\xff" * len(data)),))

    @classmethod
    def hexadecimal(cls, text: str) -> Pattern:
        """Look for bytes given as hexadecimal digits, a ``?`` for each digit that may be any.

        Args:
            text: Two digits per byte, spaces wherever they help: ``"48 8B ?? 0? 05"``.

        Raises:
            ValueError: A character is no digit, one is missing, or nothing is asked for.
        """
        digits = "".join(arguments.instance("text", text, str).split())
        if len(digits) % 2:
            msg = f"a pattern has two digits per byte, and {text!r} an odd number of them"
            raise ValueError(msg)
        try:
            data = bytes.fromhex(digits.replace("?", "0"))
        except ValueError:
            msg = f"a pattern is made of hexadecimal digits and '?', unlike {text!r}"
            raise ValueError(msg) from None
        mask = bytes.fromhex("".join("0" if digit == "?" else "F" for digit in digits))
        if not any(mask):
            msg = f"a pattern must ask for something, and {text!r} matches anything"
            raise ValueError(msg)
        return cls((Needle(data, mask),))

    @classmethod
    def text(
        cls,
        text: str,
        *,
        encodings: str | Iterable[str] = ("utf-8", "utf-16-le"),
        ignore_case: bool = False,
    ) -> Pattern:
        """Look for a text, in each of these encodings.

        Args:
            text: At least one character. No terminator is looked for.
            encodings: Python's names of them, or one. ASCII text is the same in UTF-8; Windows' own
                strings are UTF-16.
            ignore_case: Let the letters A to Z match in either case.

        Raises:
            ValueError: The text or the encodings are empty, or one can't write the text.
            LookupError: There is no such encoding.
        """
        if not arguments.instance("text", text, str):
            msg = "text must have at least one character, unlike ''"
            raise ValueError(msg)
        wanted = arguments.names("encodings", encodings)
        return cls(tuple(_encode(text, each, ignore_case=ignore_case) for each in wanted))

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
            msg = f"value must fit into {size} bytes, unlike {value}"
            raise ValueError(msg)
        data = (value & ((1 << bits) - 1)).to_bytes(size, "little")
        return cls((Needle(data, b"\xff" * size, alignment),))


def _encode(text: str, encoding: str, *, ignore_case: bool) -> Needle:
    try:
        parts = [character.encode(encoding) for character in text]
    except UnicodeEncodeError as unable:
        msg = f"{text!r} can't be written in {encoding}"
        raise ValueError(msg) from unable
    masks = [
        bytes(_CASE if ignore_case and byte and character.isascii() and character.isalpha()
              else 0xFF for byte in part)
        for character, part in zip(text, parts, strict=True)
    ]  # fmt: skip
    return Needle(b"".join(parts), b"".join(masks), name=encoding)
