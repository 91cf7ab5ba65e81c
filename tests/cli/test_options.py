"""Options of every command: what goes together, and numbers of any length."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click
import pytest

from cli.commands import every_command, run
from ntpages.arguments import parse_address, parse_size
from ntpages.cli.arguments import PLACE, REAL, Seconds, parse_number
from ntpages.cli.exits import Exit

if TYPE_CHECKING:
    from ntlab import Lab

Calls = dict[str, list[str]]

# Two options, each of which asks for something else.
EXCLUSIVE = [
    *[(command, *pair) for command in ("map",) for pair in (
        ("--json", "--csv=-"), ("--json", "--picture=m.svg"), ("--csv=-", "--picture=m.svg"),
    )],
    ("lists", "--json", "--picture=m.svg"),
    ("heap walk", "--json", "--picture=m.svg"),
    *[(command, "--json", "--csv=-") for command in (
        "files", "heap list", "limits", "lists", "numa", "pools", "ps", "scan", "strings", "where",
    )],
    ("where", "--json", "--picture=m.svg"),
    ("guard report", "--json", "--picture=m.svg"),
    *[(f"guard {each}", "--service", "--task") for each in ("install", "start", "stop")],
    ("guard uninstall", "--service", "--task"),
    ("metrics", "--json", "--textfile=."),
    ("metrics", "--json", "--serve=0"),
    ("metrics", "--textfile=.", "--serve=0"),
    ("metrics", "--textfile=.", "--families"),
    ("metrics", "--serve=0", "--families"),
    ("metrics", "--serve=0", "--otlp=http://a"),
    ("metrics", "--textfile=.", "--otlp=http://a"),
    ("metrics", "--json", "--otlp=http://a"),
    ("metrics", "--families", "--otlp=http://a"),
    ("heap walk", "--json", "--csv=-"),
    ("heap walk", "--details", "--histogram"),
    ("read", "--raw", "--json"),
    ("ps", "--all", "--columns=pid"),
    ("scan", "--hex=41", "--text=A"),
    ("scan", "--hex=41", "--integer=1"),
    ("scan", "--text=A", "--integer=1"),
    ("scan", "--hex=41", "--regex=A"),
    ("scan", "--regex=A", "--kind=int8"),
    ("scan", "--kind=int8", "--next=changed"),
    ("clean", "--all", "--steps=flush-modified"),
]  # fmt: skip

# Where an option has no effect.
WITHOUT_EFFECT = [
    ("clean --all --dry-run", "--keep-going"),
    ("clean --all --dry-run", "--refaults=1"),
    ("defrag --dry-run", "--refaults=1"),
    ("doctor", "--effects"),
    ("doctor", "--report=report.md"),
    ("trim --where * --dry-run", "--settle=1"),
    ("guard run --policy gaming --dry-run", "--store=guard.db"),
    ("heap", "--clone"),
    ("heap list", "--method=query"),
    ("heap walk", "--timeout=1"),
    ("heap walk 4", "--details"),
    ("heap image nobody.exe", "--dry-run"),
    ("heap machine", "--dry-run"),
    ("limits 4", "--dry-run"),
    ("scan 4 --hex 41", "--encoding=utf-8"),
    ("scan 4 --text A", "--mask=x"),
    ("scan 4 --integer 1", "--ignore-case"),
    ("scan 4 --hex 41", "--size=1"),
    ("scan 4 --text A", "--anywhere"),
    ("scan 4 --text A", "--compare=<"),
    ("scan 4 --regex A", "--value=1"),
    ("scan 4 --hex 41", "--tolerance=1"),
    ("scan 4 --integer 1", "--session=session"),
    ("scan 4 --next changed --session session", "--writable"),
    ("scan 4 --next changed --session session", "--start=0x1000"),
    ("metrics", "--anyone"),
    ("metrics", "--every=3"),
    ("metrics --serve=0", "--every=3"),
    ("metrics", "--certificate=dev.py"),
    ("metrics", "--key=dev.py"),
    ("metrics", "--credentials=dev.py"),
    ("metrics --families", "--top=3"),
    ("metrics --families", "--pids"),
    ("map --csv -", "--regions"),
    ("map", "--ascending"),
    ("map --picture m.svg", "--sort=size"),
    ("map --picture m.svg", "--columns=size"),
    ("heap walk --histogram", "--columns=heap"),
    ("clean --all --dry-run", "--picture=m.svg"),
    ("where --csv -", "--files"),
    ("where", "--top=3"),
    ("where --picture m.svg", "--files"),
    ("where --picture m.svg", "--processes"),
]

# Has an effect wherever it is taken.
ALWAYS = {
    *("--theme", "--tree"),
    *("--account", "--accessible", "--ascending", "--debug", "--every", "--except", "--filter"),
    *("--name", "--once", "--policy", "--rule"),
    *("--page-heap", "--stack-database", "--only-path", "--against", "--save"),
    *("--min", "--max", "--hard-min", "--hard-max", "--minimum"),
    *(
        "--elevate",
        "--floor",
        "--full",
        "--heap",
        "--histogram",
        "--idle",
        "--limit",
        "--limits",
        "--min-size",
    ),
    *("--names", "--noun", "--partial", "--pid", "--quick", "--report", "--segment-heap", "--sort"),
    *(
        "--start",
        "--end",
        "--top",
        "--use",
        "--verify",
        "--watch",
        "--where",
        "--within",
        "--writable",
    ),
}


def test_of_every_option_it_is_said_where_it_has_no_effect() -> None:
    told = {word.partition("=")[0] for row in chain(EXCLUSIVE, WITHOUT_EFFECT) for word in row[1:]}
    there = {
        option
        for command in every_command().values()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert there - {"--help", "-h"} == told | ALWAYS | {"--dry-run"}


@pytest.mark.lab
@pytest.mark.parametrize(("command", "one", "other"), EXCLUSIVE)
def test_options_that_exclude_each_other_are_refused(
    calls: Calls, command: str, one: str, other: str
) -> None:
    if "--picture" in one + other:
        pytest.importorskip("matplotlib")
    words = [*calls[command], one, other]
    if command == "clean" or (command == "scan" and "--json" not in one):
        words = [*calls[command][: len(command.split()) + (command == "scan")], one, other]
    ended = run(words)
    assert ended.code == Exit.FAILURE
    names = [each.partition("=")[0] for each in (one, other)]
    assert all(name in ended.err for name in names)
    assert "one of the two" in ended.err


@pytest.mark.lab
@pytest.mark.parametrize(("words", "option"), WITHOUT_EFFECT)
def test_an_option_that_has_no_effect_is_refused(lab: Lab, words: str, option: str) -> None:
    for model in ("memory_lists", "privileges", "working_sets"):
        lab.model(model)
    ended = run([*words.split(), option])
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert option.partition("=")[0] in ended.err
    assert lab.count("NtSetSystemInformation") == lab.count("EmptyWorkingSet") == 0


# ---- Numbers -------------------------------------------------------------------------------------

OURS = {"address", "count", "number", "pid", "place", "seconds", "size"}
NO_NUMBERS = [
    *("", "-", "x", "0x", "1e999", "inf", "-inf", "nan", "1_000", "\uff11", "\u0663"),
    *("9" * 400, "9" * 5000, "0x" + "f" * 400, "1." + "9" * 400 + "k"),
]


def numeric(kind: type[click.Parameter]) -> list[tuple[str, str]]:
    return [
        (name, parameter.opts[0])
        for name, command in every_command().items()
        for parameter in command.params
        if isinstance(parameter, kind) and parameter.type.name in OURS
    ]


def test_every_number_is_read_by_a_rule_of_ours() -> None:
    """Those of click take nan, endless digits and other scripts."""
    foreign = {"integer", "float", "integer range", "float range"}
    for name, command in every_command().items():
        for parameter in command.params:
            assert parameter.type.name not in foreign, f"{name} {parameter.name}"


@pytest.mark.lab
@pytest.mark.parametrize(("command", "option"), numeric(click.Option))
def test_what_is_no_number_is_refused_before_anything_is_done(
    calls: Calls, lab: Lab, command: str, option: str
) -> None:
    before = lab.count("NtSetSystemInformation"), lab.count("EmptyWorkingSet")
    for word in NO_NUMBERS:
        refuse([*calls[command], f"{option}={word}"], option)
    assert (lab.count("NtSetSystemInformation"), lab.count("EmptyWorkingSet")) == before


@pytest.mark.lab
@pytest.mark.parametrize(
    "words",
    [
        *("read 4 HERE 1", "read 4 0x10000 HERE", "scan 4 --text A --start HERE"),
    ],
)
def test_an_argument_that_is_no_number_is_refused(words: str) -> None:
    for word in NO_NUMBERS[1:]:
        refuse([word if each == "HERE" else each for each in words.split()], "")


def refuse(words: list[str], option: str) -> None:
    ended = run(words)
    assert (ended.code, ended.out) == (Exit.FAILURE, ""), words
    assert "Traceback" not in ended.err
    assert option in ended.err
    assert len(max(ended.err.splitlines(), key=len)) < 300


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", 0),
        ("9", 9),
        ("0x340000", 0x340000),
        ("0X00000034AbCd", 0x34ABCD),
        ("0x000000340000", 0x340000),
        ("00000000`00340000", 0x340000),
        ("00007ff7`1234abcd", 0x7FF7_1234_ABCD),
        ("0x00007ff7`1234abcd", 0x7FF7_1234_ABCD),
        ("00007ff7'1234abcd", 0x7FF7_1234_ABCD),
        ("0n3407872", 3407872),
        ("0xffffffffffffffff", 2**64 - 1),
        ("0x1fffffffffffff", 2**53 - 1),
        ("0x20000000000001", 2**53 + 1),  # which no float has
    ],
)
def test_an_address_is_read_as_it_is_printed(text: str, address: int) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["340000", "10", "7ffe0000", "000000340000", "0000000000340000"])
def test_bare_digits_are_refused_as_an_address(text: str) -> None:
    with pytest.raises(ValueError, match=f"could be decimal or hexadecimal: write 0x{text}"):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "-1",
        "-0x1",
        "0x1ffffffffffffffff",
        "0n",
        "`1",
        "1`",
        "1``2",
        "0x12g",
        "1 2",
        "1e5.",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0x340000", 0x340000),
        ("kernel32.dll+0x1f40", "kernel32.dll+0x1f40"),
        ("7zip.exe", "7zip.exe"),
        ("C:\\a b\\notepad++.exe + 0x10", "C:\\a b\\notepad++.exe + 0x10"),
    ],
)
def test_a_place_is_an_address_or_named_by_a_module(text: str, place: int | str) -> None:
    assert PLACE.convert(text, None, None) == place


@pytest.mark.parametrize(
    ("text", "number"),
    [("100", 100), ("-0x10", -16), ("1.5", 1.5), ("-2e3", -2000.0), (str(2**63), 2**63)],
)
def test_a_number_with_a_fraction_is_a_float_and_one_without_is_whole(
    text: str, number: float
) -> None:
    found = REAL.convert(text, None, None)
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1e308e1", "0x1p3", "1e400"])
def test_what_is_no_number_with_a_fraction_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no number: write 100, 0x64"):
        REAL.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0x40", 64),
        ("0x1000", 4096),
        ("0.5k", 512),
        ("128T", 2**47),
        ("70368744177665", 2**46 + 1),
        ("127.999999999999T", (127999999999999 << 40) // 10**12),
        ("65535.99999999999g", (6553599999999999 << 30) // 10**11),
    ],
)
def test_a_size_is_exact(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["1.5", "0.5b", "129T", "0x1k", "0x", "1,5k", "9" * 400, "9" * 5000]
)
def test_what_memory_can_not_be_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is no size: write 4096, 64K, "):
        parse_size(text)


def test_values_are_decimal_or_hexadecimal() -> None:
    assert [parse_number(text) for text in ("10", "0x10", "-1", str(2**63 + 1))] == [
        *(10, 16, -1, 2**63 + 1)
    ]


def test_seconds_can_be_waited_for() -> None:
    assert Seconds().convert("0", None, None) == 0
    assert Seconds(0.1).convert("1e3", None, None) == 1000
    with pytest.raises(click.BadParameter, match="above 0 to 4294967"):
        Seconds(above=True).convert("0", None, None)
