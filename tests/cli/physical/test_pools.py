"""``ntpages pools``: what drivers have, and what grows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def pools(lab: Lab) -> Any:
    return lab.model("pools")


@pytest.fixture
def names(tmp_path: Path) -> str:
    file = tmp_path / "pooltag.txt"
    file.write_text("Leak - leaky.sys - Never frees\n")
    return str(file)


def test_pools_are_told_the_largest_first(capsys: Capture, names: str) -> None:
    run = Run(capsys, "pools", "--names", names)
    assert run.code == 0
    rows = run.out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["Leak", "MmSt", "NtfF"]
    assert "leaky.sys" in rows[0]
    assert "70.0 MiB" in rows[0]


def test_what_grows_between_two_looks_is_told_alone(
    capsys: Capture, pools: Any, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pools.grow("Leak", 3 << 20, 5))
    run = Run(capsys, "pools", "--watch", "9", "--json", "--names", names)
    assert run.json["seconds"] == 9
    [grown] = run.json["pools"]
    assert (grown["tag"], grown["nonpaged"], grown["allocations"]) == ("Leak", 3 << 20, 5)
    assert (grown["driver"], grown["description"]) == ("leaky.sys", "Never frees")
    assert "+3.00 MiB" in Run(capsys, "pools", "--watch", "9").out


def test_where_nothing_grows_that_is_said(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    run = Run(capsys, "pools", "--watch", "9")
    assert run.out == ""
    assert "Nothing has grown" in run.err
