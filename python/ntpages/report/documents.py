"""What scripts read: JSON and comma-separated values."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from enum import Enum
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
        return _refusal(value)
    if hasattr(value, "names"):  # a table
        return [dict(zip(value.names, row, strict=True)) for row in value]
    return fields(value)


def fields(result: Any) -> dict[str, object]:
    """Return the fields of a result by name, in their order.

    Its class names them in ``__match_args__``, as every dataclass does.
    """
    return {name: getattr(result, name) for name in type(result).__match_args__}


def _refusal(error: Any) -> dict[str, object]:
    return {
        "call": error.call,
        "code": error.code,
        "status": error.status,
        "privilege": getattr(error, "privilege", None) or None,
        "message": str(error),
    }


_COMPACT = json.JSONEncoder(default=plain)
_INDENTED = json.JSONEncoder(default=plain, indent=2)


def print_document(document: object, *, compact: bool = False) -> None:
    """Print one JSON document, in ASCII so that any code page carries it.

    Args:
        document: What to print. Where a value of a ``dict`` is an iterator, it becomes a list with
            a line for each of its items, printed as they come: millions are never in memory.
        compact: Whether all of it goes on one line, for documents of which many follow each other.
    """
    if compact or not isinstance(document, dict):
        sys.stdout.write((_COMPACT if compact else _INDENTED).encode(document))
    else:
        sys.stdout.writelines(_pieces(document))
    sys.stdout.write("\n")


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


def write_csv(file: IO[str], names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows below their names, as comma-separated values."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(names)
    out.writerows(rows)
