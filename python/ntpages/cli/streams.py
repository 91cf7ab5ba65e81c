"""Standard streams as a program may find them: absent, closed, or with nobody at the other end.

Data is what a command is asked for: where it can't be written, the command has failed. Words go
with it, and nobody may be there to read them: that stops no work.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

__all__ = ["have_a_terminal", "usable"]


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


class _Words:
    """A text stream that goes on where nobody reads it any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            self._stream.write(text)
        except OSError:
            _forget(self._stream)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            _forget(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def usable() -> Iterator[None]:
    """Let a program write to its streams, whatever they are, in a ``with`` block.

    One that is absent, as under ``pythonw`` and in a service, or closed takes everything and has
    nothing. What the code page of another lacks becomes a question mark: the name of one program in
    another script must not end the list of all.
    """
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, errors = map(_open, before)
    for stream, unknown in ((sys.stdout, "replace"), (errors, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=unknown)
    sys.stderr = cast("TextIO", _Words(errors))
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            _forget(sys.stdout)
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
