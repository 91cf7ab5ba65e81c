"""What the whole public API promises, held against what it does.

``contracts.py`` reads the promises; ``calls.py`` makes one harmless call of each.
"""

from __future__ import annotations

import builtins
import re
from functools import partial
from typing import TYPE_CHECKING

from house.calls import CALLS, OBJECTS, SPARED, Stage, finish
from house.contracts import Promise, annotated, given, matches, promises
from house.through import through
from ntlab import Refusal
from ntpages import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from house.calls import Stages
    from ntlab import Lab

PROMISES = {promise.name: promise for promise in promises()}
CALLABLES = [promise for promise in PROMISES.values() if promise.callable]
PROPERTIES = [promise for promise in PROMISES.values() if not promise.callable]
CALLED = [promise for promise in CALLABLES if promise.name in CALLS]

UNIT = re.compile(
    r"\b(bytes?|address|pages?|seconds?|ids?|node|handle|row|rows|column|columns|cells?|items?|"
    r"matches|take\(\)|allocate\(\)|number|begin|where|from 0|offsets?|as for)\b",
    re.IGNORECASE,
)
SINCE = re.compile(r"\bWindows\s+(NT|2000|XP|Vista|7|8|8\.1|10|11)\b")
ELSEWHERE = re.compile(r"\bas\s+``([\w.]+)(?:\(\))?``")
GIVES = re.compile(r"(Allocate|Create|Lend|Look for|Make|Read|Return|Say|Yield)\b|.* and return\b")

# What the compiled half asks of Windows on its way, whatever it is there for.
GROUND = re.compile(
    r"(Try)?\w*(SRWLock|CriticalSection|LastError|Tls|TickCount|GetCurrent|Sleep)\w*"
)
TABLES = {"VirtualAlloc", "VirtualFree"}  # the memory that a table lies in


# ---- What is said --------------------------------------------------------------------------------


def test_every_public_callable_is_called_or_spared_with_a_reason() -> None:
    assert {promise.name for promise in CALLABLES} == {*CALLS} | ({*SPARED} & {*PROMISES})
    assert all(SPARED.values())


@through(promise=CALLABLES)
def test_every_parameter_and_every_answer_is_annotated(promise: Promise) -> None:
    assert [name for name, said in promise.parameters.items() if not said] == []
    assert promise.returns
    annotated(promise.returns)


@through(promise=CALLABLES)
def test_the_docstring_describes_every_parameter_and_no_other(promise: Promise) -> None:
    described = promise.entries("Args")
    assert [*described] == [*promise.parameters]
    assert [name for name, words in described.items() if not words.strip()] == []


@through(promise=CALLABLES)
def test_the_docstring_says_what_comes_back(promise: Promise) -> None:
    makes_one = promise.home and promise.returns in {"Self", promise.home.__name__}
    if (
        promise.returns in {"None", "Iterator[None]"}
        or isinstance(promise.value, type)
        or makes_one
    ):
        return
    assert {"Returns", "Yields"} & {*promise.sections} or GIVES.match(promise.docstring)


@through(promise=CALLABLES)
def test_numbers_have_a_unit(promise: Promise) -> None:
    numbers = [
        name for name, said in promise.parameters.items() if re.search("int|float", str(said))
    ]
    described = promise.entries("Args")
    assert [name for name in numbers if not UNIT.search(f"{name}: {described[name]}")] == []


@through(promise=CALLABLES)
def test_errors_that_are_documented_exist(promise: Promise) -> None:
    for name in promise.entries("Raises"):
        error = getattr(errors, name, None) or getattr(builtins, name)
        assert issubclass(error, BaseException)


def source(promise: Promise) -> str:
    """What a docstring gives as its source, and what that refers to."""
    said = promise.sections.get("Source", "")
    for name in ELSEWHERE.findall(said):
        said += source(meant(promise, name.removeprefix("ntpages.")))
    return said


def meant(promise: Promise, name: str) -> Promise:
    """The promise that a docstring refers to: of the same class, noun, or of another noun."""
    rooms = [*promise.name.split(".")[:-1]]
    for depth in range(len(rooms), -1, -1):
        if found := PROMISES.get(".".join([*rooms[:depth], name])):
            return found
    msg = f"{promise} refers to {name}, which there is not"
    raise LookupError(msg)


@through(promise=[promise for promise in CALLABLES if "Source" in promise.sections])
def test_the_source_says_since_which_windows(promise: Promise) -> None:
    assert SINCE.search(source(promise))


# ---- What is done --------------------------------------------------------------------------------


def prepared(stage: Stage, promise: Promise) -> None:
    """Make what the call is about, so that nothing is left to watch but the call itself."""
    for name in CALLS[promise.name].__code__.co_names:
        if hasattr(Stage, name):
            getattr(stage, name)


ASKED: dict[str, set[str]] = {}
"""What was seen already of what a call asks for."""


def asked(lab: Lab, stages: Stages, promise: Promise) -> set[str]:
    """What a call asks Windows for."""
    if promise.name not in ASKED:
        with stages() as stage:
            prepared(stage, promise)
            before = lab.counts()
            finish(CALLS[promise.name](stage))
            found = {name for name in lab.counts() - before if not GROUND.fullmatch(name)}
        answers_a_table = str(promise.returns).startswith("Table") or ".Table" in promise.name
        ASKED[promise.name] = found - TABLES if answers_a_table else found
    return ASKED[promise.name]


def named(promise: Promise, functions: set[str]) -> set[str]:
    """Those of the functions that its source names. Psapi's are called K32... where they live."""
    words = set(re.findall(r"``(\w+)``", source(promise)))
    return {name for name in functions if {name, name.removeprefix("K32")} & words}


@through(promise=CALLED)
def test_what_comes_back_is_what_is_annotated(stages: Stages, promise: Promise) -> None:
    with stages() as stage:
        result = CALLS[promise.name](stage)
        if isinstance(promise.value, type):
            assert type(result) is promise.value
            return
        said = promise.returns or ""
        if said.startswith("Iterator"):
            result = finish(result)
        assert matches(result, annotated(given(said)), promise.home), repr(result)
        finish(result)


@through(promise=PROPERTIES)
def test_a_property_is_what_is_annotated(stages: Stages, promise: Promise) -> None:
    owner, _, name = promise.name.rpartition(".")
    assert promise.returns
    with stages() as stage:
        value = getattr(OBJECTS[owner](stage), name)
        assert matches(value, annotated(promise.returns), promise.home), repr(value)


@through(promise=CALLED)
def test_the_source_names_what_windows_is_asked_for(
    lab: Lab, stages: Stages, promise: Promise
) -> None:
    functions = asked(lab, stages, promise)
    # What gives something back may be another object's, which Python lets go of just then.
    releases = {each.name for each in lab.functions() if each.releases}
    assert named(promise, functions) or functions <= releases, functions


@through(promise=CALLED)
def test_what_windows_may_refuse_is_documented(lab: Lab, stages: Stages, promise: Promise) -> None:
    """Each function that the source names fails, with the code that it usually fails with."""
    functions = named(promise, asked(lab, stages, promise))
    known = {each.name: each for each in lab.functions()}
    for name in sorted(functions):
        if known[name].releases or known[name].refusal is Refusal.NEVER:
            continue
        error = refusal(stages, promise, partial(lab.fail, name))
        assert error is None or documented(promise, error), f"{name} refused: {error!r}"


@through(promise=CALLED)
def test_what_windows_may_lack_is_said_with_its_version(
    lab: Lab, stages: Stages, promise: Promise
) -> None:
    """Each function that is looked up at run time is hidden."""
    functions = named(promise, asked(lab, stages, promise))
    late = {each.name for each in lab.functions() if not each.linked}
    for name in sorted(functions & late):
        since = re.search(rf"``{name}``(?P<rest>.*)", source(promise), re.DOTALL)
        assert since
        assert SINCE.search(since["rest"]), name
        if name.startswith("Nt"):
            continue  # every Windows has the function; what it may lack is a class of information
        error = refusal(stages, promise, partial(lab.hide, name))
        assert error is None or documented(promise, error), f"without {name}: {error!r}"


def refusal(stages: Stages, promise: Promise, plan: Callable[[], None]) -> Exception | None:
    """What a call raises when Windows does not do as usual."""
    with stages() as stage:
        prepared(stage, promise)
        plan()
        try:
            finish(CALLS[promise.name](stage))
        except (errors.NtError, MemoryError, BufferError) as raised:
            return raised
    return None


def documented(promise: Promise, error: Exception) -> bool:
    """Whether an error is among those that the docstring lists, by its own name or a wider one."""
    listed = promise.entries("Raises")
    return "Exception" in listed or bool(
        {kind.__name__ for kind in type(error).__mro__} & {*listed}
    )
