"""What scripts read: JSON and comma-separated values."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator
from contextvars import ContextVar
from enum import Enum, IntFlag
from typing import IO, TYPE_CHECKING, Any

from ntpages.report.origin import origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def plain(value: Any) -> object:
    """Return ``value`` one step nearer to what JSON knows.

    An enum is its value; bytes are hexadecimal; a table a list with an object for each row; a
    refusal what Windows said; and any other result an object of its fields, in their order.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, OSError):
        return _refusal(value, str(value))
    if hasattr(value, "names"):  # a table
        return [dict(zip(value.names, row, strict=True)) for row in value]
    return fields(value)


def fields(result: Any) -> dict[str, object]:
    """Return the fields of a result by name, in their order.

    Its class names them in ``__match_args__``, as every dataclass does.
    """
    return {name: getattr(result, name) for name in type(result).__match_args__}


def dated(document: Mapping[str, object]) -> dict[str, object]:
    """Return a document that begins with ``time``, seconds since 1970, and who made it where.

    What is saved is compared with what is saved later, elsewhere, or by another version.
    """
    return {"time": time.time(), **origin.get()(), **document}


def _refusal(error: BaseException, words: str) -> dict[str, object]:
    named = {name: getattr(error, name, None) for name in ("call", "code", "status", "privilege")}
    return {**named, "privilege": named["privilege"] or None, "message": words}


_COMPACT = json.JSONEncoder(default=plain)
_INDENTED = json.JSONEncoder(default=plain, indent=2)

_begun = ContextVar("begun", default=False)  # a document that no other may follow


def print_document(document: Mapping[str, object], *, compact: bool = False) -> None:
    """Print one JSON document with its time and origin, in ASCII so that any code page carries it.

    Args:
        document: What to print. Where a value is an iterator, it becomes a list with a line for
            each of its items, printed as they come: millions are never in memory.
        compact: Whether all of it goes on one line, for documents of which many follow each other.
    """
    before = _begun.set(True)
    if compact:
        whole = {
            key: list(value) if isinstance(value, Iterator) else value
            for key, value in dated(document).items()
        }
        sys.stdout.write(_COMPACT.encode(whole))
    else:
        sys.stdout.writelines(_pieces(dated(document)))
    sys.stdout.write("\n")
    if compact:
        _begun.reset(before)


def print_error(error: BaseException, words: str) -> None:
    """Print a document, on one line, about what went wrong; unless there is one already.

    Args:
        error: What was raised. Where Windows refused, the document says what it said.
        words: What to say of it.
    """
    if not _begun.get():
        print_document({"error": _refusal(error, words)}, compact=True)


def _pieces(document: dict[str, object]) -> Iterator[str]:
    before = "{"
    for key, value in document.items():
        yield f"{before}\n  {json.dumps(key)}: "
        if isinstance(value, Iterator):
            yield from _lines(value)
        else:
            yield _INDENTED.encode(value).replace("\n", "\n  ")
        before = ","
    yield "\n}"


def _lines(items: Iterator[object]) -> Iterator[str]:
    before = "["
    for item in items:
        yield f"{before}\n    {_COMPACT.encode(item)}"
        before = ","
    yield "[]" if before == "[" else "\n  ]"


def each(rows: Any) -> Iterator[object]:
    """Return rows, each of which is printed on a line of its own."""
    if hasattr(rows, "names"):  # a table
        return (dict(zip(rows.names, row, strict=True)) for row in rows)
    return iter(rows)


def write_csv(file: IO[str], names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows below their names, as comma-separated values: what is unknown is empty.

    Where rows were written before, there are no names.
    """
    out = csv.writer(file, lineterminator="\n")
    try:
        if names:
            out.writerow(names)
        out.writerows(rows)
        file.flush()  # here, where failing to is told
    except OSError as wrong:
        if file.name != "-":
            wrong.filename = file.name
        raise


def value(cell: object) -> object:
    """Return a cell as it stands between commas: numbers are whole, whatever they mean."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return (
        int(cell) if isinstance(cell, IntFlag) else cell.value if isinstance(cell, Enum) else cell
    )
