"""Many pieces of a process's memory. Public as ``ntpages.processes.Pieces``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages.processes.kinds import FORMS, width

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Pieces"]


@dataclass(frozen=True, slots=True, repr=False)
class Pieces:
    """What ``Process.read_many()`` read. ``pieces[i]`` is the piece at the i-th address."""

    data: bytes
    """All pieces, one behind the other; zeros for those that are missing."""
    size: int
    """Bytes per piece."""
    missing: frozenset[int]
    """Numbers of the pieces that could not be read."""

    def __repr__(self) -> str:
        """Return how many there are; the memory itself may be gigabytes."""
        return f"<Pieces: {len(self)} of {self.size} bytes, {len(self.missing)} missing>"

    def __len__(self) -> int:
        """Return the number of pieces, missing ones included."""
        return len(self.data) // self.size

    def __iter__(self) -> Iterator[bytes | None]:
        """Iterate over the pieces; None for those that could not be read."""
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> bytes | None:
        """Return a piece, or None if it could not be read."""
        number = arguments.position("piece", index, len(self))
        if number in self.missing:
            return None
        return self.data[number * self.size : (number + 1) * self.size]

    def numbers(self, kind: str) -> memoryview:
        """Return the pieces as numbers, without a copy: ``numpy.asarray()`` shares them as well.

        Args:
            kind: ``"int8"``, ``"uint8"`` and so on to ``"uint64"``, ``"float32"`` or ``"float64"``;
                as wide as a piece, or a part of one.

        Returns:
            All numbers of the first piece, then of the second, and so on; 0 for what is
            ``missing``.

        Raises:
            ValueError: There is no such kind, or a piece is no whole number of them.
        """
        arguments.choice("kind", kind, tuple(FORMS))
        if self.size % width(kind):
            msg = f"kind must be as wide as a part of {self.size} bytes, unlike {kind!r}"
            raise ValueError(msg)
        return memoryview(self.data).cast(FORMS[kind][1:])  # type: ignore[call-overload, no-any-return]
