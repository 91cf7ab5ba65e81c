"""Standard streams as a program may find them: absent, closed, or with nobody at the other end.

Data is what a command is asked for: where it can't be written, the command has failed. Words go
with it, and nobody may be there to read them: that stops no work.
"""

from __future__ import annotations

import io
import os
import sys
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

__all__ = ["UnwrittenError", "have_a_terminal", "usable"]


class _Nowhere(io.RawIOBase):
    """Takes everything, and has nothing, like Windows' NUL, which would pass for a terminal."""

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        del buffer
        return 0

    def write(self, data: Any) -> int:
        return len(data)


class UnwrittenError(OSError):
    """Data that could not be written: of the same kind may be the error of any other call."""


class _Stream(ABC):
    """A stream whose errors of writing are told apart from all others, or not told at all."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    @abstractmethod
    def _failed(self, wrong: OSError) -> None: ...

    def write(self, content: Any) -> int:
        try:
            self._stream.write(content)
        except OSError as wrong:
            self._failed(wrong)
        return len(content)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:  # which may have errors of their own
            self.write(line)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as wrong:
            self._failed(wrong)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Data(_Stream):
    """What a command is asked for: where it can't be written, the command has failed."""

    @property
    def buffer(self) -> _Data:
        return _Data(self._stream.buffer)

    def _failed(self, wrong: OSError) -> None:
        raise UnwrittenError(wrong.errno, wrong.strerror) from None


class _Words(_Stream):
    """A text stream that goes on where nobody reads it any more."""

    def _failed(self, wrong: OSError) -> None:
        del wrong
        _forget(self._stream)


@contextmanager
def usable() -> Iterator[None]:
    """Let a program write to its streams, whatever they are, in a ``with`` block.

    One that is absent, as under ``pythonw`` and in a service, or closed takes everything and has
    nothing. What the code page of another lacks becomes a question mark: the name of one program in
    another script must not end the list of all.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, data, words = map(_open, before)
    for stream, unknown in ((data, "replace"), (words, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=unknown)
    sys.stdout, sys.stderr = cast("TextIO", _Data(data)), cast("TextIO", _Words(words))
    try:
        yield
    finally:
        try:
            data.flush()
        except (OSError, ValueError):
            _forget(data)
        sys.stdin, sys.stdout, sys.stderr = before


def have_a_terminal() -> bool:
    """Return whether somebody can type, and see an answer. NUL, which passes for one, is none."""
    keyboard = getattr(getattr(sys.__stdin__, "buffer", None), "raw", None)
    is_console = type(keyboard).__name__ == "_WindowsConsoleIO"
    return is_console and sys.__stdout__ is not None and sys.__stderr__ is not None


def _open(stream: TextIO | None) -> TextIO:
    if stream is None or getattr(stream, "closed", False):
        nowhere: Any = io.BufferedRWPair(_Nowhere(), _Nowhere())
        return io.TextIOWrapper(nowhere, encoding="utf-8")
    return stream


def _forget(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere: the interpreter would complain when it ends."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
