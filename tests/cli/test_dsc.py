"""``ntpages dsc``: what Desired State Configuration gives, and what it is told."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import ntpages
from cli.commands import Ended, Reader, finish
from ntpages import heaps, privileges, working_sets
from ntpages.cli import dsc
from ntpages.cli.exits import Exit
from ntpages.guard import service
from ntpages.report.cells import word
from ntpages.table import Table
from target import CROWD, crowd

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

MANIFESTS = {
    path.name.removeprefix("ntpages-").partition(".")[0]: json.loads(
        path.read_text(encoding="utf-8")
    )
    for path in (Path(ntpages.__file__).parent / "dsc").glob("*.dsc.resource.json")
}
OPERATIONS = ("get", "set", "test")
MIB = 1 << 20
RIGHT = {"privilege": "SeLockMemoryPrivilege", "account": "S-1-5-32-544"}


def ask(operation: str, noun: str, state: object) -> Ended:
    """Run the command as DSC does: UTF-8 on standard input."""
    given = state if isinstance(state, bytes) else json.dumps(state, ensure_ascii=False).encode()
    out, err = Reader(), Reader()
    stdin = io.TextIOWrapper(io.BytesIO(given), encoding="cp437")  # the console's, as a rule
    code = finish(["dsc", operation, noun], stdin, out.stream(), err.stream())
    return Ended(code, out.text, err.text)


def answer(operation: str, noun: str, state: object) -> dict[str, Any]:
    """The one line that DSC reads, which its manifest describes."""
    ended = ask(operation, noun, state)
    assert ended.code == Exit.OK, ended.err
    [line] = ended.out.splitlines()
    found: dict[str, Any] = json.loads(line)
    Draft202012Validator(MANIFESTS[noun]["schema"]["embedded"]).validate(found)
    assert ("_inDesiredState" in found) == (operation == "test")
    return found


# ---- Manifests -----------------------------------------------------------------------------------


def test_every_resource_has_a_manifest() -> None:
    assert MANIFESTS.keys() == dsc.RESOURCES.keys()


@pytest.mark.parametrize("noun", MANIFESTS)
def test_a_manifest_says_what_the_command_takes(noun: str) -> None:
    manifest = MANIFESTS[noun]
    assert manifest["version"] == ntpages.__version__
    for operation in OPERATIONS:
        said = manifest[operation]
        assert (said["executable"], said["args"]) == ("ntpages", ["dsc", operation, noun])
        assert said["input"] == "stdin"
        assert ("return" in said) == (operation != "get")
    schema = manifest["schema"]["embedded"]
    Draft202012Validator.check_schema(schema)
    resource = dsc.RESOURCES[noun]
    assert schema["properties"].keys() - dsc.READ_ONLY == resource.properties.keys()
    assert schema["required"] == list(resource.wanted)
    assert manifest["set"].get("handlesExist", False) == ("_exist" in resource.properties)


def test_the_words_of_a_manifest_are_those_of_the_command_line() -> None:
    words = MANIFESTS["image"]["schema"]["embedded"]["properties"]
    assert words["flags"]["items"]["enum"] == [word(flag) for flag in heaps.GlobalFlag]
    assert words["page_heap"]["items"]["enum"] == [word(flag) for flag in heaps.PageHeapFlag]


# ---- What is given -------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("noun", "state", "said"),
    [
        ("limits", b"", "the state must be a JSON object"),
        ("limits", b"\xff\xfe\xfd", "the state must be a JSON object"),
        ("limits", b"[" * 100_000, "the state must be a JSON object"),
        ("limits", [1], "the state must be a JSON object, not [1]"),
        ("limits", {}, "'program'"),
        ("limits", {"program": 5}, "program"),
        ("limits", {"program": "a.exe", "minimun": 4096}, "no property 'minimun'"),
        ("limits", {"program": "a.exe", "minimum": 5000}, "minimum must be"),
        ("limits", {"program": "a.exe", "minimum": 0}, "minimum must be"),
        ("limits", {"program": "a.exe", "minimum": "4096"}, "minimum must be"),
        ("limits", {"program": "a.exe", "minimum": True}, "minimum must be"),
        ("limits", {"program": "a.exe", "minimum": None}, "minimum must be"),
        ("limits", {"program": "a.exe", "hard_maximum": 1}, "hard_maximum must be"),
        ("guard", {"policy": "mine.toml"}, "policy must be a full path"),
        ("guard", {"store": 5}, "store must be"),
        ("guard", {"running": "yes"}, "running must be"),
        ("privilege", {"account": "S-1-5-32-544"}, "'privilege'"),
        ("privilege", {**RIGHT, "account": "bob"}, r"domain\name or a SID"),
        ("privilege", {**RIGHT, "_exist": "yes"}, "_exist must be"),
        ("image", {"name": "a.exe", "segment_heap": "yes"}, "segment_heap must be"),
        ("image", {"name": "a.exe", "flags": "none"}, "flags must be a list of heap-"),
        ("image", {"name": "a.exe", "flags": [["x"]]}, "flags must be a list of heap-"),
        ("image", {"name": "a.exe", "page_heap": ["no"]}, "page_heap must be a list of enable-"),
        ("image", {"name": "a.exe", "stack_database": 1.5}, "stack_database must be"),
    ],
)
def test_what_is_no_state_is_refused_with_a_reason(
    lab: Lab, operation: str, noun: str, state: object, said: str
) -> None:
    lab.model("privileges")
    ended = ask(operation, noun, state)
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_names_in_any_script_arrive(lab: Lab, mark: str) -> None:
    lab.model("privileges")
    given = (mark + '{"program": "игра.exe"}').encode()
    assert answer("get", "limits", given)["program"] == "игра.exe"


# ---- The service that keeps a policy -------------------------------------------------------------


class Services:
    """Stands in for the service manager, which tests/guard/test_service.py asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there: dict[str, service.ServiceState] = {}
        self.done: list[str] = []
        monkeypatch.setattr(service, "state", self.there.get)
        for does in ("install", "start", "stop", "uninstall"):
            monkeypatch.setattr(service, does, getattr(self, does))

    def install(self, policy: str, *, store: str, name: str) -> None:
        self.done.append("install")
        self.there[name] = service.ServiceState("stopped", 0, 0, policy, store)

    def uninstall(self, name: str) -> None:
        self.done.append("uninstall")
        del self.there[name]

    def start(self, name: str) -> None:
        self.done.append("start")
        self.there[name] = replace(self.there[name], state="running", process=8)

    def stop(self, name: str) -> None:
        self.done.append("stop")
        self.there[name] = replace(self.there[name], state="stopped", process=0)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    return Services(monkeypatch)


MINE = {"policy": "C:\\Rules\\mine.toml", "store": "C:\\Rules\\guard.db", "running": True}


def test_a_guard_is_installed_started_and_left_alone_where_it_is_as_wanted(
    services: Services,
) -> None:
    assert answer("get", "guard", MINE) == {"name": "ntpages-guard", "_exist": False}
    assert answer("test", "guard", MINE)["_inDesiredState"] is False
    as_wanted = {"name": "ntpages-guard", "_exist": True, **MINE}
    assert answer("set", "guard", MINE) == as_wanted
    assert services.done == ["install", "start"]
    assert answer("test", "guard", MINE)["_inDesiredState"] is True
    assert answer("set", "guard", MINE) == as_wanted
    assert services.done == ["install", "start"]


def test_a_guard_of_another_policy_is_made_anew_and_runs_as_it_ran(services: Services) -> None:
    answer("set", "guard", MINE)
    services.done.clear()
    other = "C:\\Rules\\other.toml"
    found = answer("set", "guard", {"policy": other})
    assert (found["policy"], found["store"], found["running"]) == (other, MINE["store"], True)
    assert services.done == ["uninstall", "install", "start"]
    assert answer("set", "guard", {"running": False})["running"] is False
    assert services.done[3:] == ["stop"]
    assert answer("set", "guard", {"_exist": False})["_exist"] is False
    assert services.done[4:] == ["uninstall"]


def test_a_guard_without_a_policy_is_none(services: Services) -> None:
    ended = ask("set", "guard", {"running": True})
    assert ended.code == Exit.FAILURE
    assert "the state must say 'policy'" in ended.err
    assert services.done == []


# ---- A privilege ---------------------------------------------------------------------------------


def test_a_privilege_is_given_once_and_taken_again(lab: Lab) -> None:
    lab.model("privileges")
    assert answer("get", "privilege", RIGHT) == {**RIGHT, "_exist": False}
    assert answer("test", "privilege", RIGHT)["_inDesiredState"] is False
    assert answer("set", "privilege", RIGHT) == {**RIGHT, "_exist": True}
    assert answer("test", "privilege", RIGHT)["_inDesiredState"] is True
    [account] = privileges.accounts(RIGHT["privilege"])
    by_name = {**RIGHT, "account": account.name.upper()}
    assert answer("test", "privilege", by_name)["_inDesiredState"] is True
    before = lab.count("LsaAddAccountRights")
    answer("set", "privilege", RIGHT)
    assert lab.count("LsaAddAccountRights") == before
    gone = {**RIGHT, "_exist": False}
    assert answer("test", "privilege", gone)["_inDesiredState"] is False
    assert answer("set", "privilege", gone) == gone
    assert privileges.accounts(RIGHT["privilege"]) == ()


def test_what_was_read_may_be_given_back(lab: Lab) -> None:
    lab.model("privileges")
    found = answer("test", "privilege", RIGHT)
    assert answer("test", "privilege", found)["_inDesiredState"] is True


def test_a_refusal_is_an_exit_code_and_a_sentence(lab: Lab) -> None:
    lab.model("privileges").standard_user()
    ended = ask("set", "privilege", RIGHT)
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert "Access denied" in ended.err


# ---- Limits --------------------------------------------------------------------------------------


def test_the_limits_of_all_processes_of_a_program_are_set(lab: Lab) -> None:
    lab.model("working_sets")
    with crowd(2) as targets:
        pids = [each.pid for each in targets]
        working_sets.set_limits(pids[0], minimum=MIB, maximum=8 * MIB)
        desired = {"program": CROWD.upper(), "minimum": 2 * MIB, "maximum": 16 * MIB}
        found = answer("get", "limits", {"program": CROWD})
        assert (found["processes"], found["minimum"], found["hard_maximum"]) == (2, None, False)
        assert answer("test", "limits", desired)["_inDesiredState"] is False
        held = answer("set", "limits", desired)
        assert (held["minimum"], held["maximum"]) == (2 * MIB, 16 * MIB)
        assert all(working_sets.limits(pid).maximum == 16 * MIB for pid in pids)
        before = lab.count("SetProcessWorkingSetSizeEx")
        assert answer("set", "limits", desired) == held
        assert lab.count("SetProcessWorkingSetSizeEx") == before
        assert answer("test", "limits", desired)["_inDesiredState"] is True
        hard = {**desired, "hard_maximum": True}
        assert answer("test", "limits", hard)["_inDesiredState"] is False


def test_a_program_that_does_not_run_has_no_limits_to_be_wrong(lab: Lab) -> None:
    lab.model("privileges")
    desired = {"program": "nobody.exe", "minimum": MIB}
    state = {"program": "nobody.exe", "processes": 0}
    assert answer("test", "limits", desired) == {**state, "_inDesiredState": True}
    assert answer("set", "limits", desired) == state


def test_a_process_that_has_ended_meanwhile_is_none(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.model("privileges")
    gone = Table("Process", {"pid": [0x7FFFFFF0], "name": ["gone.exe"], "working_set": [1]})
    monkeypatch.setattr(dsc, "list_processes", lambda: gone)
    assert answer("get", "limits", {"program": "gone.exe"})["processes"] == 0
