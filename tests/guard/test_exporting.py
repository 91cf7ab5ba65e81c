"""Metrics that a guard hands on beside its rules."""

from __future__ import annotations

import socket
import urllib.request
from typing import TYPE_CHECKING

import pytest

from ntpages.guard import Guard, Policy, read_log
from ntpages.guard.exporting import Exporting, Exports

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

pytest.importorskip("prometheus_client")

RULE = '[[rule]]\nname = "a"\nwhen = { free = "< 1" }\ndo = "flush-modified"\n'


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def text_of(folder: Path, how: str) -> str:
    where = str(folder).replace("\\", "\\\\")
    return f'every = "100ms"\n[metrics]\n{how.format(folder=where)}\n{RULE}'


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return str(answer.read().decode())


def test_a_policy_says_how_metrics_are_handed_on(tmp_path: Path) -> None:
    found = Policy.parse(text_of(tmp_path, 'textfile = "{folder}"\nevery = "1m"\nserve = 9189'))
    assert found.metrics == Exports(str(tmp_path), 60.0, 9189)
    assert Policy.parse(RULE).metrics is None


def test_a_guard_serves_as_long_as_its_policy_says(lab: Lab, tmp_path: Path, port: int) -> None:
    lab.model("memory_lists")
    served = Policy.parse(text_of(tmp_path, f"serve = {port}"))
    with Guard(served, store=str(tmp_path / "guard.db")) as guard:
        assert "ntpages_memory_total_bytes" in scraped(port)
        guard.take(served)  # the same: it goes on
        assert "ntpages_memory_total_bytes" in scraped(port)
        guard.take(Policy.parse(RULE))
        with pytest.raises(OSError, match="refused"):
            scraped(port)
        guard.take(served)
        assert "ntpages_memory_total_bytes" in scraped(port)
    with pytest.raises(OSError, match="refused"):
        scraped(port)


def test_a_guard_writes_the_file_with_its_looks(lab: Lab, tmp_path: Path) -> None:
    lab.model("memory_lists")
    policy = Policy.parse(text_of(tmp_path, 'textfile = "{folder}"'))
    with Guard(policy, store=str(tmp_path / "guard.db")) as guard:
        guard.step()
        file = tmp_path / "ntpages.prom"
        assert "ntpages_memory_total_bytes" in file.read_text(encoding="utf-8")
        file.unlink()
        guard.step()  # which is sooner than 15 s
        assert not file.exists()


def test_a_dry_run_hands_nothing_on(lab: Lab, tmp_path: Path) -> None:
    lab.model("memory_lists")
    policy = Policy.parse(text_of(tmp_path, 'textfile = "{folder}"'))
    with Guard(policy, dry_run=True) as guard:
        guard.step()
        guard.take(policy)
    assert not (tmp_path / "ntpages.prom").exists()


def test_a_port_that_is_taken_keeps_no_guard_from_its_rules(lab: Lab, tmp_path: Path) -> None:
    lab.model("memory_lists")
    store = str(tmp_path / "guard.db")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        policy = Policy.parse(text_of(tmp_path, f"serve = {one.getsockname()[1]}"))
        with Guard(policy, store=store) as guard:
            guard.step()
    notes = [each.words for each in read_log(store)[1] if each.kind == "metrics"]
    assert len(notes) == 1
    assert notes[0].startswith("metrics are not served: ")


def test_what_goes_wrong_is_told_once_until_it_goes_well(tmp_path: Path) -> None:
    told: list[str] = []
    folder = tmp_path / "metrics"
    with Exporting(Exports(str(folder), every=1.0), told.append) as exporting:
        exporting.write(0.0)
        exporting.write(1.0)
        assert len(told) == 1
        assert told[0].startswith("metrics are not written: ")
        folder.mkdir()
        exporting.write(1.5)  # it is not due
        assert not [*folder.iterdir()]
        exporting.write(2.0)
        assert [each.name for each in folder.iterdir()] == ["ntpages.prom"]
        (folder / "ntpages.prom").unlink()
        folder.rmdir()
        exporting.write(3.0)
        assert len(told) == 2
