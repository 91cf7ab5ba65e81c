"""Names of programs, as people choose them: with wildcards, in any case."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Names:
    """A choice of names."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Choose what matches any of these; ``*`` and ``?`` stand for anything."""
        # A bracket is one: downloads are called "setup[1].exe".
        self._patterns = [pattern.casefold().replace("[", "[[]") for pattern in patterns]

    def match(self, name: str) -> bool:
        """Return whether a name is among them."""
        return any(fnmatchcase(name.casefold(), pattern) for pattern in self._patterns)
