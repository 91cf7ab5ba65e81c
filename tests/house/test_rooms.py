"""Where things are: every noun has its rooms, and no room is too full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from house.layout import NATIVE, NOUNS, PACKAGE, ROOT, name_of, parts, sources

if TYPE_CHECKING:
    from pathlib import Path

LINES = 400

EVERYTHING = [
    *sources(NATIVE, "*.cpp", "*.hpp"),
    *sources(PACKAGE, "*.py"),
    *sources(ROOT / "tests", "*.py", "*.cpp", "*.hpp"),
    *sources(ROOT / "bench", "*.py", "*.cpp"),
    ROOT / "dev.py",
]


# Parts of the compiled half that Python has no file for, and why.
COMPILED_ALONE = {
    "guard/manager": "asks the service manager; service.py says what for",
    "guard/notice": "shows what a Host has to tell",
    "guard/vigil": "waits for what the kernel has events for; a Host has one",
    "heaps/block": "users get blocks from a Heap or a Pool as C++ made them",
    "heaps/listed": "keeps the heaps of others from going while a Heap looks at them",
    "physical/identities": "reads what the kernel says of pages; all looks are made of it",
    "physical/names": "reads what the filter of file systems wrote",
    "physical/pool_records": "reads what is in the kernel's pools",
    "physical/reader": "hands over all pages in batches",
    "physical/rundown": "has the kernel's tracing name files",
    "physical/sources": "reads who has private pages",
    "physical/superfetch": "asks the kernel for what the others read",
    "processes/anchors": "finds two bytes with a processor's own instructions",
    "processes/bench": "where a thread of a look at Values works",
    "processes/compare": "compares many numbers; Values are made of it",
    "processes/frontier": "cuts what is scanned into shares",
    "processes/kept": "keeps what a look at Values has left",
    "processes/memory": "its calls are methods of Process",
    "processes/needles": "chooses how patterns are looked for; scans and Values are made of it",
    "processes/sieve": "finds one of many patterns with a processor's own instructions",
    "processes/records": "reads what the kernel wrote; list_processes() is made of it",
    "processes/value_rows": "makes rows of what is left of Values",
    "regions/heap_marks": "finds what belongs to heaps, for the walk",
    "regions/landmarks": "finds stacks, heaps and TEBs for the walk",
    "regions/lock": "keeps the locked pages of a Region",
    "regions/names": "names the mapped files of the walk",
    "regions/scopes": "what the with blocks of a Region undo",
    "regions/spans": "asks how pages stand, for regions and for views of sections",
    "sparse/handler": "runs where no Python may",
    "sparse/map": "the bits of a range",
    "sparse/range": "what a SparseBuffer is made of",
    "table/arrow": "the structs of Arrow's interface, which Table hands on",
    "table/slabs": "the memory of tables",
}

# Parts of Python with nothing compiled of their own, and why.
PYTHON_ALONE = {
    "doctor/findings": "asks the other nouns, and says what to do",
    "doctor/verification": "runs the checks, each of which asks another noun",
    "guard/account": "what a run gained and cost",
    "guard/checking": "holds a policy against the machine",
    "guard/conditions": "what rules wait for",
    "guard/deeds": "what rules do",
    "guard/engine": "which rule runs when; pure but for its machine",
    "guard/exporting": "metrics that go out beside the rules",
    "guard/guard": "an engine, a store and this machine",
    "guard/host": "asks the other nouns",
    "guard/lines": "where the keys of a text stand",
    "guard/machine": "the seam that a guard sees the world through",
    "guard/numbers": "what conditions are held against",
    "guard/places": "a file, locked by Python's own module",
    "guard/policy": "rules, in TOML",
    "guard/problems": "what is wrong with a policy",
    "guard/quantities": "numbers as policies write them",
    "guard/reading": "makes conditions and deeds of a policy's tables",
    "guard/serving": "what the service and the task run",
    "guard/store": "a database, by Python's own module",
    "guard/summary": "sums of accounts",
    "guard/task": "asks the Task Scheduler's own program",
    "heaps/machine": "asks the registry through Python's own module",
    "heaps/image": "asks the registry and a file's header through Python's own modules",
    "memory_lists/cleaning": "several commands in a row, and the record of them",
    "memory_lists/dropping": "a command for one file, and two looks that say what came of it",
    "metrics/collecting": "asks the other nouns",
    "metrics/exporter": "a server, with prometheus_client",
    "metrics/exposition": "text that prometheus_client writes",
    "metrics/families": "the list of all metrics",
    "metrics/otlp": "what OpenTelemetry's SDK takes",
    "physical/account": "sums of what a look found, and of what everybody may know",
    "processes/kinds": "how numbers lie in memory",
    "processes/names": "matches names of programs",
    "processes/typed": "makes numbers and text of what was read",
    "regions/hints": "the part of Region that gives hints; its calls are compiled in region",
    "regions/totals": "sums of what a walk found",
    "regions/large_pages": "decides what to ask for next, by what was refused",
    "regions/range": "offset and size",
    "sections/request": "checks what a section is asked for, and says why it is refused",
    "sparse/array": "NumPy's arrays over a SparseBuffer",
    "sparse/grid": "cells of a SparseBuffer",
    "sparse/ndarray": "the class of those arrays, which imports NumPy",
    "table/column": "one column; its calls are compiled in table",
    "table/frames": "asks other libraries for their own data frames",
    "table/preview": "a table at first sight",
    "table/rows": "makes rows of cells",
}

# What a file of tests is about where it is no part: something that holds for all of the noun.
ASPECTS = {
    "brute_force": "scans, against a search that tries every byte",
    "child": "what only a process of its own shows",
    "choice": "whom the rules of trim_where() choose",
    "facts": "what Microsoft's kernel answers",
    "forget": "snapshots that are given up",
    "lab": "what only the laboratory can refuse",
    "numbers": "constants, against the headers of Windows",
    "races": "processes that exit meanwhile",
    "return": "memory that is given back",
    "simulation": "machines of a model, hour after hour",
    "scopes": "what the with blocks of an object undo",
    "scaling": "from a thousand to a million",
    "states": "any order of calls, against a plain account",
    "threads": "many threads at once",
    "views": "buffers that are lent",
    "windows": "what only Windows can prove",
    "wow64": "32-bit processes",
}

NOTHING_COMPILED = {"metrics": "asks the other nouns"}
NO_BENCHMARK = {
    "doctor": "it runs once, and says how long it took",
    "memory_lists": "what a purge costs is the machine's doing",
    "partitions": "they are made once, and asked now and then",
    "privileges": "nobody waits for a token",
}


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_its_rooms(noun: str) -> None:
    compiled = [] if noun in NOTHING_COMPILED else [NATIVE]
    measured = [] if noun in NO_BENCHMARK else [ROOT / "bench"]
    floors = [*compiled, PACKAGE, ROOT / "tests", *measured]
    homeless = [
        floor.name
        for floor in floors
        if not (floor / noun).is_dir() and not (floor / f"{noun}.py").is_file()
    ]
    assert homeless == []


def addresses(floor: Path, prefix: str = "") -> set[str]:
    return {f"{noun}/{part}" for noun in NOUNS for part in parts(floor, noun, prefix)}


def in_one_file(floor: Path) -> set[str]:
    return {noun for noun in NOUNS if not (floor / noun).is_dir()}


def noun_of(address: str) -> str:
    return address.partition("/")[0]


def test_a_compiled_part_has_the_same_name_in_python() -> None:
    compiled = {each for each in addresses(NATIVE) if not each.endswith("binding")}
    whole = in_one_file(PACKAGE)
    alone = {each for each in compiled - addresses(PACKAGE) if noun_of(each) not in whole}
    assert alone == set(COMPILED_ALONE)


def test_a_part_of_python_has_the_same_name_in_cpp() -> None:
    assert addresses(PACKAGE) - addresses(NATIVE) == set(PYTHON_ALONE)


@pytest.mark.parametrize(("floor", "prefix"), [("tests", "test_"), ("bench", "bench_")])
def test_what_is_tested_or_measured_is_a_part_a_noun_or_an_aspect(floor: str, prefix: str) -> None:
    known = addresses(NATIVE) | addresses(PACKAGE) | {f"{noun}/{noun}" for noun in NOUNS}
    strange = {
        each
        for each in addresses(ROOT / floor, prefix) - known
        if each.partition("/")[2] not in ASPECTS
    }
    assert strange == set()


def test_every_aspect_has_a_file_of_tests() -> None:
    tested = {each.partition("/")[2] for each in addresses(ROOT / "tests", "test_")}
    assert set(ASPECTS) - tested == set()


def test_no_file_is_a_place_for_what_has_no_noun() -> None:
    nameless = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert [name_of(path) for path in EVERYTHING if path.stem in nameless] == []


def test_the_name_of_another_package_stands_in_the_changelog_alone() -> None:
    other = b"nt" + b"mem"
    made = {".git", ".ntpages", "dist", "__pycache__"}
    found = []
    kept = [each for each in ROOT.iterdir() if each.name not in made]
    for path in [*kept, *(path for each in kept for path in each.rglob("*"))]:
        if made & {*path.parts}:
            continue
        said = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        found += [name_of(path)] if other in said.lower() else []
    assert found == ["CHANGELOG.md"]


def lines_of_code(path: Path) -> int:
    """Lines that do something: no blank ones, no comments, no docstrings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = re.sub(r'^ *r?"""(?:.|\n)*?"""', "", text, flags=re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith(("#", "//")))


def test_no_file_is_too_long_to_read() -> None:
    lengths = {name_of(path): lines_of_code(path) for path in EVERYTHING}
    assert {name: length for name, length in lengths.items() if length > LINES} == {}
