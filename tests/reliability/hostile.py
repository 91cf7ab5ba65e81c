"""Calls everything public of nouns with hostile arguments, until something breaks.

usage: python tests/reliability/hostile.py EXAMPLES PID NOUN [NOUN ...]

Run in a process of its own by test_fuzz.py, which looks at how it ended. Each call is announced on
stdout before it is made, so the last line names the one that ended it all. PID is a process that
may come to harm: nothing is written anywhere else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import importlib
import inspect
import re
import sys
from enum import EnumMeta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))

from house.integers import kinds_of
from reliability.operations import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.strategies import DataObject, SearchStrategy

# All that is documented. UnicodeError is a ValueError, IndexError and KeyError are LookupErrors.
DOCUMENTED = (
    OSError,  # NtError, and what Python says of files
    ValueError,
    TypeError,
    BufferError,
    MemoryError,
    OverflowError,
    LookupError,
    ImportError,
)

# What only who knows how ntpages is made can read: no message may hold it.
FOREIGN = re.compile(
    r"pybind11|incompatible (function|constructor) arguments|_native\b|\(self: |"
    r"(Unable|unable) to (cast|convert)|basic_string|bad_alloc|too (large|big) to convert"
)

# What is not called, and why.
SPARED = {
    "working_sets.trim_where": "empties the working sets of everybody, and waits as long as told",
    "privileges.grant": "changes the policy of the machine",
    "heaps.set_image_options": "writes to the registry of the machine",
    "heaps.terminate_on_corruption": "can't be undone in this process",
    "heaps.Block": "comes from a heap, and is not made",
    "table.Column": "comes from a table, and is not made",
}

# What takes seconds each time that its arguments will do, and how often it is called.
SELDOM = {"doctor.verify": 12}

INTEGERS = [
    *(0, 1, -1, 2, 7, 8, 13, 4095, 4096, 4097, 65536, 1 << 20),
    *((1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 4096),
    *(1 << 47, 1 << 48, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, 1 << 200, -(1 << 63)),
]
OTHERS = [
    *(None, True, False, 0.0, -1.5, float("nan"), float("inf"), 1e308),
    *("", "a", "\0", "\ud800", "x" * 5000, "SeDebugPrivilege", b"", b"\0" * 3, bytearray(b"ab")),
    *((), (1, 2), [], [1, "a", None], {}, {"a": 1}, set(), object(), int, len, Ellipsis),
]
RELEASED = memoryview(b"released")
RELEASED.release()


def plausible(name: str, pid: int) -> SearchStrategy[Any]:
    """Values that a parameter of this name may well have."""
    small = st.sampled_from([0, 1, 4096, 65536])
    known: dict[str, SearchStrategy[Any]] = {
        "pid": st.sampled_from([pid, 0, 4, 999_999_996]),
        "timeout": st.sampled_from([0, 0.001]),
        "interval": st.sampled_from([0.001]),
        "name": st.sampled_from(["SeDebugPrivilege", "SeLockMemoryPrivilege", "value"]),
        "data": st.sampled_from([b"data", bytearray(5000)]),
        "pattern": st.sampled_from([b"MZ", "4D 5A ?? 00"]),
        "zero": st.booleans(),
    }
    return known.get(name, small)


def one_of(values: Sequence[object]) -> SearchStrategy[Any]:
    """Any of these, which may be beyond what Hypothesis can look into."""
    return st.integers(0, len(values) - 1).map(values.__getitem__)


NUMBERS = [given for number in INTEGERS for given in kinds_of(number)]
HOSTILE = st.one_of(one_of(NUMBERS), one_of([*OTHERS, RELEASED]), st.integers(), st.text())
# For ever is what None, say, asks for where a time is meant.
HOSTILE_TIMES = one_of([-1, float("nan"), float("inf"), 1e300, 10**400, "1", [], object(), True])


def hostile(name: str) -> SearchStrategy[Any]:
    """Values that it should not have."""
    return HOSTILE_TIMES if name in {"timeout", "interval"} else HOSTILE


def signature(function: Callable[..., object]) -> list[tuple[str, bool, bool]]:
    """The parameters: name, keyword only, required."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # compiled
        return written_signature(function)
    kinds = inspect.Parameter
    return [
        (each.name, each.kind is kinds.KEYWORD_ONLY, each.default is kinds.empty)
        for each in parameters
        if each.kind not in {kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD}
    ]


def written_signature(function: Callable[..., object]) -> list[tuple[str, bool, bool]]:
    """The same, as pybind11 writes it into the first line of the docstring.

    Raises:
        AssertionError: It is not there: neither users nor this fuzz can see what to give.
    """
    said = re.match(r"\w+\((.*)\) -> ", (function.__doc__ or "").partition("\n")[0])
    assert said, f"{function!r} tells nobody what it takes"
    words = said[1]
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", words)) != words:  # of annotations
        words = shorter
    found = []
    keyword_only = False
    for word in words.split(", "):
        name = word.partition(":")[0].strip()
        keyword_only |= name == "*"
        if name.isidentifier() and name != "self":
            found.append((name, keyword_only, " = " not in word))
    return found


def say(words: str) -> None:
    """Print a line at once: it may be the last."""
    sys.stdout.write(words.encode("ascii", "backslashreplace").decode() + "\n")
    sys.stdout.flush()


def call(data: DataObject, what: str, function: Callable[..., object], pid: int) -> object:
    """Call once, with arguments of which some or all are hostile; a refusal is for people."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, keyword_only, required in signature(function):
        if not required and data.draw(st.booleans()):
            if not keyword_only:
                break
            continue
        friendly = data.draw(st.integers(0, 2)) > 0
        value = data.draw(plausible(name, pid) if friendly else hostile(name))
        if keyword_only:
            named[name] = value
        else:
            positional.append(value)
    if data.draw(st.integers(0, 30)) == 0:
        positional.append(None)  # most often one more than it takes
    words = [f"{value!r:.80}" for value in positional]
    words += [f"{name}={value!r:.80}" for name, value in named.items()]
    say(f"{what}({', '.join(words)})")
    try:
        result = function(*positional, **named)
        if inspect.isgenerator(result):
            for _, _ in zip(range(100), result, strict=False):
                pass
        if isinstance(result, contextlib.AbstractContextManager) and type(result) is not memoryview:
            with result:
                pass
    except DOCUMENTED as refused:
        check_words(refused)
        return None
    return result


def check_words(refused: Exception) -> None:
    """Make sure that a refusal says something, to people. Python's own MemoryError can't."""
    assert str(refused) or type(refused) is MemoryError, f"{refused!r} says nothing"
    assert not FOREIGN.search(str(refused)), refused


def methods_of(target: object) -> Iterator[tuple[str, Callable[..., object]]]:
    """What an object offers, its own and what it inherits from the compiled class."""
    for name in dir(type(target)):
        if not name.startswith("_") and name != "close":
            with contextlib.suppress(*DOCUMENTED):
                method = getattr(target, name)
                if callable(method):
                    yield name, method
    for name in ("__getitem__", "__len__", "__repr__", "__iter__", "__contains__"):
        if hasattr(type(target), name):
            yield name, getattr(target, name)


def targets(noun: str) -> Iterator[tuple[str, Callable[..., object]]]:
    """Everything public of a noun: functions, classes, and the methods of ready-made objects."""
    module = importlib.import_module(f"ntpages.{noun}")
    for name in module.__all__:
        value = getattr(module, name)
        record = isinstance(value, EnumMeta) or dataclasses.is_dataclass(value)
        record |= inspect.isclass(value) and issubclass(value, tuple)
        if callable(value) and not record and f"{noun}.{name}" not in SPARED:
            yield f"{noun}.{name}", value
    for maker in SHARED:
        if maker.name.startswith(f"{noun}.") and not maker.models:
            target = maker.run().target
            for name, method in methods_of(target):
                if f"{type(target).__name__}.{name}" not in SPARED:
                    yield f"{type(target).__name__}.{name}", method


def attack(what: str, function: Callable[..., object], pid: int, examples: int) -> None:
    """Call one function many times. The same calls every time: a finding can be found again.

    What takes nothing is called a few times: with one argument too many, that is, or with none.
    """
    if not signature(function):
        examples = min(examples, 6)
    examples = min(examples, SELDOM.get(what, examples))

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def calls(data: DataObject) -> None:
        call(data, what, function, pid)

    calls()


def main(nouns: Sequence[str], examples: int, pid: int) -> None:
    """Call it all."""
    faulthandler.enable()
    for noun in nouns:
        for what, function in targets(noun):
            attack(what, function, pid, examples)
    say("survived")


if __name__ == "__main__":
    main(sys.argv[3:], int(sys.argv[1]), int(sys.argv[2]))
