"""A harmless call of every command, on the modelled machine."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ntpages._native import guard as native_guard
from ntpages.cli import bench
from ntpages.guard import Account, Price, RunState, service
from ntpages.guard.store import Store
from ntpages.regions import Region
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from ntlab import Lab

MODELS = (
    *("heaps", "memory_lists", "numa", "physical", "pools", "privileges"),
    *("compression", "system", "working_sets"),
)
POLICY = """
every = "100ms"
[[rule]]
name = "a"
when = { commit = "> 99 %" }  # which takes no second look
do = "purge-standby"
"""
ENTRY = {"heap": 1, "address": 65536, "size": 16, "kind": "busy"}
SPAN = {
    "address": 65536,
    "size": 4096,
    "protection": 4,
    "state": "commit",
    "type": "private",
    "use": "heap",
    "name": "",
}
FILE = {"key": 1, "path": "C:\\a", "total": 4096, "standby": 4096}
RIGHT = {"privilege": "SeLockMemoryPrivilege", "account": "S-1-5-32-544"}
ABOUT = {"noun": "system", "question": "How much?", "size": "1"}
MEASURED = {
    "benchmarks": [
        {"extra_info": {**ABOUT, "way": way}, "stats": {"median": 1.0, "rounds": 3}}
        for way in ("bare", "ntpages")
    ],
    "machine_info": {
        "windows": "Windows 11",
        "processor": "x",
        "python_version": "3.12",
        "ntpages": "0",
    },
}


class Measured:
    """Stands in for the benchmarks, which take minutes."""

    returncode = 0

    def __init__(self, command: list[str], **_: Any) -> None:
        option = "--benchmark-json="
        [results] = [each.removeprefix(option) for each in command if each.startswith(option)]
        Path(results).write_text(json.dumps(MEASURED), encoding="utf-8")
        self.stdout = StringIO()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def idle() -> Iterator[Target]:
    """A process that stays as it is, whatever the tests hold in theirs."""
    with Target("idle") as running:
        yield running


@pytest.fixture
def calls(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, idle: Target
) -> Iterator[dict[str, list[str]]]:
    """By command what to run it with; each of these ends with 0, but ``top``, for want of a key."""
    doors = {name: lab.model(name) for name in MODELS}
    doors["heaps"].set(heaps=2, blocks=20)
    fake = SimpleNamespace(Popen=Measured, DEVNULL=None, PIPE=None, STDOUT=None)
    monkeypatch.setattr(bench, "subprocess", fake)
    # tests/guard/test_service.py asks the service manager itself.
    monkeypatch.setattr(native_guard, "query_service", lambda _: ("stopped", 0, 0))
    for name in ("install", "start", "stop", "uninstall"):
        monkeypatch.setattr(service, name, lambda *_, **__: ())
    policy, log = tmp_path / "policy.toml", str(tmp_path / "guard.db")
    policy.write_text(POLICY)
    with Store(log) as store:
        lists = {"free": 0}
        begun = store.begin(Account(0, "a", 1.0, "", RunState.WATCHING, before=lists, after=lists))
        price = Price(30.0, 0, 0, 0)
        store.change(replace(begun, state=RunState.DONE, later=lists, price=price, judged=True))
    walk, mapped, cached = tmp_path / "walk", tmp_path / "map", tmp_path / "files"
    walk.write_text(json.dumps({"pid": 1, "entries": [ENTRY]}))
    mapped.write_text(json.dumps({"pid": 1, "regions": [SPAN]}))
    cached.write_text(json.dumps({"files": [FILE]}))
    me = str(os.getpid())
    with Region(4096) as region:
        mark = b"found by a scan"
        region.view(0, 4096)[: len(mark)] = mark
        where, end = hex(region.address), hex(region.address + 4096)
        words = {
            "bench": "--quick --noun system",
            "clean": "--steps flush-modified,purge-standby",
            "defrag": "",
            "doctor": "",
            "dsc": f"test privilege {json.dumps(RIGHT, separators=(',', ':'))}",
            "files": "",
            "files diff": f"{cached} {cached}",
            "files drop": str(cached),
            "guard": f"--store {log}",
            "guard check": str(policy),
            "guard install": f"--policy {policy} --store {log}",
            "guard log": f"--store {log}",
            "guard policies": "",
            "guard report": f"--store {log}",
            "guard run": f"--policy {policy} --store {log} --once",
            "guard start": "",
            "guard status": f"--store {log}",
            "guard stop": "",
            "guard uninstall": "",
            "heap": me,
            "heap diff": f"{walk} {walk}",
            "heap image": "nobody.exe --segment-heap on --dry-run",
            "heap list": me,
            "heap machine": "",
            "heap walk": me,
            "limits": f"{me} --min 400K",
            "lists": "",
            "map": f"{idle.pid} --min-size 64K",
            "map diff": f"{mapped} {mapped}",
            "metrics": "--top 1",
            "numa": "",
            "pools": "",
            "privileges": "",
            "privileges accounts": "SeLockMemoryPrivilege",
            "privileges grant": "SeLockMemoryPrivilege",
            "privileges revoke": "SeLockMemoryPrivilege",
            "ps": f"--pid {me}",
            "read": f"{me} {where} 64",
            "scan": f"{me} --hex {mark.hex()} --start {where} --end {end}",
            "strings": f"{me} --start {where} --end {end}",
            "system": "",
            "top": "",
            "trim": f"{me} --settle 0",
            "where": "",
        }
        yield {name: [*name.split(), *more.split()] for name, more in words.items()}
