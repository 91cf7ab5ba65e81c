"""Ctrl-C at any call that a command makes of Windows: what was done is told, the code is true."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cli.commands import every_command, run
from ntpages import _native, memory_lists
from ntpages.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from ntlab import Lab

pytestmark = pytest.mark.lab

Calls = dict[str, list[str]]

MOST = 12  # calls of one command that are interrupted, each in a run of its own
ASK_NOTHING = {
    "files diff",
    "guard",
    "guard install",
    "guard log",
    "guard policies",
    "guard report",
    "guard start",
    "guard status",
    "guard stop",
    "guard uninstall",
    "heap diff",
    "heap image",
    "heap machine",
    "map diff",
}  # of Windows: they read files and the registry


class Interrupter:
    """Presses Ctrl-C during the n-th call of Windows: it is heard when the call is over."""

    _askers = (
        *(_native.heaps.Heap, _native.heaps.HeapQuery),
        *(_native.physical.Census, _native.physical.PageListing),
        *(_native.processes.Process, _native.processes.Scan),
    )

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._left = 0
        self.calls = 0
        self.pressed = False
        for module in (_native, *self._modules()):
            for name, value in vars(module).items():
                if type(value).__name__ == "builtin_function_or_method":
                    monkeypatch.setattr(module, name, self._watched(value))
                elif value in self._askers:
                    self._watch_methods(monkeypatch, value)
        monkeypatch.setattr(time, "sleep", self._watched(lambda _: None))

    def _watch_methods(self, monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
        for name, value in [*vars(kind).items()]:
            if type(value).__name__ == "instancemethod" and not name.startswith("__"):
                monkeypatch.setattr(kind, name, self._watched(value.__func__))

    def press(self, at: int) -> None:
        self._left, self.calls, self.pressed = at, 0, False

    @staticmethod
    def _modules() -> Iterator[ModuleType]:
        for value in vars(_native).values():
            if type(value) is type(_native):
                yield value

    def _watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            answer = function(*arguments, **more)
            self.calls += 1
            self._left -= 1
            if self._left == 0:
                self.pressed = True
                raise KeyboardInterrupt
            return answer

        return call


@pytest.fixture
def interrupter(monkeypatch: pytest.MonkeyPatch) -> Interrupter:
    return Interrupter(monkeypatch)


@pytest.mark.parametrize("command", sorted(set(every_command()) - {"top", "bench"}))
def test_an_interrupted_command_says_so(
    command: str, calls: Calls, interrupter: Interrupter
) -> None:
    prints = any("--json" in each.opts for each in every_command()[command].params)
    interrupter.press(0)
    assert run(calls[command]).code == Exit.OK
    assert interrupter.calls or command in ASK_NOTHING, "nothing of it can be interrupted"
    told = []
    for at in range(1, min(interrupter.calls, MOST) + 1):
        interrupter.press(at)
        ended = run(calls[command])
        if not interrupter.pressed:
            break  # what an interruption left enabled takes no call
        assert ended.code in {Exit.FAILURE, Exit.PARTLY}, at
        assert "nterrupted" in ended.err, at
        assert "Traceback" not in ended.err
        if prints:
            interrupter.press(at)
            document = json.loads(run([*calls[command], "--json"]).out)
            # If all of it was printed before, it is what it would have been.
            told.append("error" in document or document.get("interrupted") is True)
    interrupter.press(0)  # whoever closes what is left is not interrupted
    assert any(told) or not prints or command in ASK_NOTHING


def test_an_interrupted_cleaning_tells_what_was_done(
    calls: Calls, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    del calls
    monkeypatch.setattr(memory_lists.commands, "time", Clock(at=3))
    ended = run(["defrag", "--json"])
    document = json.loads(ended.out)
    assert ended.code == Exit.PARTLY
    assert document["interrupted"]
    assert not document["ok"]
    assert [step["step"] for step in document["steps"]] == ["empty-working-sets"]
    assert document["skipped"] == ["flush-modified", "purge-standby"]
    assert "Interrupted in flush-modified, which may have been done even so." in ended.err
    assert "Ready for use" in ended.err
    assert lab.count("NtSetSystemInformation") == 1


class Clock:
    """A time module during whose n-th reading Ctrl-C is pressed."""

    def __init__(self, at: int) -> None:
        self._left = at

    def perf_counter(self) -> float:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return 0.0


def test_an_interrupted_first_step_may_have_been_done(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    del calls
    monkeypatch.setattr(memory_lists.commands, "time", Clock(at=2))
    ended = run(["defrag"])
    assert ended.code == Exit.FAILURE
    assert "Interrupted in empty-working-sets, which may have been done even so." in ended.err


def interrupt(_: float) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_who_waits_no_longer_for_refaults_gets_the_report(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    del calls
    monkeypatch.setattr(time, "sleep", interrupt)
    ended = run(["defrag", "--refaults", "1000", *more])
    assert ended.code == Exit.OK
    assert "Interrupted: all commands had been accepted." in ended.err
    if more:
        document = json.loads(ended.out)
        assert document["ok"]
        assert document["interrupted"]
        assert 0 <= document["refaults"]["seconds"] < 1000
    else:
        assert "hard faults" in ended.out


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_who_waits_no_longer_for_faults_is_told_who_was_trimmed(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    monkeypatch.setattr(time, "sleep", interrupt)
    pid = calls["trim"][1]
    ended = run(["trim", pid, "--settle", "1000", *more])
    assert ended.code == Exit.PARTLY
    assert "Interrupted: 1 trimmed" in ended.err
    if more:
        [trimmed] = json.loads(ended.out)["trimmed"]
        assert trimmed["pid"] == int(pid)


def test_an_interrupted_wait_before_trimming_trims_nobody(
    calls: Calls, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", interrupt)
    ended = run([*calls["trim"], "--idle", "1000"])
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert "interrupted" in ended.err
    assert lab.count("EmptyWorkingSet") == 0
