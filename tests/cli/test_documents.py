"""What --json prints, of every command: one object that says when, where and by which version it
was made, as docs/schemas describe it; also of what went wrong."""

from __future__ import annotations

import json
import re
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from cli.commands import every_command, run
from cli.conftest import MODELS
from cli.schemas import FOLDER, every_schema, misfits, name_of
from ntpages import memory_lists, system
from ntpages.cli.exits import Exit
from ntpages.heaps import Heap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

Calls = dict[str, list[str]]

ORIGIN = ("time", "version", "host")

# What prints no documents, and why.
WITHOUT = {
    "bench": "--report writes them",
    "dsc": "it prints what DSC wants to read, as its manifests describe it",
    "top": "it is a screen",
}

PRINTERS = sorted(
    name
    for name, command in every_command().items()
    if any("--json" in parameter.opts for parameter in command.params)
)


def error(out: str) -> dict[str, Any]:
    """What the only document of an output says went wrong."""
    document = json.loads(out)
    assert misfits("error", document) == []
    assert list(document) == [*ORIGIN, "error"]
    assert list(document["error"]) == ["call", "code", "status", "privilege", "message"]
    found: dict[str, Any] = document["error"]
    return found


def test_every_command_that_has_data_prints_documents() -> None:
    assert set(every_command()) - set(PRINTERS) == set(WITHOUT)


@pytest.mark.parametrize("command", PRINTERS)
def test_a_document_says_when_where_and_by_which_version_it_was_made(
    command: str, calls: Calls
) -> None:
    before = time.time()
    ended = run([*calls[command], "--json"])
    assert ended.code == Exit.OK
    document = json.loads(ended.out)
    assert before <= document["time"] <= time.time()
    assert document["version"] == metadata.version("ntpages")
    windows = system.windows()
    made_on = {"version": windows.version, "build": windows.build, "wine": windows.wine}
    assert document["host"] == made_on
    assert (*document,)[:3] == ORIGIN
    assert len(document) > 3


@pytest.mark.parametrize("command", PRINTERS)
def test_a_document_is_what_its_schema_describes(command: str, calls: Calls) -> None:
    ended = run([*calls[command], "--json"])
    document = json.loads(ended.out)
    schema = name_of(command)
    assert misfits(schema, document) == []
    assert misfits(schema, {**document, "surprise": 1})
    for key in document:
        assert misfits(schema, {each: document[each] for each in document if each != key}), key
        assert misfits(schema, {**document, key: object()}), key


# Options with which a document has more in it.
MORE = {
    "clean": "--steps flush-modified --refaults 0.1",
    "doctor": "--verify",
    "heap walk": "--details --heap {heap:#x}",
    "metrics": "--families",
    "ps": "--limits --full",
    "where": "--processes --files",
}


@pytest.mark.parametrize("command", MORE)
def test_what_more_options_bring_is_described_too(command: str, lab: Lab) -> None:
    for model in MODELS:
        lab.model(model)
    with Heap.create() as heap:
        heap.allocate(64)
        words = MORE[command].format(heap=heap.address).split()
        ended = run([*command.split(), *words, "--json"])
    assert misfits(name_of(command), json.loads(ended.out)) == []


def interrupt_at(last: int) -> Callable[[float], None]:
    """A sleep that takes no time, and is interrupted in the end."""
    left = iter(range(1, last))

    def sleep(_: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return sleep


def test_each_command_has_a_schema_and_each_schema_a_command() -> None:
    assert set(every_schema()) == {"document", "error", *map(name_of, PRINTERS)}


@pytest.mark.parametrize("name", every_schema())
def test_a_schema_leaves_nothing_open(name: str) -> None:
    schema = every_schema()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    for part in parts_of(schema):
        if part.get("type") == "object" and part is not every_schema()["document"]:
            assert "additionalProperties" in part, part


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all that it consists of."""
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(each, (dict, list)):
            yield from parts_of(each)


def test_the_page_about_documents_names_every_schema() -> None:
    page = (FOLDER.parent / "reference" / "documents.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\.\./schemas/([\w-]+)\.json", page)) == set(every_schema())


@pytest.mark.parametrize("command", ["clean", "defrag", "trim", "heap image"])
def test_a_dry_run_is_a_document_of_the_same_shape(command: str, calls: Calls) -> None:
    words = [word for word in calls[command] if word not in {"--dry-run", "--settle", "0"}]
    ended = run([*words, "--dry-run", "--json"])
    assert ended.code == Exit.OK, ended.err
    document = json.loads(ended.out)
    assert misfits(name_of(command), document) == []
    assert document["dry_run"] is True
    if command != "heap image":  # which would change the registry
        done = json.loads(run([*words, "--json"]).out)
        assert done["dry_run"] is False
        assert document.keys() <= done.keys()


@pytest.mark.parametrize("command", PRINTERS)
def test_wrong_usage_is_a_document_too(command: str, calls: Calls) -> None:
    ended = run([*calls[command], "--json", "--nonsense"])
    assert ended.code == Exit.FAILURE
    told = error(ended.out)
    assert "--nonsense" in told["message"]
    assert told["message"] in ended.err
    assert (told["call"], told["code"]) == (None, None)


def test_a_refusal_is_a_document_with_what_windows_said(lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges").standard_user()
    ended = run(["lists", "--json"])
    assert ended.code == Exit.PRIVILEGE
    told = error(ended.out)
    assert told["privilege"] == "SeProfileSingleProcessPrivilege"
    assert (told["call"], told["code"]) == ("NtQuerySystemInformation", 1314)
    assert "run as administrator" in told["message"]
    assert told["message"] in ended.err


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("no such thing"), "no such thing"),
        (MemoryError(), "there is not enough memory for this"),
        (FileNotFoundError(2, "no such file", "a.svg"), "[Errno 2] no such file: 'a.svg'"),
        (KeyboardInterrupt(), "interrupted"),
        (ValueError(), "ValueError, without a reason"),
        (FileNotFoundError(), "FileNotFoundError, without a reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_whatever_goes_wrong_has_words(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, message: str
) -> None:
    def refuse() -> None:
        raise raised

    monkeypatch.setattr(memory_lists, "query", refuse)
    ended = run(["lists"])
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert ended.err.strip() == f"ntpages: {message}"
    assert run(["lists", "--json"]).err.strip() == f"ntpages: {message}"


def test_an_error_in_the_middle_of_a_document_starts_no_other(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ntpages.report.heaps import walk  # noqa: PLC0415

    def broken(rows: Any, total: int, **_: Any) -> Any:
        del total
        yield next(iter(rows))
        raise ValueError("broken")

    monkeypatch.setattr(walk, "with_progress", broken)
    ended = run([*calls["heap walk"], "--json"])
    assert ended.code == Exit.FAILURE
    assert "broken" in ended.err
    assert '"error"' not in ended.out
