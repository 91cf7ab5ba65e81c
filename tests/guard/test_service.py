"""The service, in the service manager of this host: made, started, stopped, killed, deleted."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages import processes
from ntpages._native import guard as native
from ntpages.errors import NtError
from ntpages.guard import event_log, read_log, service, serving, writers
from ntpages.guard.places import holder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ntlab import Lab

pytestmark = [pytest.mark.admin, pytest.mark.slow]

POLICY = 'every = "100ms"\n[[rule]]\nname = "a"\nwhen = { free = "< 1" }\ndo = "flush-modified"\n'
PATIENCE = 60.0
# Tests live in a folder of the user's, who may write there.
TRUSTING = """
import sys
from ntpages._native import guard as native
native.writers_of = lambda _: []
from ntpages.guard.serving import serve
sys.exit(serve(*sys.argv[2:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[str]:
    monkeypatch.setattr(native, "writers_of", lambda _: [])
    monkeypatch.setattr(serving, "_MODULE", ["-c", TRUSTING])
    name = f"ntpages-{os.getpid()}-{request.node.name}"
    service.install(str(folder / "policy.toml"), store=str(folder / "guard.db"), name=name)
    yield name
    assert service.uninstall(name)


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def notes(folder: Path) -> list[str]:
    try:
        return [f"{each.kind}: {each.words}" for each in read_log(str(folder / "guard.db"))[1]]
    except FileNotFoundError:
        return []


def runs(name: str) -> service.ServiceState:
    found = service.state(name)
    assert found
    assert found.state == "running"
    return found


def test_it_is_started_keeps_its_policy_and_stops(installed: str, folder: Path) -> None:
    service.start(installed)
    found = runs(installed)
    assert holder_of(str(folder / "guard.db")) == f"process {found.process}"
    service.stop(installed)
    files = str(folder / "policy.toml"), str(folder / "guard.db")
    assert service.state(installed) == service.ServiceState("stopped", 0, 0, *files)
    assert found.process not in processes.list_processes().column("pid").tolist()
    assert holder_of(str(folder / "guard.db")) is None
    assert notes(folder)[0].startswith("begins: keeps to policy")
    assert notes(folder)[-1] == "ends: stopped"


def test_it_is_started_and_stopped_again_and_again(installed: str, folder: Path) -> None:
    for _ in range(3):
        service.start(installed)
        service.stop(installed)
    assert notes(folder).count("ends: stopped") == 3


def test_who_stops_what_has_stopped_is_told_so(installed: str) -> None:
    service.stop(installed)
    found = service.state(installed)
    assert found
    assert found.state == "stopped"


def test_it_takes_a_policy_up_that_is_right_and_keeps_the_old_one_where_it_is_not(
    installed: str, folder: Path
) -> None:
    service.start(installed)
    policy = folder / "policy.toml"
    policy.write_text(POLICY + "budget = 0\n", encoding="utf-8")
    until(lambda: any("the old one is kept: line 6" in each for each in notes(folder)))
    policy.write_text('name = "another"\n' + POLICY, encoding="utf-8")
    until(lambda: any("keeps to another" in each for each in notes(folder)))
    service.stop(installed)


def test_it_begins_again_after_it_was_killed(installed: str, folder: Path) -> None:
    service.start(installed)
    first = runs(installed).process
    os.kill(first, 9)
    until(lambda: first not in processes.list_processes().column("pid").tolist())
    service.start(installed)
    assert runs(installed).process != first
    service.stop(installed)
    assert sum(each.startswith("begins") for each in notes(folder)) == 2


def test_one_that_can_not_begin_says_why(installed: str, folder: Path) -> None:
    (folder / "policy.toml").write_text("colour = 1", encoding="utf-8")
    native.start_service(installed)
    until(lambda: (now := service.state(installed)) and now.state == "stopped")
    with pytest.raises(TimeoutError, match=r"is stopped, not running \(it ended with 1\)"):
        service._wait_for("running", installed)
    assert any("colour = 1: there is no such key" in each for each in notes(folder))


def test_what_is_there_already_is_not_installed_again(installed: str, folder: Path) -> None:
    with pytest.raises(NtError, match="CreateService"):
        service.install(str(folder / "policy.toml"), store="x.db", name=installed)


def test_the_command_line_tells_how_it_stands(
    installed: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--name", installed)
    store = ("--store", str(folder / "guard.db"))
    assert "service: stopped" in Run(capsys, "guard", "status", *words, *store).out
    assert Run(capsys, "guard", "start", *words).err == "Started.\n"
    process = runs(installed).process
    shown = Run(capsys, "guard", "status", *words).out
    assert f"store: {store[1]}" in shown
    assert f"service: running (process {process})" in shown
    assert f"a guard runs (process {process})" in shown
    assert Run(capsys, "guard", "stop", *words).err == "Stopped.\n"
    kept = Run(capsys, "guard", "log", *words, "--json").json["notes"]
    assert kept == Run(capsys, "guard", "log", *store, "--json").json["notes"]
    assert kept[-1]["words"] == "stopped"
    assert Run(capsys, "guard", "report", *words).code == 0


def test_one_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    absent = ("--name", f"ntpages-{os.getpid()}-absent")
    for does in ("start", "stop", "uninstall"):
        run = Run(capsys, "guard", does, *absent)
        assert run.code == 1
        assert "OpenServiceW failed" in run.err
    store = ("--store", str(folder / "guard.db"))
    assert "service: not installed" in Run(capsys, "guard", "status", *absent, *store).out


def test_one_that_somebody_has_open_goes_later(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "query_service", lambda _: ("stopped", 0, 0))
    monkeypatch.setattr(native, "delete_service", lambda _: None)
    monkeypatch.setattr(service, "_LINGERS", 0.0)
    run = Run(capsys, "guard", "uninstall", "--name", f"ntpages-{os.getpid()}-open")
    assert run.code == 0
    assert "as soon as nobody has it open" in run.err


def test_a_policy_that_others_may_change_makes_no_service(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, name = str(folder / "policy.toml"), f"ntpages-{os.getpid()}-none"

    def who(path: str) -> list[tuple[str, str, int]]:
        return [(path, r"BUILTIN\Users", 0x2)] if path == policy else []

    monkeypatch.setattr(native, "writers_of", who)
    run = Run(capsys, "guard", "install", "--policy", policy, "--name", name)
    assert run.code == 1
    assert rf"BUILTIN\Users may write to {policy}" in " ".join(run.err.split())
    assert service.state(name) is None


def test_a_python_that_others_may_change_makes_no_service(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = [("C:\\x", "me", 0x0001_0000)]
    monkeypatch.setattr(native, "writers_of", lambda path: [] if path.endswith("toml") else who)
    with pytest.raises(writers.UntrustedError, match="me may delete or rename"):
        service.install(str(folder / "policy.toml"), store="x.db", name="ntpages-none")
    assert service.state("ntpages-none") is None


def test_it_has_five_privileges_and_a_command_of_administrators_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def install(*what: object) -> list[str]:
        asked.extend(what)
        return []

    monkeypatch.setattr(native, "writers_of", lambda _: [])
    monkeypatch.setattr(native, "install_service", install)
    for does in ("register", "unregister"):
        monkeypatch.setattr(event_log, does, lambda _: None)
    monkeypatch.setattr(service, "_keep", lambda *_: None)
    monkeypatch.setattr(service, "_keep_environment", lambda _: None)
    policy, store = str(folder / "policy.toml"), str(folder / "guard.db")
    service.install(policy, store=store)
    name, title, _, command, privileges = asked
    assert (name, title) == ("ntpages-guard", "ntpages guard")
    assert str(command).split(" -m ")[0].endswith(" -I")
    assert str(command).endswith(f"service ntpages-guard {policy} {store}")
    assert privileges == [
        "SeChangeNotifyPrivilege",
        "SeDebugPrivilege",
        "SeIncreaseQuotaPrivilege",
        "SeIncreaseWorkingSetPrivilege",
        "SeProfileSingleProcessPrivilege",
    ]


@pytest.mark.parametrize("setting", range(1, 7))
def test_a_service_whose_settings_are_refused_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, lab: Lab, setting: int
) -> None:
    monkeypatch.setattr(native, "writers_of", lambda _: [])
    name = f"ntpages-{os.getpid()}-refused-{setting}"
    lab.fail("ChangeServiceConfig2W", nth=setting, code=5)
    with pytest.raises(NtError, match="ChangeServiceConfig2W failed"):
        service.install(str(folder / "policy.toml"), store="x.db", name=name)
    assert service.state(name) is None


def test_a_setting_that_this_windows_does_not_know_is_left_out_and_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, lab: Lab
) -> None:
    monkeypatch.setattr(native, "writers_of", lambda _: [])
    name = f"ntpages-{os.getpid()}-old"
    lab.record("ChangeServiceConfig2W")
    known = service.install(str(folder / "policy.toml"), store="x.db", name=name)
    assert service.uninstall(name)
    levels = [call.arguments[1] & 0xFFFF_FFFF for call in lab.calls()]
    assert levels == [1, 3, 2, 4, 5, 6]  # description, delay, failures, their flag, SID, privileges
    lab.fail("ChangeServiceConfig2W", nth=5, code=124)  # ERROR_INVALID_LEVEL
    told = service.install(str(folder / "policy.toml"), store="x.db", name=name)
    assert service.uninstall(name)
    assert set(told) == {*known, "service SID"}


def test_a_process_that_the_manager_did_not_start_is_no_service() -> None:
    for _ in range(2):
        with pytest.raises(NtError, match="StartServiceCtrlDispatcherW failed"):
            native.begin_service("ntpages-none")


# ---- A process as a service, in the laboratory ---------------------------------------------------

STOP, INTERROGATE, SHUTDOWN, PAUSE = 1, 4, 5, 2
STOPPED, START_PENDING, STOP_PENDING, RUNNING = 1, 2, 3, 4
ACCEPTS = 0x1 | 0x4  # SERVICE_ACCEPT_STOP, SERVICE_ACCEPT_SHUTDOWN


@pytest.fixture
def manager(lab: Lab) -> Iterator[Any]:
    services = lab.model("services")
    services.start()
    native.begin_service("ntpages-test")
    yield services
    native.end_service(0)


def test_it_tells_how_far_it_has_come(manager: Any) -> None:
    native.service_goes_on()
    native.service_runs()
    assert manager.order(INTERROGATE) == 0
    assert not native.wait_for_service_stop(0)
    assert manager.order(STOP) == 0
    assert native.wait_for_service_stop(60_000)
    native.service_goes_on()
    native.service_runs()  # which comes late: nobody is told
    native.end_service(7)
    native.end_service(0)  # nor of this
    told = manager.told
    states = [START_PENDING, START_PENDING, RUNNING, STOP_PENDING, STOP_PENDING, STOPPED]
    assert [each.state for each in told] == states
    assert [each.checkpoint for each in told] == [1, 2, 0, 1, 2, 0]
    assert [each.orders for each in told] == [
        0,
        0,
        1 | 4,
        0,
        0,
        0,
    ]  # to stop, at the end of Windows too
    assert [each.hint for each in told] == [30_000, 30_000, 0, 5_000, 5_000, 0]
    assert [each.code for each in told] == [0, 0, 0, 0, 0, 7]


def test_windows_that_ends_stops_it_and_other_orders_are_not_taken(manager: Any) -> None:
    native.service_runs()
    not_implemented = 120
    assert manager.order(PAUSE) == not_implemented
    assert manager.told[-1].state == RUNNING
    assert manager.order(SHUTDOWN) == 0
    assert native.wait_for_service_stop(60_000)


@pytest.mark.parametrize(
    "call",
    [
        *("CreateEventW", "CreateThread", "RegisterServiceCtrlHandlerExW", "SetServiceStatus"),
        *("SetEvent", "WaitForMultipleObjects"),
    ],
)
def test_what_the_manager_refuses_is_told_and_it_may_begin_again(lab: Lab, call: str) -> None:
    services = lab.model("services")
    services.start()
    lab.fail(call, code=5)
    with pytest.raises(NtError, match=f"{call} failed"):
        native.begin_service("ntpages-test")
    services.start()
    native.begin_service("ntpages-test")
    lab.fail("SetServiceStatus", code=5)
    with pytest.raises(NtError, match="SetServiceStatus failed"):
        native.service_goes_on()
    native.end_service(0)
    assert [each.state for each in services.told] == [START_PENDING, STOPPED]


def test_a_service_that_is_one_already_does_not_begin_again(manager: Any) -> None:
    with pytest.raises(NtError, match="StartServiceCtrlDispatcherW failed"):
        native.begin_service("ntpages-test")
    assert [each.state for each in manager.told] == [START_PENDING]
