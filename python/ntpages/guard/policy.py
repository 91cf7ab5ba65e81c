"""Policies: rules in a TOML file, checked as a whole before any of them runs."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages.guard.conditions import Condition, Kernel, Need, leaves
from ntpages.guard.exporting import Exports, read_exports
from ntpages.guard.lines import lines_of_keys
from ntpages.guard.problems import PolicyError, Problem, Section
from ntpages.guard.quantities import seconds, words_of_seconds
from ntpages.guard.reading import read_condition, read_deeds, text, truth

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ntpages.guard.deeds import Deed

__all__ = ["Policy", "Rule", "ready_path"]

_READY = Path(__file__).parent / "policies"
_DAY = 86400.0
_MOST_BYTES = 1 << 20  # of a file: a policy is a page or two


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is done, what, and how often."""

    name: str
    when: Condition
    do: tuple[Deed, ...]
    lasting: float = 0.0
    """Seconds that the condition must have held: ``for`` of the policy."""
    cooldown: float = 300.0
    """Seconds between two runs at least."""
    budget: int | None = None
    """Most runs in an hour."""
    reason: str = ""
    notify: bool = False
    """Whether each run is shown to whoever sits at the machine."""

    def words(self) -> str:
        """Return what it does and when, in a sentence."""
        lasting = f", for {words_of_seconds(self.lasting)}" if self.lasting else ""
        deeds = "; then ".join(deed.words() for deed in self.do)
        limits = f"at most once in {words_of_seconds(self.cooldown)}" if self.cooldown else ""
        if self.budget is not None:
            times = f"{self.budget} times an hour" if self.budget > 1 else "once an hour"
            limits = f"{limits}, and {times}" if limits else f"at most {times}"
        end = f" ({limits})" if limits else ""
        return f"When {self.when.words()}{lasting}: {deeds}{end}."

    @property
    def judged(self) -> bool:
        """Return whether it is there to free memory, so that price and gain can be compared."""
        return any(deed.frees for deed in self.do)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a guard keeps to."""

    name: str
    rules: tuple[Rule, ...]
    about: str = ""
    """The reasoning behind it."""
    watch: float = 30.0
    """Seconds for which the price of a run is counted."""
    every: float = 1.0
    """Seconds between two looks at what the kernel has no event for."""
    metrics: Exports | None = None
    """How the machine's metrics are handed on meanwhile; ``None`` where they are not."""

    @classmethod
    def load(cls, path: str) -> Policy:
        """Read a policy from a file.

        Args:
            path: Where it lies; UTF-8.

        Raises:
            ValueError: It is not right: a ``PolicyError``, which has all that is wrong with it.
            OSError: It can't be read.
        """
        file = Path(arguments.name("path", path))
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            msg = f"{file} is larger than {_MOST_BYTES >> 20} MiB: that is no policy"
            raise _wrong(msg)
        try:
            found = content.decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            line = content.count(b"\n", 0, wrong.start) + 1
            msg = f"must be UTF-8, unlike byte {wrong.start} of {file}"
            raise _wrong(msg, line) from None
        return cls.parse(found, name=file.stem)

    @classmethod
    def parse(cls, content: str, *, name: str = "policy") -> Policy:
        """Read a policy from text.

        Args:
            content: TOML.
            name: What it is called where it does not say so itself.

        Raises:
            ValueError: It is not right: a ``PolicyError``, which has all that is wrong with it.
        """
        content, name = arguments.text("content", content), arguments.name("name", name)
        content = content.replace("\r\n", "\n")
        try:
            table = tomllib.loads(content)
        except tomllib.TOMLDecodeError as wrong:
            raise _not_toml(content, str(wrong)) from None
        except RecursionError:
            raise _wrong("is nested too deep") from None
        return _read(table, lines_of_keys(content), name)

    @classmethod
    def ready(cls, name: str) -> Policy:
        """Return one of the policies that come with ntpages.

        Args:
            name: One of ``ready_names()``.

        Raises:
            ValueError: There is none of this name.
        """
        return cls.load(ready_path(arguments.choice("name", name, cls.ready_names())))

    @staticmethod
    def ready_names() -> tuple[str, ...]:
        """Return the names of the policies that come with ntpages."""
        return tuple(sorted(path.stem for path in _READY.glob("*.toml")))

    @staticmethod
    def ready_text(name: str) -> str:
        """Return the text of a policy that comes with ntpages, to begin one's own with.

        Args:
            name: One of ``ready_names()``.

        Raises:
            ValueError: There is none of this name.
        """
        chosen = arguments.choice("name", name, Policy.ready_names())
        return Path(ready_path(chosen)).read_text(encoding="utf-8")

    @property
    def needs(self) -> frozenset[Need]:
        """Return what a machine must be asked for its rules."""
        return frozenset().union(*(rule.when.needs for rule in self.rules))

    @property
    def conditions_of_the_kernel(self) -> tuple[str, ...]:
        """Return those of the kernel's conditions that its rules wait for."""
        every = (each for rule in self.rules for each in leaves(rule.when))
        return tuple(dict.fromkeys(each.name for each in every if isinstance(each, Kernel)))


def ready_path(name: str) -> str:
    """Return where a policy lies that comes with ntpages."""
    return str(_READY / f"{name}.toml")


def _wrong(words: str, line: int | None = None) -> PolicyError:
    return PolicyError([Problem(line, "", "", "", words)])


def _not_toml(content: str, said: str) -> PolicyError:
    """Make a problem of what Python's reader says: ``Invalid value (at line 3, column 8)``."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", said)
    line = int(found[1]) if found else content.count("\n") + 1
    words = re.sub(r" \(at .*\)$", "", said)
    return _wrong(f"this is no TOML: {words}", line)


def _read(table: Mapping[str, Any], lines: Mapping[Any, int], name: str) -> Policy:
    problems: list[Problem] = []
    top = Section(table, (), lines=lines, problems=problems)
    named = top.take("name", text, name)
    about = top.take("about", text, "")
    watch = top.take("watch", seconds(0.1, 600.0), 30.0)
    every = top.take("every", seconds(0.1, 3600.0), 1.0)
    exported = top.take("metrics", _metrics, None)
    metrics = None if exported is None else read_exports(top.within(exported, "metrics"))
    given: list[Mapping[str, object]] = top.take(
        "rule", _tables, [], needed="a policy has a [[rule]] at least"
    )
    top.end()
    rules = [_rule(top.within(each, "rule", number), number) for number, each in enumerate(given)]
    seen: set[str] = set()
    for number, each in enumerate(given):
        called = each.get("name")
        if isinstance(called, str) and called.strip() in seen:
            again = top.within(each, "rule", number)
            again.rule = called.strip()
            again.wrong("another rule has this name", "name", value=called)
        seen |= {called.strip()} if isinstance(called, str) else set()
    if problems:
        raise PolicyError(problems)
    return Policy(named, tuple(rule for rule in rules if rule), about, watch, every, metrics)


def _metrics(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("a table: write [metrics] above serve and textfile")
    return value


def _tables(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise TypeError("tables: write [[rule]] above each rule")
    if not 0 < len(value) <= 200:
        raise ValueError("from 1 to 200 rules")
    return value


def _condition(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("a table of conditions, such as { free = '< 1 GiB' }")
    return value


def _budget(value: object) -> int:
    rule = "a whole number of runs an hour, from 1 to 3600"
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(rule)
    if not 1 <= value <= 3600:
        raise ValueError(rule)
    return value


def _rule(section: Section, number: int) -> Rule | None:
    section.rule = f"number {number + 1}"
    name = section.take("name", text, "", needed="the log calls a rule by its name")
    section.rule = name or section.rule
    table = section.take("when", _condition, None, needed="a table of conditions")
    when = None if table is None else read_condition(section.within(table, "when"))
    do = section.take("do", lambda value: (value,), None, needed="what is done then")
    deeds = read_deeds(section, do[0]) if do else ()
    lasting = section.take("for", seconds(0.0, _DAY), 0.0)
    cooldown = section.take("cooldown", seconds(0.0, 30 * _DAY), 300.0)
    budget: int | None = section.take("budget", _budget, None)
    reason = section.take("reason", text, "")
    notify = section.take("notify", truth, False)  # noqa: FBT003 (of the policy)
    section.end()
    if when is None:
        return None
    if lasting and when.momentary:
        moment = next(each.words() for each in leaves(when) if each.momentary)
        section.wrong(f"{moment!r} is true for a moment, and never for a time", "for")
    return Rule(name, when, deeds, lasting, cooldown, budget, reason, notify)
