"""``ntpages scan`` for what is followed from look to look."""

from __future__ import annotations

import math
import time
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from ntpages.processes import Pattern, Process, Values
from ntpages.processes.kinds import FORMS
from ntpages.processes.modules import Modules
from ntpages.report import consoles, documents
from ntpages.report.processes.scan_values import value_lines, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ntpages.processes import TextRow, ValueRow

KINDS = tuple(FORMS)
FIRST = ("==", "!=", "<", "<=", ">", ">=", "between", "not between")
LATER = ("changed", "unchanged", "increased", "decreased", "increased by", "decreased by")
_WITHOUT_VALUE = LATER[:4]
_SEVERAL = (None, "==", "!=")
_CONTENT = ("==", "!=")
_SCREEN = 1000  # values that somebody looks at


class Content(NamedTuple):
    """Text or bytes that are followed, or compared with those that are; none, of numbers."""

    text: str | None
    encodings: tuple[str, ...]
    ignore_case: bool
    pattern: Pattern | None

    @property
    def option(self) -> str | None:
        """What it was given with."""
        if self.pattern is not None:
            return "--hex"
        return None if self.text is None else "--text"

    @property
    def value(self) -> str | Pattern | None:
        """What to compare with."""
        return self.text if self.pattern is None else self.pattern

    def first(self) -> dict[str, Any]:
        """Return what a first look has to know."""
        if self.pattern is not None:
            return {"kind": "bytes", "value": self.pattern}
        how = {"encodings": self.encodings, "ignore_case": self.ignore_case}
        return {"kind": "text", "value": self.text, **how}


def look(
    pid: int,
    *,
    kind: str | None,
    compare: str | None,
    later: str | None,
    values: tuple[float, ...],
    content: Content,
    tolerance: float | None,
    session: Path | None,
    limit: int | None,
    as_json: bool,
    csv_file: IO[str] | None,
    progress: Callable[[int], object],
    start: int | str,
    end: int | str,
    writable: bool,
) -> None:
    """Take the first look, or a further one at what a session has left, and print what is left."""
    how = later or compare
    if content.value is not None and later is not None and later not in _CONTENT:
        msg = f"{later!r} is of numbers, or compares with nothing: --text and --hex have no effect"
        raise click.UsageError(msg)
    value = _value(how, values) if content.value is None else content.value
    room = 0 if tolerance is None else tolerance
    begun = time.monotonic()
    with Process(pid) as process:
        if later is None:
            if kind is not None:
                _require_whole(kind, values, room)
                what = {"kind": kind, "compare": compare, "value": value, "tolerance": room}
            else:
                what = content.first()
            found = _first(
                process, what, start=start, end=end, writable=writable, progress=progress
            )
        else:
            assert session is not None
            found = Values.load(process, session)
        with found:
            if later is not None:
                _require_kind(found.kind, values, content)
                _require_whole(found.kind, values, room)
                found.narrow(later, value=value, tolerance=room, progress=progress)
            seconds = time.monotonic() - begun
            if session is not None:
                found.save(session)
            if csv_file:
                rows = found.matches() if limit is None else found.matches(limit=limit)
                documents.write_csv(csv_file, rows.names, map(_cells, rows))
            else:
                _print(process, found, limit or _SCREEN, seconds, as_json=as_json)


def _first(process: Process, what: dict[str, Any], **where: Any) -> Values:
    try:
        return Values(process, **what, **where)
    except LookupError as unknown:  # an encoding
        raise click.UsageError(str(unknown)) from unknown


def _require_kind(kind: str, values: tuple[float, ...], content: Content) -> None:
    given = "--value" if values else content.option
    wanted = {"text": "--text", "bytes": "--hex"}.get(kind, "--value")
    if given not in {None, wanted}:
        msg = f"the session is of {kind}, which is compared with {wanted}, not with {given}"
        raise click.UsageError(msg)


def _value(how: str | None, values: tuple[float, ...]) -> float | tuple[float, ...] | None:
    if not values:
        if how is not None and how not in _WITHOUT_VALUE:
            others = ", or a --text or --hex" if how in _CONTENT else ""
            msg = f"{how!r} needs a --value to compare with{others}"
            raise click.UsageError(msg)
        return None
    pair = how in {"between", "not between"}
    if (pair and len(values) != 2) or (len(values) > 1 and how not in _SEVERAL and not pair):
        wanted = "two" if pair else "one"
        msg = f"{how!r} takes {wanted} --value, and {len(values)} are given"
        raise click.UsageError(msg)
    return values if len(values) > 1 else values[0]


def _require_whole(kind: str, values: tuple[float, ...], tolerance: float) -> None:
    """Refuse fractions where numbers have none."""
    for option, number in (*(("--value", each) for each in values), ("--tolerance", tolerance)):
        if isinstance(number, float) and "int" in kind:
            msg = f"{option} {number} is none of {kind}, which are whole numbers"
            raise click.UsageError(msg)


def _print(process: Process, found: Values, limit: int, seconds: float, *, as_json: bool) -> None:
    rows = found.matches(limit=limit)
    if as_json:
        documents.print_document(
            {
                "pid": process.pid,
                "kind": found.kind,
                "left": len(found),
                "values": map(_row, rows),
                "holes": found.holes,
                "scanned": found.scanned,
                "kept": found.kept,
                "complete": len(rows) == len(found),
            }
        )
        return
    for line in value_lines(_places(process, rows)):
        click.echo(line)
    consoles.words().print(verdict(found, len(rows), seconds))


def _row(row: ValueRow | TextRow) -> dict[str, object]:
    cells = row._asdict()
    if isinstance(row.value, float) and not math.isfinite(row.value):
        cells["value"] = str(row.value)  # JSON has no such numbers
    return cells


def _cells(row: ValueRow | TextRow) -> tuple[object, ...]:
    return tuple(cell.hex() if isinstance(cell, bytes) else cell for cell in row)


def _places(
    process: Process, rows: Iterable[ValueRow | TextRow]
) -> Iterator[tuple[int, str, float | str | bytes]]:
    modules = Modules(process.modules())
    return ((row.address, modules.describe(row.address), row.value) for row in rows)
