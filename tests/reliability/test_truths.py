"""What callers give where a truth is asked for: words, numbers and None are none.

``dry_run="no"`` would be yes, and a list of steps that was put in the place of an option, too.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from house.contracts import promises
from house.through import through
from ntpages import (
    awe,
    doctor,
    guard,
    heaps,
    memory_lists,
    metrics,
    partitions,
    physical,
    processes,
    regions,
    sections,
    table,
    working_sets,
    write_watch,
)
from ntpages.processes import Pattern, Process, Values
from ntpages.regions import Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

PAGE = 4096
ME = os.getpid()
POLICY = guard.Policy.ready("gaming")


def meter_provider() -> Any:
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 (it takes seconds)

    return MeterProvider()


TAKERS: dict[str, Callable[[Any], object]] = {
    "awe.Window(top_down)": lambda v: awe.Window(PAGE, top_down=v),
    "doctor.verify(effects)": lambda v: doctor.verify(effects=v),
    "guard.Guard(dry_run)": lambda v: guard.Guard(POLICY, dry_run=v),
    "guard.Guard.run(once)": lambda v: guard.Guard(POLICY, dry_run=True).run(once=v),
    "guard.summarize(days)": lambda v: guard.summarize([], days=v),
    "heaps.GlobalMemory(local)": lambda v: heaps.GlobalMemory(10, local=v),
    "heaps.GlobalMemory(movable)": lambda v: heaps.GlobalMemory(10, movable=v),
    "heaps.GlobalMemory(zero)": lambda v: heaps.GlobalMemory(10, zero=v),
    "heaps.GlobalMemory.adopt(local)": lambda v: heaps.GlobalMemory.adopt(4096, local=v),
    "heaps.GlobalMemory.handle_of(local)": lambda v: heaps.GlobalMemory.handle_of(4096, local=v),
    "heaps.GlobalMemory.resize(zero)": lambda v: heaps.GlobalMemory(10).resize(20, zero=v),
    "heaps.Heap.allocate(zero)": lambda v: heaps.Heap.default().allocate(10, zero=v),
    "heaps.Heap.create(executable)": lambda v: heaps.Heap.create(executable=v),
    "heaps.Heap.create(serialize)": lambda v: heaps.Heap.create(serialize=v),
    "heaps.Heap.reallocate(in_place)": lambda v: reallocate(in_place=v),
    "heaps.Heap.reallocate(zero)": lambda v: reallocate(zero=v),
    "heaps.Heap.walk(details)": lambda v: heaps.Heap.default().walk(details=v),
    "heaps.Pool.allocate(zero)": lambda v: heaps.Pool(10).allocate(zero=v),
    "heaps.set_image_options(dry_run)": lambda v: heaps.set_image_options("a.exe", dry_run=v),
    "heaps.set_image_options(only_path)": lambda v: heaps.set_image_options(
        "C:\\a.exe", only_path=v, dry_run=True
    ),
    "heaps.set_machine_segment_heap(dry_run)": lambda v: heaps.set_machine_segment_heap(
        "on", dry_run=v
    ),
    "heaps.walk_process(blocks)": lambda v: heaps.walk_process(ME, blocks=v),
    "heaps.walk_process(clone)": lambda v: heaps.walk_process(ME, clone=v),
    "memory_lists.capture_accessed(reset)": lambda v: memory_lists.capture_accessed(reset=v),
    "memory_lists.clean(keep_going)": lambda v: memory_lists.clean(
        [memory_lists.Step.PURGE_STANDBY], keep_going=v
    ),
    "memory_lists.drop_file(verify)": lambda v: memory_lists.drop_file("absent", verify=v),
    "memory_lists.purge_standby(low_priority_only)": lambda v: memory_lists.purge_standby(
        low_priority_only=v
    ),
    "metrics.Collector(pids)": lambda v: metrics.Collector(pids=v),
    "metrics.Exporter(anyone)": lambda v: metrics.Exporter(0, anyone=v).close(),
    "metrics.Exporter(pids)": lambda v: metrics.Exporter(0, pids=v).close(),
    "metrics.instrument(pids)": lambda v: metrics.instrument(meter_provider(), pids=v),
    "metrics.collect(pids)": lambda v: metrics.collect(pids=v),
    "physical.account(files)": lambda v: physical.account(files=v),
    "physical.account(processes)": lambda v: physical.account(processes=v),
    "physical.summary(files)": lambda v: physical.summary(files=v),
    "physical.summary(processes)": lambda v: physical.summary(processes=v),
    "processes.Pattern.text(ignore_case)": lambda v: Pattern.text("a", ignore_case=v),
    "partitions.Partition.open(modify)": lambda v: partitions.Partition.open("\\\\a", modify=v),
    "processes.Process.allocate(commit)": lambda v: Process(ME).allocate(PAGE, commit=v),
    "processes.Process.allocate(defragment)": lambda v: Process(ME).allocate(PAGE, defragment=v),
    "processes.Process.allocate(large_pages)": lambda v: Process(ME).allocate(PAGE, large_pages=v),
    "processes.Process.allocate(only_node)": lambda v: Process(ME).allocate(PAGE, only_node=v),
    "processes.Process.allocate(top_down)": lambda v: Process(ME).allocate(PAGE, top_down=v),
    "processes.Process.allocate(write_watch)": lambda v: Process(ME).allocate(PAGE, write_watch=v),
    "processes.Process.read(partial)": lambda v: Process(ME).read(PAGE, 1, partial=v),
    "processes.Process.read_into(partial)": lambda v: Process(ME).read_into(
        PAGE, bytearray(1), partial=v
    ),
    "processes.Process.scan(writable)": lambda v: Process(ME).scan(b"a", end=1, writable=v),
    "processes.Process.search(writable)": lambda v: Process(ME).search(b"a", end=1, writable=v),
    "processes.Process.write(unprotect)": lambda v: Process(ME).write(PAGE, b"", unprotect=v),
    "processes.Values(ignore_case)": lambda v: Values(
        Process(ME), kind="text", value="a", end=1, ignore_case=v
    ),
    "processes.Values(writable)": lambda v: Values(Process(ME), kind="int8", end=1, writable=v),
    "processes.list_processes(full)": lambda v: processes.list_processes(full=v),
    "processes.list_processes(limits)": lambda v: processes.list_processes(limits=v),
    "regions.Placeholder(top_down)": lambda v: regions.Placeholder(PAGE, top_down=v),
    "regions.Placeholder.replace(commit)": lambda v: regions.Placeholder(PAGE).replace(commit=v),
    "regions.Region(commit)": lambda v: Region(PAGE, commit=v),
    "regions.Region(defragment)": lambda v: Region(PAGE, defragment=v),
    "regions.Region(from_app)": lambda v: Region(PAGE, from_app=v),
    "regions.Region(large_pages)": lambda v: Region(PAGE, large_pages=v),
    "regions.Region(only_node)": lambda v: Region(PAGE, only_node=v),
    "regions.Region(top_down)": lambda v: Region(PAGE, top_down=v),
    "regions.Region(write_watch)": lambda v: Region(PAGE, write_watch=v),
    "regions.Region.lock(raise_limit)": lambda v: Region(PAGE).lock(raise_limit=v),
    "regions.Region.locked(raise_limit)": lambda v: Region(PAGE).locked(raise_limit=v).__enter__(),
    "regions.walk(resident)": lambda v: regions.walk(resident=v),
    "regions.walk(names)": lambda v: regions.walk(names=v),
    "regions.walk(uses)": lambda v: regions.walk(uses=v),
    "sections.Ring(exist_ok)": lambda v: sections.Ring(PAGE, exist_ok=v),
    "sections.Section(exist_ok)": lambda v: sections.Section(PAGE, exist_ok=v),
    "sections.Section(large_pages)": lambda v: sections.Section(PAGE, large_pages=v),
    "sections.Section(reserve)": lambda v: sections.Section(PAGE, reserve=v),
    "sections.Section.view(large_pages)": lambda v: sections.Section(PAGE).view(large_pages=v),
    "table.Table.sort(descending)": lambda v: table.Table("Row", {"n": [1]}).sort(
        "n", descending=v
    ),
    "working_sets.pages(valid_only)": lambda v: working_sets.pages(size=PAGE, valid_only=v),
    "working_sets.set_limits(hard_maximum)": lambda v: working_sets.set_limits(ME, hard_maximum=v),
    "working_sets.set_limits(hard_minimum)": lambda v: working_sets.set_limits(ME, hard_minimum=v),
    "working_sets.trim(by_limits)": lambda v: working_sets.trim(ME, by_limits=v),
    "working_sets.trim_where(dry_run)": lambda v: working_sets.trim_where(pids=[ME], dry_run=v),
    "write_watch.dirty(reset)": lambda v: write_watch.dirty(
        Region(PAGE, write_watch=True), reset=v
    ),
}


def reallocate(**options: Any) -> object:
    heap = heaps.Heap.default()
    return heap.reallocate(heap.allocate(10), 20, **options)


def test_every_truth_that_is_asked_for_is_here() -> None:
    asked = {
        f"{promise}({name})"
        for promise in promises()
        if promise.callable
        for name, said in promise.parameters.items()
        if "bool" in re.split(r"[ |]+", str(said))
    }
    assert asked == {*TAKERS}


@through(name=TAKERS, value=["no", "", 2, 0.5, [], b"1"])
def test_what_is_no_truth_is_refused_and_named(lab: Lab, name: str, value: Any) -> None:
    lab.reset()
    for model in ("privileges", "memory_lists", "working_sets", "regions"):
        lab.model(model)
    lab.record("NtSetSystemInformation", "K32EmptyWorkingSet")
    argument = name.partition("(")[2].rstrip(")")
    words = f"{argument} must be a bool, not {value!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(words)}$"):
        TAKERS[name](value)
    assert lab.calls() == []
