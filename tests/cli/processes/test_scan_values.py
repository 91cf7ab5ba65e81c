"""``ntpages scan`` for what is followed and for expressions, and addresses by module."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages.processes import Process
from ntpages.report.cells import address

if TYPE_CHECKING:
    from pathlib import Path

    from target import Target

Capture = pytest.CaptureFixture[str]

PAGE = 4096


def addresses(run: Run) -> list[int]:
    return [row["address"] for row in run.json["values"]]


def page_of(target: Target) -> list[str]:
    return ["--start", hex(target["numbers"]), "--end", hex(target["numbers"] + PAGE)]


def test_numbers_are_followed_from_session_to_session(
    capsys: Capture, target: Target, tmp_path: Path
) -> None:
    session = ["--session", str(tmp_path / "session")]
    words = ["scan", str(target.pid), *session, "--json"]
    target.tell("number 5 100")
    target.tell("number 6 100")
    first = Run(capsys, *words, "--kind", "int32", *page_of(target))
    assert (first.json["left"], first.json["kind"]) == (PAGE // 4, "int32")
    assert (first.json["complete"], len(addresses(first))) == (False, 1000)
    target.tell("number 5 120")
    target.tell("number 6 90")
    assert addresses(Run(capsys, *words, "--next", "changed")) == [
        target["numbers"] + 20,
        target["numbers"] + 24,
    ]
    target.tell("number 5 150")
    increased = Run(capsys, *words, "--next", "increased by", "--value", "30")
    assert increased.json["values"] == [{"address": target["numbers"] + 20, "value": 150}]
    assert increased.json["complete"]
    other = Run(capsys, *words, "--next", "==", "--text", "a")
    assert other.code == 1
    assert "the session is of int32, which is compared with --value" in str(other.json["error"])
    shown = Run(capsys, "scan", str(target.pid), *session, "--next", "==", "--value", "0x96")
    heading, row = map(str.split, shown.out.splitlines())
    assert heading == ["address", "value", "place"]
    assert row == [address(target["numbers"] + 20), "150"]
    assert re.search(r"1 of int32 left, kept in .*Looked at 4 B in .* s, .*/s\.", shown.err)


def test_text_and_bytes_are_followed_from_session_to_session(
    capsys: Capture, target: Target, tmp_path: Path
) -> None:
    session = ["--session", str(tmp_path / "session")]
    words = ["scan", str(target.pid), *session]
    target.tell("number 5 1852142199")  # "wren"
    at = target["numbers"] + 20
    first = Run(capsys, *words, "--text", "WREN", "--ignore-case", *page_of(target), "--json").json
    assert (first["kind"], first["left"]) == ("text", 1)
    assert first["values"] == [{"address": at, "value": "wren", "encoding": "utf-8"}]
    target.tell("number 5 1802465138")  # "rook"
    shown = Run(capsys, *words, "--next", "changed")
    assert shown.out.splitlines()[1].split() == [address(at), "rook"]
    assert "1 of text left, kept in" in shown.err
    kept = Run(capsys, *words, "--next", "==", "--text", "Roo", "--json").json
    assert [row["value"] for row in kept["values"]] == ["roo"]
    assert Run(capsys, *words, "--next", "!=", "--text", "ROO", "--json").json["left"] == 0
    for wrong, told in {
        ("changed", "--text", "a"): "'changed' is of numbers, or compares with nothing: --text and",
        ("<", "--text", "a"): "'<' is of numbers",
        ("==",): "'==' needs a --value to compare with, or a --text or --hex",
        ("increased",): "in a further look at text, not 'increased'",
        ("==", "--value", "5"): "the session is of text, which is compared with --text, not with -",
        ("==", "--hex", "00"): "is compared with --text, not with --hex",
    }.items():
        run = Run(capsys, *words, "--next", *wrong)
        assert run.code == 1
        assert told in run.err
    found = Run(capsys, *words, "--hex", "72 ?? 6f", *page_of(target), "--json").json
    assert {"address": at, "value": "726f6f"} in found["values"]
    target.tell("number 5 1")
    csv = tmp_path / "left.csv"
    assert Run(capsys, *words, "--next", "changed", "--csv", str(csv)).code == 0
    assert csv.read_text().splitlines() == ["address,value", f"{at},010000"]


def test_a_first_look_compares_as_it_is_told(capsys: Capture, target: Target) -> None:
    target.tell("number 5 100")
    target.tell("number 6 101")
    target.tell("number 7 105")
    words = ["scan", str(target.pid), "--kind", "uint32", "--json", *page_of(target)]
    first = target["numbers"] + 20
    wanted = {
        ("--value=100",): [first],
        ("--value=100", "--value=105"): [first, first + 8],
        ("--value=100", "--tolerance=1"): [first, first + 4],
        ("--compare=between", "--value=101", "--value=200"): [first + 4, first + 8],
        ("--compare=>", "--value=101"): [first + 8],
    }
    for how, found in wanted.items():
        run = Run(capsys, *words, *how)
        assert set(found) <= set(addresses(run)), how
        assert first not in set(addresses(run)) - set(found)
    assert len(addresses(Run(capsys, *words, "--value=0", "--limit", "3"))) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kind", "int8"], "--kind without --value needs a --session"),
        (["--next", "changed"], "--next needs a --session"),
        (["--next", "changed", "--session", "no such"], "no such is no session: begin one"),
        (["--kind", "int8", "--value", "200"], "value must be from -128 to 127 in int8, not 200"),
        (
            ["--kind", "int8", "--compare", "<", "--value=1", "--value=2"],
            "'<' takes one --value, and 2 are",
        ),
        (
            ["--kind", "int8", "--compare", "between", "--value=1"],
            "'between' takes two --value, and 1",
        ),
        (["--kind", "int8", "--compare", "<", "--session", "s"], "'<' needs a --value"),
        (["--kind", "int8", "--value", "1.5"], "--value 1.5 is none of int8, which are whole"),
        (["--kind", "int8", "--value=1", "--tolerance=.5"], "'.5' is no number"),
        (["--kind", "int8", "--value=1", "--tolerance=0.5"], "--tolerance 0.5 is none of int8"),
        (["--text", "a", "--kind", "int8"], "--text"),
        (["--integer", "1", "--session", "s"], "--session"),
        (["--regex", "a", "--session", "s"], "--session"),
        (["--text", "a", "--encoding", "none", "--session", "s"], "unlike 'none'"),
        (["--regex", "("], r"--regex '\(' is no regular expression"),
        (["--regex", "x", "--start", "nobody.dll+0x10"], "no module is called 'nobody.dll'"),
    ],
)
def test_what_cant_be_done_with_numbers_is_said_in_a_sentence(
    capsys: Capture, target: Target, words: list[str], told: str
) -> None:
    run = Run(capsys, "scan", str(target.pid), *words)
    assert run.code == 1
    assert re.search(told, run.err)
    assert "Traceback" not in run.err


def test_what_is_no_session_is_refused(capsys: Capture, target: Target, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("{}")
    words = ["--next", "changed", "--session", str(tmp_path / "other")]
    run = Run(capsys, "scan", str(target.pid), *words)
    assert run.code == 1
    assert "file must be one that Values.save() wrote" in run.err


def test_an_expression_is_found_and_shown(capsys: Capture, target: Target) -> None:
    where = ["--start", hex(target["text"]), "--end", hex(target["text"] + PAGE)]
    words = ["scan", str(target.pid), "--regex", "W[a-z]{3} s..g", *where]
    run = Run(capsys, *words, "--json")
    assert run.json["matches"] == [{"address": target["text"] + 100, "size": 9}]
    shown = Run(capsys, *words)
    assert shown.out.splitlines()[1] == f"{address(target['text'] + 100)}  Wren song"
    assert "1 matches in" in shown.err


def test_an_address_is_given_by_its_module(capsys: Capture, target: Target) -> None:
    with Process(target.pid) as process:
        ntdll = process.address_of("ntdll.dll")
    run = Run(capsys, "read", str(target.pid), "ntdll.dll+0x0", "2", "--json")
    assert (run.json["address"], run.json["hex"]) == (ntdll, "4d5a")
    where = ["--start", "ntdll.dll", "--end", "ntdll.dll+0x2"]
    run = Run(capsys, "scan", str(target.pid), "--hex", "4D 5A", *where, "--json")
    assert [row["address"] for row in run.json["matches"]] == [ntdll]
    run = Run(capsys, "scan", str(target.pid), "--kind", "uint16", "--value", "0x5A4D", *where)
    assert re.search(r"23117  ntdll\.dll\+0x0$", run.out.strip())
