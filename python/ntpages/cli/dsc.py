"""``ntpages dsc``: the resources of Microsoft's Desired State Configuration, version 3."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

import click

from ntpages import arguments, heaps, privileges, system, working_sets
from ntpages.cli.exits import Exit, told_if_interrupted
from ntpages.errors import NoSuchProcessError
from ntpages.guard import service
from ntpages.guard.places import store_path
from ntpages.guard.serving import NAME
from ntpages.heaps import GlobalFlag, PageHeapFlag
from ntpages.processes import list_processes
from ntpages.report.cells import word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ntpages.working_sets import Limits

_State = dict[str, Any]  # what DSC calls the properties of an instance

READ_ONLY = {"_inDesiredState", "processes"}  # may stand in what was read and is given back


@dataclass(frozen=True, slots=True)
class _Resource:
    """Something that has a state, which DSC reads, compares with what is wanted, and sets."""

    properties: Mapping[str, Callable[[str, Any], Any]]
    """By name, what checks a value and gives it the form in which it is read."""
    wanted: tuple[str, ...]
    """Those that say which instance it is."""
    get: Callable[[_State], _State]
    set: Callable[[_State], object]
    unless_said: Mapping[str, Any] = field(default_factory=dict)

    def parse(self, text: bytes | str) -> _State:
        """Return what DSC said.

        Raises:
            ValueError: It is no JSON object, or its properties are not those of this resource.
        """
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as wrong:
            msg = f"the state must be a JSON object: {wrong}"
            raise ValueError(msg) from wrong
        if not isinstance(given, dict):
            msg = f"the state must be a JSON object, not {given!r:.40}"
            raise ValueError(msg)
        for name in given.keys() - self.properties.keys() - READ_ONLY:
            msg = f"there is no property {name!r}: there are {', '.join(self.properties)}"
            raise ValueError(msg)
        for name in self.wanted:
            if name not in given:
                msg = f"the state must say {name!r}"
                raise ValueError(msg)
        try:
            return {
                **self.unless_said,
                **{
                    name: check(name, given[name])
                    for name, check in self.properties.items()
                    if name in given
                },
            }
        except TypeError as wrong:  # which is no mistake of ours here
            raise ValueError(str(wrong)) from wrong


def _differs(state: _State, desired: _State) -> bool:
    """Return whether something is not as desired. What has no state is never wrong."""
    return any(name in state and state[name] != value for name, value in desired.items())


# ---- The limits of the working sets of a program's processes -------------------------------------

_LIMITS = ("minimum", "maximum", "hard_minimum", "hard_maximum")


def _pages(name: str, value: Any) -> int:
    return arguments.multiple(
        name, value, system.page_size(), least=system.page_size(), most=arguments.ADDRESS_SPACE
    )


def _held(desired: _State) -> dict[int, Limits]:
    """Return the limits of each process of the program, but of those that have ended meanwhile."""
    wanted = desired["program"].casefold()
    there = list_processes()
    held = {}
    for pid, name in zip(there.column("pid"), there.column("name"), strict=True):
        if name.casefold() == wanted:
            with suppress(NoSuchProcessError):
                held[pid] = working_sets.limits(pid)
    return held


def _get_limits(desired: _State) -> _State:
    found = _held(desired).values()
    state: _State = {"program": desired["program"], "processes": len(found)}
    for name in _LIMITS if found else ():
        values = {getattr(each, name) for each in found}
        state[name] = values.pop() if len(values) == 1 else None  # null: they differ
    return state


def _set_limits(desired: _State) -> None:
    change = {name: desired[name] for name in _LIMITS if name in desired}
    for pid, held in _held(desired).items():
        if any(getattr(held, name) != value for name, value in change.items()):
            with suppress(NoSuchProcessError):
                working_sets.set_limits(pid, **change)


# ---- A privilege of an account -------------------------------------------------------------------


def _account(name: str, value: Any) -> str:
    account = arguments.name(name, value)
    if "\\" not in account and not account.upper().startswith("S-1-"):
        msg = rf"{name} must be domain\name or a SID, such as S-1-5-32-544, not {account!r}"
        raise ValueError(msg)
    return account


def _get_privilege(desired: _State) -> _State:
    wanted = desired["account"].casefold()
    there = privileges.accounts(desired["privilege"])
    has_it = any(wanted in {each.name.casefold(), each.sid.casefold()} for each in there)
    return {**desired, "_exist": has_it}


def _set_privilege(desired: _State) -> None:
    change = privileges.grant if desired["_exist"] else privileges.revoke
    change(desired["privilege"], desired["account"])


# ---- How the heaps of a program start out --------------------------------------------------------

_FRONT_ENDS = ("on", "off", "default")


def _words(kind: type[GlobalFlag | PageHeapFlag]) -> Callable[[str, Any], list[str]]:
    """Return what takes words for flags, and gives them back in the order of the flags."""
    known = [word(flag) for flag in kind]

    def check(name: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(each in known for each in value):
            msg = f"{name} must be a list of {', '.join(known)}, not {value!r:.60}"
            raise ValueError(msg)
        return [each for each in known if each in value]

    return check


def _flags(kind: type[Any], words: list[str]) -> Any:
    return kind(sum(flag for flag in kind if word(flag) in words))


def _get_image(desired: _State) -> _State:
    found = heaps.image_options(desired["name"])
    return {
        "name": desired["name"],
        "segment_heap": found.segment_heap,
        "flags": [word(flag) for flag in GlobalFlag if flag & found.flags],
        "page_heap": [word(flag) for flag in PageHeapFlag if flag & found.page_heap],
        "stack_database": found.stack_database or 0,
    }


def _set_image(desired: _State) -> None:
    kinds: dict[str, type[Any]] = {"flags": GlobalFlag, "page_heap": PageHeapFlag}
    change = {
        name: _flags(kinds[name], value) if name in kinds else value
        for name, value in desired.items()
        if name != "name"
    }
    if change:
        heaps.set_image_options(desired["name"], **change)


# ---- The service that keeps a policy -------------------------------------------------------------


def _file(name: str, value: Any) -> str:
    path = arguments.name(name, value)
    if not PureWindowsPath(path).is_absolute():
        msg = f"{name} must be a full path, such as C:\\Rules\\mine.toml, not {path!r:.60}"
        raise ValueError(msg)
    return path


def _get_guard(desired: _State) -> _State:
    found = service.state(desired["name"])
    if found is None:
        return {"name": desired["name"], "_exist": False}
    return {
        "name": desired["name"],
        "_exist": True,
        "policy": found.policy,
        "store": found.store,
        "running": found.state in {"starting", "running"},
    }


def _set_guard(desired: _State) -> None:
    name = desired["name"]
    found = _get_guard(desired)
    files: _State = {each: desired[each] for each in ("policy", "store") if each in desired}
    other = not desired["_exist"] or any(found.get(each) != files[each] for each in files)
    if found["_exist"] and other:
        service.uninstall(name)
    if not desired["_exist"]:
        return
    if other or not found["_exist"]:
        if "policy" not in desired and "policy" not in found:
            msg = "the state must say 'policy': there is no such service yet"
            raise ValueError(msg)
        kept: _State = {"store": store_path(), **found, **files}
        service.install(kept["policy"], store=kept["store"], name=name)
    runs = _get_guard(desired)["running"]
    if desired.get("running", found.get("running", runs)) != runs:
        (service.stop if runs else service.start)(name)


RESOURCES = {
    "guard": _Resource(
        {
            "name": arguments.name,
            "policy": _file,
            "store": _file,
            "running": arguments.boolean,
            "_exist": arguments.boolean,
        },
        (),
        _get_guard,
        _set_guard,
        {"name": NAME, "_exist": True},
    ),
    "image": _Resource(
        {
            "name": arguments.name,
            "segment_heap": lambda name, value: arguments.choice(name, value, _FRONT_ENDS),
            "flags": _words(GlobalFlag),
            "page_heap": _words(PageHeapFlag),
            "stack_database": arguments.integer,
        },
        ("name",),
        _get_image,
        _set_image,
    ),
    "limits": _Resource(
        {
            "program": arguments.name,
            **dict.fromkeys(_LIMITS[:2], _pages),
            **dict.fromkeys(_LIMITS[2:], arguments.boolean),
        },
        ("program",),
        _get_limits,
        _set_limits,
    ),
    "privilege": _Resource(
        {"privilege": arguments.name, "account": _account, "_exist": arguments.boolean},
        ("privilege", "account"),
        _get_privilege,
        _set_privilege,
        {"_exist": True},
    ),
}


@click.command("dsc")
@click.argument("operation", type=click.Choice(["get", "set", "test"]))
@click.argument("noun", type=click.Choice(list(RESOURCES)))
@click.argument("state", required=False)
def dsc_command(*, operation: str, noun: str, state: str | None) -> Exit:
    """Read, compare or set a state for Microsoft's Desired State Configuration (DSC) 3.

    STATE is what DSC gives: a JSON object, on standard input unless it is here. The state that was
    found is printed on one line of JSON, with `_inDesiredState` by `test`; `set` prints the state
    afterwards, and changes nothing where it is as wanted.
    """
    resource = RESOURCES[noun]
    given = getattr(sys.stdin, "buffer", sys.stdin).read() if state is None else state
    desired = resource.parse(given)
    found = resource.get(desired)
    if operation == "test":
        found["_inDesiredState"] = not _differs(found, desired)
    elif operation == "set" and _differs(found, desired):
        with told_if_interrupted("some of it may have been set"):
            resource.set(desired)
        found = resource.get(desired)
    click.echo(json.dumps(found, separators=(",", ":")))
    return Exit.OK
