"""What a look finds, against what the nouns themselves say, and what it makes of refusals."""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from ntpages import errors, memory_lists, metrics, numa, physical, processes, system
from ntpages._native import physical as native_physical
from ntpages.guard import Account, Price, RunState
from ntpages.guard.store import Store
from ntpages.metrics import collecting
from ntpages.table import Table

if TYPE_CHECKING:
    from ntlab import Lab
    from ntpages.metrics import Collection

PRIVILEGE = "SeProfileSingleProcessPrivilege"


def values(collection: Collection, name: str) -> dict[tuple[str, ...], float]:
    found = {each.labels: each.value for each in collection.samples if each.name == name}
    assert len(found) == sum(each.name == name for each in collection.samples)
    return found


RUN = Account(0, "a rule", 1.0, "cause", RunState.DONE, before={"free": 0}, after={"free": 4096})
COST = replace(RUN, later=RUN.after, price=Price(30.0, 40960, 7, 0), judged=True)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = str(tmp_path / "guard.db")
    monkeypatch.setattr(collecting, "store_path", lambda: path)
    with Store(path) as made:
        for _ in range(2):
            made.change(replace(COST, id=made.begin(RUN).id))
        made.back_off(RUN.rule)
    return path


@pytest.fixture
def machine(lab: Lab, store: str) -> Lab:
    del store
    for model in ("memory_lists", "numa", "physical", "compression", "pools", "system"):
        lab.model(model)
    lab.model("privileges").hold(PRIVILEGE)
    lab.model("system").pagefiles(2)
    return lab


def test_a_look_says_what_the_nouns_say(machine: Lab) -> None:
    del machine
    found = metrics.collect()
    assert not found.refused
    lists = memory_lists.query()
    assert lists.modified is not None
    by_list = values(found, "ntpages_list_bytes")
    assert by_list["zero",] == lists.zero
    assert by_list["modified, page file",] == lists.modified_page_file
    assert by_list["modified, page file",] + by_list["modified, mapped file",] == lists.modified
    for priority in range(8):
        label = (str(priority),)
        assert values(found, "ntpages_standby_bytes")[label] == lists.standby[priority]
        repurposed = values(found, "ntpages_standby_repurposed_bytes_total")
        assert repurposed[label] == lists.repurposed[priority]
    files = {(each.path.removeprefix("\\??\\"),): each.size for each in system.pagefiles()}
    assert len(files) == 2
    assert values(found, "ntpages_pagefile_size_bytes") == files
    nodes = {(str(each.number),): each.available for each in numa.nodes()}
    assert values(found, "ntpages_numa_available_bytes") == nodes
    store = physical.compression()
    assert values(found, "ntpages_compression_stored_bytes") == {(): store.data}
    assert values(found, "ntpages_compression_used_bytes") == {(): store.compressed}
    total = system.memory().total
    assert values(found, "ntpages_memory_total_bytes") == {(): total}
    assert found.seconds > 0


def test_a_guard_s_accounts_are_summed_up_by_rule(machine: Lab) -> None:
    del machine
    found = metrics.collect()
    rule = ("a rule",)
    assert values(found, "ntpages_guard_runs_total") == {rule: 2}
    assert values(found, "ntpages_guard_gained_bytes_total") == {rule: 8192}
    assert COST.saved
    assert COST.price
    saved = values(found, "ntpages_guard_saved_seconds_total")[rule]
    assert saved == pytest.approx(2 * COST.saved)
    waited = values(found, "ntpages_guard_waited_seconds_total")[rule]
    assert waited == pytest.approx(2 * COST.price.waited)
    assert values(found, "ntpages_guard_backoffs_total") == {rule: 1}


def test_where_no_guard_has_run_there_are_no_accounts_and_that_is_no_refusal(
    machine: Lab, store: str
) -> None:
    del machine
    Path(store).unlink()
    found = metrics.collect()
    assert found.refused == ()
    assert not any(each.name.startswith("ntpages_guard") for each in found.samples)


def test_what_is_no_store_is_told(machine: Lab, store: str) -> None:
    del machine
    Path(store).write_text("no database" * 1000, encoding="ascii")
    [refusal] = metrics.collect().refused
    assert refusal.question == "guard"
    assert "is no store of a guard" in refusal.message


def test_every_metric_is_found_somewhere_but_what_nobody_asked_for(machine: Lab) -> None:
    del machine
    found = metrics.collect(pids=True)
    assert {each.name for each in metrics.FAMILIES} - {each.name for each in found.samples} == {
        "ntpages_scrape_refused"
    }
    names = {each.name for each in metrics.collect().samples}
    assert not any(name.startswith("ntpages_process_") for name in names)


def test_the_first_tags_and_the_others_sum_up_to_the_pools(machine: Lab) -> None:
    del machine
    whole = physical.pools()
    for top in (0, 1, 3, 1000):
        pools = values(metrics.collect(top=top), "ntpages_pool_bytes")
        for pool in ("paged", "nonpaged"):
            sizes = {tag: size for (tag, kind), size in pools.items() if kind == pool}
            assert sum(sizes.values()) == sum(whole.column(pool))
            assert (collecting.OTHERS in sizes) == (top < len(whole))
            assert len(sizes) == min(top, len(whole)) + (top < len(whole))


def test_who_lacks_the_privilege_is_told_what_the_partition_tells(machine: Lab) -> None:
    machine.model("privileges").drop(PRIVILEGE)
    machine.model("partitions")
    found = metrics.collect()
    assert set(values(found, "ntpages_list_bytes")) == {("zero",), ("free",)}
    assert len(values(found, "ntpages_standby_bytes")) == 8
    refusal = next(each for each in found.refused if each.question == "memory lists")
    assert refusal.code == 1314
    assert PRIVILEGE in refusal.message
    labels = ("memory lists", "NtQuerySystemInformation", "1314")
    assert values(found, "ntpages_scrape_refused")[labels] == 1


QUESTIONS = [name for name, _ in (*collecting._OF_THE_MACHINE, *metrics.Collector()._of_many)]


@pytest.mark.parametrize("refused", QUESTIONS[1:])
def test_one_refusal_costs_no_other_answer(
    machine: Lab, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    del machine
    whole = {each.name for each in metrics.collect().samples}

    def refuse(*_: object) -> None:
        raise errors.UnavailableError

    places = {
        "memory": (system, "memory"),
        "faults": (system, "fault_counters"),
        "memory lists": (memory_lists, "query"),
        "page files": (system, "pagefiles"),
        "NUMA nodes": (numa, "nodes"),
        "compression": (native_physical, "query_store"),
        "guard": (collecting, "read_totals"),
        "pools": (physical, "pools"),
        "processes": (processes, "list_processes"),
    }
    monkeypatch.setattr(*places[refused], refuse)
    found = metrics.collect()
    assert [each.question for each in found.refused] == [refused]
    lost = whole - {each.name for each in found.samples}
    assert lost
    kinds = {"memory lists": "list|standby", "page files": "pagefile", "NUMA nodes": "numa"}
    kinds |= {"processes": "program", "faults": "fault|page", "pools": "pool"}
    kinds |= {"memory": "memory|processes|threads|handles"}
    wanted = kinds.get(refused, refused).split("|")
    assert all(any(word in name for word in wanted) for name in lost)


# ---- Counters that don't fall ------------------------------------------------------------------


class Row(NamedTuple):
    pid: int
    name: str
    started: float
    faults: int
    working_set: int = 4096
    private_working_set: int = 0
    private: int = 0
    handles: int = 1
    hard_faults: int = 0
    cpu_time: float = 0.0


def listed(rows: list[Row]) -> Table[Any]:
    """A table of processes, as ``list_processes()`` has them."""
    columns = zip(*rows, strict=True) if rows else [()] * len(Row._fields)
    return Table("Process", {
        name: [*cells] if name == "name" else array("d" if name in _SECONDS else "Q", cells)
        for name, cells in zip(Row._fields, columns, strict=True)
    })  # fmt: skip


_SECONDS = {"started", "cpu_time"}


def test_a_program_s_counters_never_fall_while_its_processes_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = [
        [Row(4, "a.exe", 1.0, 10), Row(8, "a.exe", 2.0, 5)],
        [Row(4, "a.exe", 1.0, 12)],  # 8 has ended
        [Row(4, "a.exe", 9.0, 1)],  # 4 has ended, and another has its id
        [],
        [Row(12, "a.exe", 10.0, 3)],
    ]
    collector = metrics.Collector()
    counted = []
    for rows in looks:
        monkeypatch.setattr(processes, "list_processes", lambda rows=rows: listed(rows))
        found = values(collector.collect(), "ntpages_program_page_faults_total")
        counted.append(found.get(("a.exe",)))
    assert counted == [15, 17, 18, None, 21]


def test_programs_below_the_first_are_one_and_have_no_counters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [Row(4 * n, f"{n}.exe", 1.0, n, working_set=n) for n in range(1, 6)]
    monkeypatch.setattr(processes, "list_processes", lambda: listed(rows))
    found = metrics.collect(top=2, pids=True)
    sizes = {("5.exe",): 5, ("4.exe",): 4, (collecting.OTHERS,): 6}
    assert values(found, "ntpages_program_working_set_bytes") == sizes
    counters = values(found, "ntpages_program_page_faults_total")
    assert counters == {("5.exe",): 5, ("4.exe",): 4}
    assert set(values(found, "ntpages_process_working_set_bytes")) == {
        ("5.exe", "20"),
        ("4.exe", "16"),
    }


@pytest.mark.parametrize("top", [-1, 10_001])
def test_so_many_series_are_refused(top: int) -> None:
    with pytest.raises(ValueError, match=rf"top .*{top}"):
        metrics.Collector(top=top)
