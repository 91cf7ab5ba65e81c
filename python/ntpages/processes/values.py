"""Numbers, text and bytes in the memory of a process, followed from look to look.

Public as ``ntpages.processes.Values``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE, LAST_ADDRESS
from ntpages.owner import Owner
from ntpages.processes.contents import CONTENTS, Contents, TextRow
from ntpages.processes.kinds import FORMS
from ntpages.processes.numbers import Numbers, ValueRow
from ntpages.processes.pattern import ENCODINGS
from ntpages.processes.saved import Session, load, read_header, save
from ntpages.processes.scan import SLICE, HoleRow
from ntpages.table import Table, adopt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from typing_extensions import Buffer, Self

    from ntpages.processes.modules import ModularProcess
    from ntpages.processes.pattern import Pattern

    _One = float | str | Buffer | Pattern
    _Value = _One | Iterable[_One] | None

__all__ = ["TextRow", "ValueRow", "Values"]


class Values(Owner):
    """All values of one kind in the memory of a process that have passed every look so far.

    The first look goes through all memory that can be read, and keeps what compares as asked; or
    everything, where nobody knows the number yet. Each ``narrow()`` looks again at what is left::

        health = Values(process, kind="int32")      # whatever it is
        health.narrow("decreased")                  # after being hit
        health.narrow("==", value=73)               # once it is shown

    What is left is kept as it was read, without the pages of zeros that make up most of a process:
    ``kept`` says in how many bytes. ``close()`` it, or use it in a ``with`` block.

    Text and bytes are followed where a first look has found them::

        name = Values(process, kind="text", value="wren", ignore_case=True)
        name.narrow("changed")                      # after being renamed
        name.narrow("==", value="nightingale")      # of any length
    """

    __slots__ = ("_alignment", "_followed", "_looks", "_process")

    def __init__(
        self,
        process: ModularProcess,
        *,
        kind: str,
        compare: str | None = None,
        value: _Value = None,
        tolerance: float = 0,
        encodings: str | Iterable[str] = ENCODINGS,
        ignore_case: bool = False,
        alignment: int | None = None,
        start: int | str = 0,
        end: int | str = LAST_ADDRESS,
        writable: bool = False,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> None:
        """Look at all memory that can be read.

        Guard pages are not touched, nor memory that is not cached. Of one's own process, the
        memory that the look itself works with is left out.

        Args:
            process: Whose memory.
            kind: ``"int8"``, ``"uint8"`` and so on to ``"uint64"``, ``"float32"`` or ``"float64"``;
                ``"text"`` or ``"bytes"``.
            compare: ``"=="``, ``"!="``, ``"<"``, ``"<="``, ``">"``, ``">="``, ``"between"`` or
                ``"not between"``, whose ends are inside. ``"=="`` if only ``value`` is given;
                without both everything is kept. Text and bytes have to equal a value.
            value: The number to compare with. With ``"=="`` also several of them, of which it has
                to equal one, and with ``"!="`` none; a pair, the lower first, for the last two. One
                of ``"float32"`` is rounded to that. NaN in memory equals nothing. For ``"text"`` a
                ``str``, for ``"bytes"`` these, or a ``Pattern`` with wildcards, each of at most
                64 KiB, or several: where more than one lies, it is the longest.
            tolerance: How far a number may be from ``value`` and equal it, for ``"=="`` and
                ``"!="``: 0.005 finds what is shown as 3.14.
            encodings: Of ``"text"``, Python's names or one, as for ``Pattern.text()``.
            ignore_case: Let the letters A to Z of ``"text"`` equal either case, in each look.
            alignment: What the address of a value is a multiple of: a power of two, the width of
                numbers and 1 for text and bytes if not given.
            start: Address to begin at.
            end: Address to end before. A value may reach beyond it no further than to its own end.
            writable: Look only at pages that the process can write.
            threads: The number of threads, at most 256; of processors if not given.
            progress: Called with the bytes that have been looked at, many times a second and at
                the end.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            TypeError: An argument is of another kind.
            ValueError: ``kind`` or ``compare`` is none of these, ``value`` is none of the kind, or
                another argument can't be.
            LookupError: There is no such encoding.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            OutOfMemoryError: There is none for what is left.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        arguments.instance("process", process, native.Process)
        self._followed = _followed(kind, encodings, ignore_case=ignore_case)
        begin = self._followed.first(compare, value, tolerance)
        self._process = process
        self._alignment = arguments.power_of_two(
            "alignment", self._followed.width if alignment is None else alignment, least=1
        )
        start, end = arguments.span(process._address("start", start), process._address("end", end))
        self._looks = native.Values(
            process,
            kind,
            len(self._followed.encodings),
            self._alignment,
            start,
            end,
            arguments.boolean("writable", writable),
            arguments.threads("threads", threads),
        )
        self._look(begin, progress)

    def __repr__(self) -> str:
        """Return the kind, and how many are left, or that they are closed."""
        left = "closed" if self.closed else f"{len(self)} of {self.kind}"
        return f"<Values: {left}>"

    def __len__(self) -> int:
        """Return how many are left."""
        return self._looks.count

    def close(self) -> None:
        """Let go of what is left. Waits for calls of other threads; closing twice is harmless.

        Source: ``VirtualFree`` (``memoryapi.h``), Windows XP.
        """
        self._looks.close()

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._looks.closed

    @property
    def kind(self) -> str:
        """What kind of value."""
        return self._followed.kind

    @property
    def scanned(self) -> int:
        """Bytes that the last look read."""
        return self._looks.scanned

    @property
    def kept(self) -> int:
        """Bytes in which the values are kept that are left."""
        return self._looks.kept

    @property
    def holes(self) -> Table[HoleRow]:
        """What the last look stepped over, as for ``Process.scan()``: what was there is gone."""
        return adopt(self._looks.holes(), HoleRow)

    def matches(self, *, limit: int | None = None) -> Table[Any]:
        """Return what is left, in ascending order: ``address``, and ``value`` as it was read last.

        Rows are of ``ValueRow``; those of text are of ``TextRow``, with the ``encoding`` that each
        was found in. What has become no text of that is shown with U+FFFD.

        Args:
            limit: The number of rows at most: the lowest.

        Raises:
            ValueError: ``limit`` can't be, or these are closed.
            OutOfMemoryError: There is none for so many rows.
        """
        if limit is not None:
            limit = arguments.integer("limit", limit, least=1, most=ADDRESS_SPACE, of="matches")
        return self._followed.rows(self._looks.matches(limit or ADDRESS_SPACE))

    def narrow(
        self,
        compare: str,
        *,
        value: _Value = None,
        tolerance: float = 0,
        progress: Callable[[int], object] | None = None,
    ) -> int:
        """Look again at what is left, keep what compares as asked, and return how much that is.

        Where it fails, or is interrupted before its end, all is as it was before.

        Args:
            compare: As for the first look; or, since the last one, ``"changed"`` or
                ``"unchanged"`` (in any bit), ``"increased"``, ``"decreased"``,
                ``"increased by"`` or ``"decreased by"`` a value, where whole numbers wrap. Text and
                bytes are ``"=="``, ``"!="``, ``"changed"`` or ``"unchanged"``.
            value: What to compare with, or several, as for the first look; or that by which a
                number changed. Text and bytes may equal one of another length, and are followed
                with that from then on.
            tolerance: As for the first look, and for how much it changed.
            progress: As for the first look.

        Returns:
            How many are left.

        Raises:
            TypeError: An argument is of another kind.
            ValueError: ``compare`` is none of these, ``value`` is none of the kind or has no
                effect, or the process or these are closed.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            OutOfMemoryError: There is none for what is left.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        self._look(self._followed.later(compare, value, tolerance), progress)
        return len(self)

    def save(self, file: str | PathLike[str]) -> None:
        """Write what is left to a file, from which ``load()`` goes on, in another program too.

        It takes about as many bytes as ``kept`` says; docs/reference/documents.md describes them. A
        file that is there is replaced once all is written.

        Args:
            file: Its path.

        Raises:
            ValueError: These are closed, or so is the process.
            NoSuchProcessError: The process has exited.
            OSError: It can't be written.

        Source: ``GetProcessTimes`` (``processthreadsapi.h``), Windows XP.
        """
        path = Path(file)
        created = self._process._created()
        parts = self._looks.parts
        told = Session(self._followed, self._alignment, self._process.pid, created, parts)
        save(self._looks, told, path)

    @classmethod
    def load(
        cls, process: ModularProcess, file: str | PathLike[str], *, threads: int | None = None
    ) -> Self:
        """Return what was left when a file was saved, to be narrowed further.

        Args:
            process: Whose memory: the very process that it was saved of.
            file: What ``save()`` has written.
            threads: The number of threads, at most 256; of processors if not given.

        Raises:
            ValueError: ``file`` is no such file or broken, or of another process, or of one that
                had the same id before.
            NoSuchProcessError: The process has exited.
            OutOfMemoryError: There is none for so many values.
            OSError: It can't be read.

        Source: ``GetProcessTimes`` (``processthreadsapi.h``), Windows XP.
        """
        arguments.instance("process", process, native.Process)
        threads = arguments.threads("threads", threads)
        path = Path(file)
        with path.open("rb") as opened:
            told = read_header(opened, path)
            if (told.pid, told.created) != (process.pid, process._created()):
                msg = (
                    f"file must be of process {process.pid}, and {str(path)!r} is of process "
                    f"{told.pid}, which is another or was started at another time"
                )
                raise ValueError(msg)
            values = cls.__new__(cls)
            values._process = process
            values._followed, values._alignment = told.followed, told.alignment
            values._looks = native.Values(
                process,
                told.followed.kind,
                len(told.followed.encodings),
                told.alignment,
                0,
                LAST_ADDRESS,
                writable=False,
                threads=threads,
            )
            load(values._looks, told, opened, path)
        return values

    def _look(
        self,
        begin: Callable[[native.Values], None],
        progress: Callable[[int], object] | None,
    ) -> None:
        if progress is not None:
            arguments.function("progress", progress)
        begin(self._looks)
        going = True
        while going:
            going = self._looks.advance(SLICE)
            if progress:
                progress(self._looks.scanned)
        self._looks.finish()


def _followed(
    kind: str, encodings: str | Iterable[str], *, ignore_case: bool
) -> Numbers | Contents:
    arguments.choice("kind", kind, (*FORMS, *CONTENTS))
    ignore_case = arguments.boolean("ignore_case", ignore_case)
    names = tuple(arguments.names("encodings", encodings))
    if kind == "text":
        return Contents(kind, names, ignore_case=ignore_case)
    if names != ENCODINGS or ignore_case:
        name, given = ("ignore_case", True) if ignore_case else ("encodings", encodings)
        msg = f"{name} has no effect with kind {kind!r}, and is {given!r}"
        raise ValueError(msg)
    return Contents(kind, (), ignore_case=False) if kind in CONTENTS else Numbers(kind)
