"""Lines: where each key of a TOML text stands, which Python's reader does not tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lines_of_keys"]

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'(?:.|\n)*?'{3,5}'''  # strings of several lines
    r"""|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'"""
    r"|\#[^\n]*|\n|[\[\]{},=.]|[ \t\r]+|[^\s\[\]{},=.\"'\#]+",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines_of_keys(text: str) -> dict[Path, int]:
    """Return the line, from 1, of each key and each item of an array, by its way from the top.

    Args:
        text: TOML without mistakes: that must be known by then.
    """
    return _Reader(text).read()


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if code[0] in "uU" and len(code) > 1 else _ESCAPED.get(code, code)


def _key(word: str) -> str:
    if word[:1] == '"':
        return _ESCAPE.sub(_unescaped, word[1:-1])
    return word[1:-1] if word[:1] == "'" else word


class _Reader:
    """Walks over the words of a text once."""

    def __init__(self, text: str) -> None:
        self._words = list(self._split(text))
        self._at = 0
        self._found: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}  # of the tables in each array of tables

    @staticmethod
    def _split(text: str) -> Iterator[tuple[str, int]]:
        line = 1
        for match in _TOKEN.finditer(text.replace("\r\n", "\n")):
            word = match[0]
            if word[0] not in "# \t\r":
                yield word, line
            line += word.count("\n")

    def _next(self, *, over_lines: bool = False) -> str:
        while over_lines and self._at < len(self._words) and self._words[self._at][0] == "\n":
            self._at += 1
        return self._words[self._at][0] if self._at < len(self._words) else ""

    def _take(self) -> tuple[str, int]:
        self._at += 1
        return self._words[self._at - 1]

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while word := self._next(over_lines=True):
            if word == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _keys(self, end: str) -> tuple[list[str], int]:
        """Read ``a."b".c`` and what ends it; return its parts and its line."""
        keys: list[str] = []
        line = self._words[self._at][1]
        while (word := self._take()[0]) != end:
            if word != ".":
                keys.append(_key(word))
        return keys, line

    def _header(self) -> Path:
        self._take()
        several = self._next() == "["
        if several:
            self._take()
        keys, line = self._keys("]")
        if several:
            self._take()
        path: Path = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            self._found.setdefault(path, line)
            if several and number == len(keys):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        self._found.setdefault(path, line)
        return path

    def _pair(self, table: Path) -> None:
        keys, line = self._keys("=")
        for key in keys:
            table = (*table, key)
            self._found.setdefault(table, line)
        self._value(table)

    def _value(self, path: Path) -> None:
        word = self._next(over_lines=True)
        if word == "[":
            self._take()
            number = 0
            while self._next(over_lines=True) != "]":
                self._found[(*path, number)] = self._words[self._at][1]
                self._value((*path, number))
                number += 1
                if self._next(over_lines=True) == ",":
                    self._take()
            self._take()
        elif word == "{":
            self._take()
            while self._next(over_lines=True) != "}":
                self._pair(path)
                if self._next(over_lines=True) == ",":
                    self._take()
            self._take()
        else:  # a date has a space in it, a float a point
            while self._next() not in {"", "\n", ",", "]", "}"}:
                self._take()
