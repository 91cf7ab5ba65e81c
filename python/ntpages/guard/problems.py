"""Problems: what is wrong with a policy, all of it at once, and where."""

from __future__ import annotations

import difflib
import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ntpages import arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ntpages.guard.lines import Path

    Read = TypeVar("Read")
    Default = TypeVar("Default")

__all__ = ["PolicyError", "Problem", "Section"]

_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a policy."""

    line: int | None
    """In its file, from 1; ``None`` where there is no text."""
    rule: str
    """Of which rule; empty where it is about none."""
    key: str
    """``when.free``, say; empty where it is about no key."""
    value: str
    """What stands there, shortened; empty where nothing does."""
    words: str
    """The rule that it breaks."""

    def __str__(self) -> str:
        """Return all of it in a sentence."""
        place = [f"line {self.line}"] if self.line else []
        place += [f"rule {self.rule!r}"] if self.rule else []
        what = f"{self.key} = {self.value}" if self.value else self.key
        place += [what] if what else []
        return f"{', '.join(place)}: {self.words}" if place else self.words


def _problem(name: str, value: Problem) -> Problem:
    return arguments.instance(name, value, Problem)


class PolicyError(ValueError):
    """A policy that is not right.

    Attributes:
        problems: All that is wrong with it, in the order of its lines.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep what is wrong.

        Args:
            problems: One or more.
        """
        kept = arguments.each("problems", problems, _problem)
        self.problems = tuple(sorted(kept, key=lambda each: each.line or 0))
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again."""
        return type(self), (self.problems,)


class Section:
    """A table of a policy, which is read key by key; problems are collected on the way."""

    def __init__(
        self,
        table: Mapping[str, object],
        path: Path,
        *,
        lines: Mapping[Path, int],
        problems: list[Problem],
        rule: str = "",
    ) -> None:
        """Begin to read.

        Args:
            table: What Python's reader made of it.
            path: Where it is.
            lines: The line of each path.
            problems: Where what is wrong is added.
            rule: The name of the rule that it is of.
        """
        self._table = table
        self._path = path
        self._lines = lines
        self._problems = problems
        self._known: list[str] = []
        self.rule = rule

    def keys(self) -> list[str]:
        """Return the keys that stand there."""
        return list(self._table)

    def has(self, key: str) -> bool:
        """Return whether a key stands there."""
        return key in self._table

    def within(self, table: Mapping[str, object], *path: str | int) -> Section:
        """Return a table inside this one."""
        return Section(
            table,
            (*self._path, *path),
            lines=self._lines,
            problems=self._problems,
            rule=self.rule,
        )

    def wrong(self, words: str, *path: str | int, value: object = _MISSING) -> None:
        """Add a problem of this table, or of something in it."""
        way = (*self._path, *path)
        line = next((found for end in range(len(way), 0, -1) if (found := self._line(way, end))), 1)
        shown = "" if value is _MISSING else reprlib.repr(value)
        self._problems.append(
            Problem(line if self._lines else None, self.rule, _dotted(way), shown, words)
        )

    def _line(self, way: Path, end: int) -> int | None:
        return self._lines.get(way[:end])

    def take(
        self, key: str, read: Callable[[object], Read], default: Default, *, needed: str = ""
    ) -> Read | Default:
        """Return what a key says, or the default where it is absent or wrong.

        Args:
            key: Which.
            read: Makes a value of what stands there; what it raises goes behind "must be".
            default: Otherwise.
            needed: Why the key must be there, if it must.
        """
        self._known.append(key)
        if key not in self._table:
            if needed:
                self.wrong(f"{key} is missing: {needed}")
            return default
        value = self._table[key]
        try:
            return read(value)
        except (TypeError, ValueError) as wrong:
            self.wrong(f"must be {wrong}", key, value=value)
            return default

    def knows(self, *keys: str) -> None:
        """Say which other keys there may be."""
        self._known += keys

    def end(self) -> None:
        """Refuse whatever else stands there."""
        for key, value in self._table.items():
            if key not in self._known:
                self.wrong(f"there is no such key; {_meant(key, self._known)}", key, value=value)


def _meant(word: str, known: Iterable[str]) -> str:
    options = sorted(known)
    close = difflib.get_close_matches(word.lower().replace("_", "-"), options, 1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(options)}"


def one_of(options: Mapping[str, Read]) -> Callable[[object], Read]:
    """Return what reads one of several words."""

    def read(value: object) -> Read:
        if isinstance(value, str) and value in options:
            return options[value]
        rule = f"one of {', '.join(options)}"
        if not isinstance(value, str):
            raise TypeError(rule)
        close = difflib.get_close_matches(value.lower().replace("_", "-"), options, 1)
        raise ValueError(f"{rule}; did you mean {close[0]}?" if close else rule)

    return read


def _dotted(path: Path) -> str:
    """Return the way to a key inside its rule: ``when.any[0].free``."""
    rest = path[2:] if path[:1] == ("rule",) and len(path) > 1 else path
    words = ""
    for each in rest:
        words += f"[{each}]" if isinstance(each, int) else f".{each}" if words else each
    return words
