"""Memory as hexadecimal digits and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import address

if TYPE_CHECKING:
    from collections.abc import Iterator

_VISIBLE = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))


def visible(memory: bytes) -> str:
    """Return the ASCII characters of memory, and a dot for whatever is none."""
    return memory.translate(_VISIBLE).decode("ascii")


def hex_lines(memory: bytes, start: int) -> Iterator[str]:
    """Yield memory as lines of sixteen bytes, digits and text; ``*`` for more of the same."""
    last = len(memory) - 16
    before = b""
    for at in range(0, len(memory), 16):
        part = memory[at : at + 16]
        if part != before or at >= last:
            digits = f"{part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}"
            yield f"{address(start + at)}  {digits}  {visible(part)}"
        elif part != memory[max(0, at - 32) : at - 16]:
            yield "*"
        before = part
