"""Documents that were saved from --json: what each command refuses to read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from cli.running import Run

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


class Reader(NamedTuple):
    """A command that reads documents, and what it expects in them."""

    arguments: tuple[str, ...]
    documents: int
    printer: str
    rows: str
    row: dict[str, Any]

    def run(self, capsys: Capture, path: Path) -> Run:
        return Run(capsys, *self.arguments, *[str(path)] * self.documents)


READERS = [
    Reader(
        ("heap", "diff"),
        2,
        "ntpages heap walk --json",
        "entries",
        {"heap": 1, "address": 2, "size": 3, "kind": "busy"},
    ),
    Reader(
        ("map", "diff"),
        2,
        "ntpages map --json",
        "regions",
        {
            "address": 65536,
            "size": 4096,
            "protection": 4,
            "state": "commit",
            "type": "private",
            "use": "heap",
            "name": "",
        },
    ),
    Reader(
        ("scan", str(os.getpid()), "--text", "x", "--within"),
        1,
        "ntpages scan --json",
        "matches",
        {"address": 65536, "pattern": 0},
    ),
]

# Where a whole number belongs, as JSON writes it.
NO_NUMBERS = [
    *("-1", "18446744073709551616", "1" + "0" * 5000, "1.5", "1e999", "NaN"),
    *('"16"', "null", "true", "[]", "{}"),
]


@pytest.fixture(params=READERS, ids=lambda reader: reader.rows)
def reader(request: pytest.FixtureRequest) -> Reader:
    chosen: Reader = request.param
    return chosen


def refuse(capsys: Capture, reader: Reader, path: Path, document: str) -> str:
    """Have a document refused, and return the sentence."""
    path.write_bytes(document.encode("utf-8", "surrogatepass"))
    run = reader.run(capsys, path)
    assert run.code == 1
    assert not run.out
    assert "Traceback" not in run.err
    assert f"{path} holds no result of `{reader.printer}`: " in run.err
    return run.err


def test_what_was_saved_is_read(capsys: Capture, tmp_path: Path, reader: Reader) -> None:
    path = tmp_path / "saved"
    path.write_text(json.dumps({"pid": os.getpid(), "more": 1, reader.rows: [reader.row] * 2}))
    assert reader.run(capsys, path).code == 0


@pytest.mark.parametrize(
    "document",
    [
        *("", "no JSON", "[]", "5", "null", '"\ud800"', "{}", '{"pid": 1'),
        "[" * 200_000,
        '{"pid":' * 200_000,
    ],
    ids=lambda document: document[:10],
)
def test_what_is_no_document_is_refused(
    capsys: Capture, tmp_path: Path, reader: Reader, document: str
) -> None:
    refuse(capsys, reader, tmp_path / "saved", document)


@pytest.mark.parametrize("rows", [None, 3, {}, "rows", [5], [None], [{}], [[]]])
def test_rows_of_another_shape_are_refused(
    capsys: Capture, tmp_path: Path, reader: Reader, rows: object
) -> None:
    document = json.dumps({"pid": 1, reader.rows: rows})
    assert reader.rows in refuse(capsys, reader, tmp_path / "saved", document)


def test_rows_that_are_elsewhere_are_refused(
    capsys: Capture, tmp_path: Path, reader: Reader
) -> None:
    for document in (
        {"pid": 1, reader.rows: [reader.row], "more": [reader.row]},
        {"pid": 1, "more": [reader.row]},
        {"pid": 1, reader.rows: [{**reader.row, "more": reader.row}]},
    ):
        refuse(capsys, reader, tmp_path / "saved", json.dumps(document))


@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda number: number[:20])
def test_a_process_id_is_a_number(
    capsys: Capture, tmp_path: Path, reader: Reader, number: str
) -> None:
    refuse(capsys, reader, tmp_path / "saved", f'{{"pid": {number}, "{reader.rows}": []}}')


@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda number: number[:20])
def test_addresses_and_sizes_are_numbers(
    capsys: Capture, tmp_path: Path, reader: Reader, number: str
) -> None:
    numbers = [name for name, cell in reader.row.items() if isinstance(cell, int)]
    for name in set(numbers) - {"heap"}:  # which is of no use here
        row = json.dumps({**reader.row, name: "HERE"}).replace('"HERE"', number)
        refuse(capsys, reader, tmp_path / "saved", f'{{"pid": 1, "{reader.rows}": [{row}]}}')


@pytest.mark.parametrize("word", [7, None, True, ["busy"]])
def test_kinds_are_words(capsys: Capture, tmp_path: Path, reader: Reader, word: object) -> None:
    for name in [name for name, cell in reader.row.items() if isinstance(cell, str)]:
        document = json.dumps({"pid": 1, reader.rows: [{**reader.row, name: word}]})
        refuse(capsys, reader, tmp_path / "saved", document)


def test_a_large_mistake_is_told_in_short(capsys: Capture, tmp_path: Path, reader: Reader) -> None:
    document = json.dumps({"pid": ["x" * 100_000] * 100, reader.rows: []})
    assert len(refuse(capsys, reader, tmp_path / "saved", document)) < 1000
