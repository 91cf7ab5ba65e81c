"""``ntpages pools``: what drivers have, and what grows."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from cli.test_documents import interrupt_at

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


@pytest.fixture
def growing(pools: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each pause something grows; the third is ended by Ctrl-C."""
    pauses = iter(range(2))

    def pause(_: float) -> None:
        if next(pauses, None) is None:
            raise KeyboardInterrupt
        pools.grow("Leak", 3 << 20, 5)

    monkeypatch.setattr(time, "sleep", pause)


@pytest.mark.usefixtures("growing")
def test_what_grows_since_it_began_is_told_alone(capsys: Capture, names: str) -> None:
    run = Run(capsys, "pools", "--watch", "9", "--json", "--names", names)
    assert run.code == 0
    first, second = map(json.loads, run.out.splitlines())
    assert 0 <= first["seconds"] <= second["seconds"]
    [grown] = first["pools"]
    assert (grown["tag"], grown["nonpaged"], grown["allocations"]) == ("Leak", 3 << 20, 5)
    assert (grown["driver"], grown["description"]) == ("leaky.sys", "Never frees")
    assert second["pools"][0]["nonpaged"] == 6 << 20


@pytest.mark.usefixtures("growing")
def test_what_grows_has_its_sign(capsys: Capture) -> None:
    out = Run(capsys, "pools", "--watch", "9").out
    assert "+3.00 MiB" in out
    assert "+6.00 MiB" in out


def test_where_nothing_grows_that_is_said(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", interrupt_at(2))
    assert "Nothing has grown or shrunk." in Run(capsys, "pools", "--watch", "9").out
