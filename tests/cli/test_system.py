"""``ntpages system``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages import errors, system

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


def test_system_prints_bytes(capsys: Capture) -> None:
    run = Run(capsys, "system", "--json")
    assert run.code == 0
    assert run.json["memory"]["total"] > 2**28
    assert run.json["page_size"] == system.page_size()


def test_system_speaks_to_people(capsys: Capture) -> None:
    run = Run(capsys, "system")
    assert run.code == 0
    assert "available" in run.out


@pytest.mark.parametrize("count", [0, 1])
def test_system_tells_of_page_files_and_of_there_being_none(
    capsys: Capture, lab: Lab, count: int
) -> None:
    lab.model("system").pagefiles(count)
    run = Run(capsys, "system")
    assert ("No page file." in run.out) == (count == 0)
    assert (".sys" in run.out) == (count == 1)
    assert "does not say" not in run.err


def test_system_says_where_windows_does_not_tell_of_page_files(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise errors.UnavailableError

    monkeypatch.setattr(system, "pagefiles", refuse)
    run = Run(capsys, "system")
    assert run.code == 0
    assert "Page files: this Windows does not say." in run.err
    assert Run(capsys, "system", "--json").json["pagefiles"] is None
