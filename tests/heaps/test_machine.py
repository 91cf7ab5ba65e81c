"""The machine's own switch of segment heaps, and ``ntpages heap machine``."""

from __future__ import annotations

import winreg
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages.errors import AccessDeniedError, NtError
from ntpages.heaps import Change, machine_segment_heap, set_machine_segment_heap

if TYPE_CHECKING:
    from collections.abc import Iterator

Capture = pytest.CaptureFixture[str]

KEY = r"Software\ntpages test of the machine"


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user's own part of the registry, where the test may write."""

    def remove() -> None:
        with suppress(FileNotFoundError):
            winreg.DeleteKeyEx(winreg.HKEY_CURRENT_USER, KEY, winreg.KEY_WOW64_64KEY)

    remove()
    with monkeypatch.context() as patched:
        patched.setattr("ntpages.heaps.machine._KEY", KEY)
        patched.setattr(winreg, "HKEY_LOCAL_MACHINE", winreg.HKEY_CURRENT_USER)
        yield
    remove()


def write(data: Any, kind: int = winreg.REG_DWORD) -> None:
    access = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY
    with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, KEY, 0, access) as key:
        winreg.SetValueEx(key, "Enabled", 0, kind, data)


@pytest.mark.parametrize(("data", "told"), [(None, "default"), (0, "off"), (1, "on"), (3, "on")])
def test_what_is_not_zero_is_on(data: int | None, told: str) -> None:
    if data is not None:
        write(data)
    assert machine_segment_heap() == told


def test_a_switch_of_another_kind_is_none() -> None:
    write("1", winreg.REG_SZ)
    assert machine_segment_heap() == "default"


def test_it_is_switched_on_and_off_and_left_to_windows_again() -> None:
    assert set_machine_segment_heap("on") == (Change("Enabled", None, 1),)
    assert machine_segment_heap() == "on"
    assert set_machine_segment_heap("on") == ()
    assert set_machine_segment_heap("off") == (Change("Enabled", 1, 0),)
    assert machine_segment_heap() == "off"
    assert set_machine_segment_heap("default") == (Change("Enabled", 0, None),)
    assert machine_segment_heap() == "default"
    assert set_machine_segment_heap("default") == ()


def test_a_dry_run_changes_nothing() -> None:
    assert set_machine_segment_heap("on", dry_run=True) == (Change("Enabled", None, 1),)
    assert machine_segment_heap() == "default"


def test_a_choice_is_one_of_three() -> None:
    with pytest.raises(
        ValueError, match="segment_heap must be 'on', 'off' or 'default', not 'yes'"
    ):
        set_machine_segment_heap("yes")  # type: ignore[arg-type]


def test_who_may_not_write_is_told_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Access is denied", None, 5)

    monkeypatch.setattr(winreg, "CreateKeyEx", refuse)
    with pytest.raises(AccessDeniedError, match="elevated administrator"):
        set_machine_segment_heap("on")
    monkeypatch.setattr(winreg, "OpenKey", refuse)
    with pytest.raises(NtError) as refused:
        machine_segment_heap()
    assert refused.value.call == "RegOpenKeyExW"


def test_the_command_line_shows_and_changes_it(capsys: Capture) -> None:
    assert Run(capsys, "heap", "machine", "--json").json["segment_heap"] == "default"
    run = Run(capsys, "heap", "machine", "--segment-heap", "on", "--dry-run")
    assert "would be changed" in run.err
    assert machine_segment_heap() == "default"
    run = Run(capsys, "heap", "machine", "--segment-heap", "on")
    assert run.code == 0
    assert "next start" in run.err
    assert machine_segment_heap() == "on"
    again = Run(capsys, "heap", "machine", "--segment-heap", "on", "--json")
    assert again.json["changes"] == []
    assert "so already" in again.err
    refused = Run(capsys, "heap", "machine", "--dry-run")
    assert (refused.code, refused.out) == (1, "")
