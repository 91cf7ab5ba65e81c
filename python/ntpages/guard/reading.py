"""Reading: what stands in the rules of a policy, made into conditions and deeds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ntpages.guard import conditions, deeds, quantities
from ntpages.guard.conditions import KERNEL, Condition, Days, Measure
from ntpages.guard.problems import Section, one_of
from ntpages.guard.quantities import Unit
from ntpages.memory_lists import Step
from ntpages.working_sets import MemoryPriority

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.guard.deeds import Deed

__all__ = ["read_condition", "read_deeds", "text", "truth"]

_DEPTH = 20  # of conditions in conditions: nobody means more
_SIZES = (Unit.BYTES, Unit.SHARE)
_UNITS = {
    Measure.COMMIT: _SIZES,
    Measure.HARD_FAULTS: (Unit.RATE,),
    Measure.REPURPOSED: (Unit.RATE,),
}
_EVENTS = ("starts", "exits", "runs", "foreground")


def text(value: object) -> str:
    """Return words that say something."""
    if not isinstance(value, str):
        raise TypeError("text")
    if not value.strip() or len(value) > 1000 or "\0" in value:
        raise ValueError("text of 1 to 1000 characters")
    return value.strip()


def truth(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


_PATH = frozenset('/\\"<>|\0')  # what no name of a program has in it


def _names(value: object) -> tuple[str, ...]:
    """Return names of programs: one, or an array."""
    rule = "a program's name, such as 'game.exe', or an array of them; * and ? stand for anything"
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
        raise TypeError(rule)
    if not several or not all(each.strip() and not _PATH & {*each} for each in several):
        msg = f"{rule}, without a path"
        raise ValueError(msg)
    return tuple(each.strip() for each in several)


def _days(value: object) -> tuple[str, ...]:
    rule = f"days, such as 'weekend', 'saturday' or an array of {', '.join(Days.ALL)}"
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
        raise TypeError(rule)
    groups = {"weekend": Days.ALL[5:], "weekdays": Days.ALL[:5]}
    groups |= {day: (day,) for day in Days.ALL} | {day[:3]: (day,) for day in Days.ALL}
    if not several or not all(each.lower() in groups for each in several):
        raise ValueError(rule)
    chosen = {day for each in several for day in groups[each.lower()]}
    return tuple(day for day in Days.ALL if day in chosen)


# ---- When ----------------------------------------------------------------------------------------


def read_condition(section: Section, depth: int = 0) -> Condition | None:
    """Return what a table of conditions means: all of its keys; ``None`` where something is wrong.

    Args:
        section: The table.
        depth: How many tables it is in.
    """
    found: list[Condition | None] = []
    for key, read in _READERS.items():
        if section.has(key):
            found.append(section.take(key, read, None))
        section.knows(key)
    found += _standby(section)
    for key in ("all", "any", "not"):
        section.knows(key)
        if section.has(key):
            found.append(_several(section, key, depth))
    section.end()
    if not section.keys():
        section.wrong("nothing is asked for: give at least one condition")
    if not found or None in found:
        return None
    known = tuple(each for each in found if each is not None)
    return known[0] if len(known) == 1 else conditions.Several(known, every=True)


def _several(section: Section, key: str, depth: int) -> Condition | None:
    read = _table if key == "not" else _tables
    tables: list[Mapping[str, object]] = section.take(key, read, [])
    if depth >= _DEPTH:
        section.wrong(f"conditions are in each other {_DEPTH} deep: nobody reads that", key)
        return None
    if key == "not":
        inner = [read_condition(section.within(each, key), depth + 1) for each in tables]
        return conditions.Not(inner[0]) if inner and inner[0] else None
    found = [
        read_condition(section.within(each, key, number), depth + 1)
        for number, each in enumerate(tables)
    ]
    known = tuple(each for each in found if each)
    if not known or len(known) < len(found):
        return None
    return known[0] if len(known) == 1 else conditions.Several(known, every=key == "all")


def _table(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, Mapping):
        raise TypeError("a table of conditions")
    return [value]


def _tables(value: object) -> list[Mapping[str, object]]:
    rule = "an array of tables of conditions"
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise TypeError(rule)
    if not value:
        raise ValueError(rule)
    return value


def _standby(section: Section) -> list[Condition | None]:
    """Read ``standby``: a bound of all of it, or a table of bounds by priority."""
    section.knows("standby")
    if not section.has("standby"):
        return []
    table = section.take("standby", lambda value: value, None)
    if not isinstance(table, Mapping):
        return [section.take("standby", partial(_measured, Measure.STANDBY), None)]
    inner = section.within(table, "standby")
    found: list[Condition | None] = []
    for key in table:
        digits = re.fullmatch(r"([0-7])(?:-([0-7]))?", key)
        if not digits or int(digits[1]) > int(digits[2] or 7):
            inner.knows(key)
            inner.wrong("a priority is from 0 to 7, several are written as 0-3", key)
            found.append(None)
            continue
        bound = inner.take(key, quantities.bound(*_SIZES), None)
        first = int(digits[1])
        last = int(digits[2] or first)
        found.append(None if bound is None else conditions.StandbyOf(first, last, bound))
    if not table:
        inner.wrong("nothing is asked for: write standby = { 0-3 = '> 1 GiB' }")
        found.append(None)
    return found


def _measured(measure: Measure, value: object) -> Condition:
    read = quantities.bound(*_UNITS.get(measure, _SIZES))
    return conditions.Measured(measure, read(value))


def _kernel(value: object) -> Condition:
    return conditions.Kernel(one_of({each: each for each in KERNEL})(value))


_READERS: dict[str, Callable[[object], Condition]] = {
    **{each.value: partial(_measured, each) for each in Measure if each is not Measure.STANDBY},
    "kernel": _kernel,
    **{event: (lambda v, e=event: conditions.Programs(e, _names(v))) for event in _EVENTS},  # type: ignore[misc]
    "idle": lambda value: conditions.Idle(quantities.seconds(1.0)(value)),
    "every": lambda value: conditions.Every(quantities.seconds(1.0)(value)),
    "between": lambda value: conditions.Between(*quantities.time_of_day(value)),
    "days": lambda value: conditions.Days(_days(value)),
}


# ---- Do ------------------------------------------------------------------------------------------


def read_deeds(section: Section, value: object) -> tuple[Deed, ...]:
    """Return what ``do`` of a rule means; what is wrong is told to its section.

    Args:
        section: The rule.
        value: What stands behind ``do``: one or several, as words or tables.
    """
    several = value if isinstance(value, list) else [value]
    if not several:
        section.wrong("nothing is done: name a step or another deed", "do", value=value)
    steps: list[Step] = []
    found: list[Deed] = []
    for number, each in enumerate(several):
        way: tuple[str | int, ...] = ("do", number) if isinstance(value, list) else ("do",)
        if isinstance(each, Mapping):
            made = _deed(section.within(each, *way))
            found += [made] if made else []
            continue
        try:
            steps.append(one_of({step.value: step for step in Step})(each))
        except (TypeError, ValueError) as wrong:
            rule = f"must be {wrong}, or a table such as {{ trim = '*', idle = '5m' }}"
            section.wrong(rule, *way, value=each)
    if steps:  # in the order in which they help each other, whatever order they stand in
        ordered = tuple(step for step in Step if step in steps)
        found.insert(0, deeds.Clean(ordered))
    return tuple(found)


def _deed(section: Section) -> Deed | None:
    kinds = [key for key in _DEEDS if section.has(key)]
    if len(kinds) != 1:
        which = "one of" if not kinds else "only one of"
        section.wrong(f"a deed says {which} {', '.join(_DEEDS)}")
        return None
    return _DEEDS[kinds[0]](section)


def _trim(section: Section) -> Deed | None:
    include = section.take("trim", _names, ())
    deed = deeds.Trim(
        include=include,
        exclude=section.take("except", _names, ()),
        floor=section.take("floor", quantities.size, 0),
        idle=section.take("idle", quantities.seconds(0.0, 60.0), 0.0),
        foreground=section.take("foreground", truth, False),  # noqa: FBT003 (of the policy)
    )
    section.end()
    return deed if include else None


def _limit(section: Section) -> Deed | None:
    include = section.take("limit", _names, ())
    minimum: int | None = section.take("minimum", quantities.size, None)
    maximum: int | None = section.take("maximum", quantities.size, None)
    hard = section.take("hard", truth, False)  # noqa: FBT003
    section.end()
    if not section.has("minimum") and not section.has("maximum"):
        section.wrong("a limit says minimum, maximum, or both", "limit")
        return None
    if minimum is not None and maximum is not None and minimum > maximum:
        section.wrong("minimum must not be above maximum", "minimum", value=minimum)
        return None
    if not include or minimum is maximum is None:
        return None
    return deeds.Limit(include, minimum, maximum, hard)


def _priority(section: Section) -> Deed | None:
    ours = (each for each in MemoryPriority if each <= MemoryPriority.NORMAL)  # to give
    names = {each.name.lower().replace("_", "-"): each for each in ours}
    include = section.take("priority", _names, ())
    to: Any = section.take("to", one_of(names), None, needed=f"one of {', '.join(names)}")
    section.end()
    return deeds.Prioritize(include, to) if include and to is not None else None


def _store(section: Section) -> Deed | None:
    size = section.take("trim-store", quantities.size, 0)
    section.end()
    return deeds.TrimStore(size) if size else None


def _command(section: Section) -> Deed | None:
    line = section.take("run", _line, ())
    timeout = section.take("timeout", quantities.seconds(1.0, 3600.0), 60.0)
    section.end()
    return deeds.Command(line, timeout) if line else None


def _line(value: object) -> tuple[str, ...]:
    rule = "an array of a program's full path and its arguments, such as ['C:\\\\a.exe', '-x']"
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(rule)
    if not value or any("\0" in each for each in value):
        raise ValueError(rule)
    if not re.match(r"[A-Za-z]:[\\/]|\\\\[^\\]", value[0]):  # never from whatever folder is current
        raise ValueError(rule)
    return tuple(value)


_DEEDS: dict[str, Callable[[Section], Deed | None]] = {
    "trim": _trim,
    "limit": _limit,
    "priority": _priority,
    "trim-store": _store,
    "run": _command,
}
