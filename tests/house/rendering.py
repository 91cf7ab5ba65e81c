"""A child of test_report: renders made-up results in a Python that has no ntpages but the report.

Prints every public function of the report that has rendered nothing.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import tempfile
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from enum import Enum, IntFlag
from importlib.abc import MetaPathFinder
from io import StringIO
from pathlib import Path
from types import SimpleNamespace as Some
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from types import CodeType, FrameType


class Absent(MetaPathFinder):
    """Lets nothing of ntpages be found but its report."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        del path, target
        if name.startswith("ntpages.") and not f"{name}.".startswith("ntpages.report."):
            msg = f"{name} is out of the report's reach"
            raise ImportError(msg)
        return None


sys.meta_path.insert(0, Absent())

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `house`

import ntpages.report  # noqa: E402 (now that nothing else can be)
from house import rendering_top  # noqa: E402

report: Any = ntpages.report  # whose modules are there when all of them are imported


@dataclass(frozen=True)
class Columns(Sequence[Any]):
    """A table as far as a report can tell."""

    cells: dict[str, list[Any]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.cells)

    def column(self, name: str) -> list[Any]:
        return self.cells[name]

    def __len__(self) -> int:
        return len(next(iter(self.cells.values())))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Columns({name: cells[index] for name, cells in self.cells.items()})
        return self._row(*(cells[index] for cells in self.cells.values()))

    def __iter__(self) -> Iterator[Any]:
        return map(self._row, *self.cells.values())

    def _row(self, *cells: Any) -> Any:
        return namedtuple("Row", self.names)(*cells)  # noqa: PYI024 (names are known now)


class Word(Enum):
    FREE = "free"
    COMMIT = "commit"


class Trait(IntFlag):
    PRIVATE = 1
    LARGE_PAGES = 2


def render(scratch: Path) -> None:
    """Call every function of the report once or more."""
    report.documents.print_document({"word": Word.FREE, "rows": iter([1])})
    report.documents.print_document({"processes": Columns({"pid": [4]})}, compact=True)
    report.documents.print_error(MemoryError(), "why")
    refused = OSError()
    refused.call, refused.code, refused.status = "OpenProcess", 5, 0  # type: ignore[attr-defined]
    report.documents.print_document({"error": refused})
    report.documents.write_csv(sys.stdout, ("a",), [(report.documents.value(Word.FREE),)])
    report.documents.print_document({"rows": report.documents.each([1])}, compact=True)
    report.consoles.fit(0)
    report.cells.word(Trait.LARGE_PAGES)

    for each in (
        *_system(),
        *_doctor(),
        *_memory_lists(),
        *_physical(),
        *_heaps(),
        *_regions(),
        *_processes(),
        *rendering_top.render(report, _lists()),
        *_bench(),
        *_guard(),
    ):
        report.consoles.data().print(each)
    assert not report.consoles.is_watched()
    _pictures(scratch)


def _system() -> Iterator[object]:
    sums = ("installed", "total", "available", "commit_limit", "committed", "commit_peak")
    more = ("shared_committed", "cache", "dirty_cache", "kernel_paged", "kernel_nonpaged")
    counts = ("processes", "threads", "handles")
    yield report.system.memory_table(Some(**dict.fromkeys((*sums, *more, *counts), 1 << 20)))
    yield report.system.pagefiles_table(
        [Some(path="C:\\pagefile.sys", size=1, used=1, peak=1, minimum=1, maximum=1)]
    )
    yield report.numa.nodes_text([Some(number=0, group=0, affinity=1, groups=(), available=None)])
    yield report.privileges.privileges_table(
        [Some(name="SeDebugPrivilege", enabled=True, removed=False, enabled_by_default=False)]
    )
    yield report.privileges.accounts_table([Some(name="BUILTIN\\Users", sid="S-1-5-32-545")])
    trimmed = Some(pid=4, name="a.exe", before=2, after=1, faults=0, hard_faults=0)
    done = Some(trimmed=[trimmed], refused=[Some(pid=8, name="")], matched=[4, 8], freed=1)
    yield report.working_sets.trim.trimmed_table(done)
    yield report.working_sets.trim.verdict(done, ["no"], settle=1.0, dry_run=False)
    limits = Some(minimum=1, maximum=2, hard_minimum=False, hard_maximum=True)
    line = Some(pid=4, name="a.exe", working_set=1, before=limits, limits=limits)
    yield report.working_sets.limits.limits_table([line], changed=True)


def _doctor() -> Iterator[object]:
    doctor = report.doctor
    health, verdict = Some(value="obstacle"), Some(value="otherwise")
    yield doctor.findings_table([Some(subject="AWE", health=health, said="no", remedy="why")])
    check = Some(name="awe.mapping", verdict=verdict, expects="7", came="8", answer=b"bytes")
    found = Some(
        version="0",
        python="3.12",
        windows=Some(wine="8.0"),
        processor="AMD64",
        elevated=True,
        effects=False,
        checks=(check,),
        surprises=(check,),
    )
    yield doctor.verification_table(found)
    yield doctor.summary(found)
    yield doctor.verification_markdown(found)


def _lists() -> Some:
    names = ("zero", "free", "modified", "modified_no_write", "bad", "standby_total", "ready")
    return Some(**dict.fromkeys(names, 4096), standby=(4096,) * 8)


def _memory_lists() -> Iterator[object]:
    clean = report.memory_lists.clean
    step = Some(value="flush-modified", privilege=None, elevated=False)
    result = Some(
        step=step,
        ok=False,
        seconds=0.1,
        error=Some(status=0xC0000022, code=5),
        pages_combined=None,
        before=_lists(),
        after=_lists(),
    )
    done = Some(ok=False, steps=[result], skipped=[step], before=_lists(), after=_lists())
    yield report.memory_lists.lists.lists_table(_lists())
    yield report.memory_lists.lists.partial_note()
    yield clean.dry_run_table([clean.Would(step, None, held=False, moves=1)])
    yield clean.ready_line(_lists())
    with clean.Progress() as progress:
        progress.begins(step)
        progress.ends(result)
    yield clean.steps_table(done)
    yield clean.change_table(_lists(), _lists())
    faults = ("page_reads", "pages_read", "transition_faults", "demand_zero_faults")
    yield clean.refaults_line(Some(**dict.fromkeys(faults, 1)), 2.0)
    yield clean.verdict(done, ["no"])
    yield clean.host_note(Some(wine="10.0"))


class Group(Enum):
    IN_USE = "in use"
    STANDBY = "standby"


def _account() -> Some:
    parts = [Some(group=group, name="a", size=1 << 20) for group in Group]
    one = [Some(group=parts[0].group, name="b", size=0)]
    return Some(parts=[*parts, *one], total=1 << 22)


def _physical() -> Iterator[object]:
    where, files = report.physical.where, report.physical.files
    yield where.heading(_account())
    yield where.account_table(_account())
    sizes = ("total", "active", "standby", "modified", "page_tables", "large")
    owned = Some(pid=0, name="", owner=7, **dict.fromkeys(sizes, 4096))
    yield where.processes_table([owned])
    path = "C:\\" + "long" * 99
    yield where.files_table([Some(path=path, key=7, **dict.fromkeys(sizes, 4096))])
    looked = {"seconds": 1.0, "total": 1, "unidentified": 0, "drift": 0, "keys_hidden": True}
    yield str(where.look(Some(**looked)))
    yield "\n".join(report.physical.looking.notes(Some(**looked)))
    with report.physical.looking.Looking() as looking:
        looking.goes_on(1, 2)
    columns = {"path": ["a", ""], "key": [1, 2], "total": [1, 2]}
    found = files.changes(columns, columns | {"total": [5, 2]})
    yield files.changes_table(found)
    files.say_more(1)
    pools = report.physical.pools
    counts = ("paged_allocations", "paged_frees", "nonpaged_allocations", "nonpaged_frees")
    row = Some(tag="Leak", paged=1, nonpaged=1, **dict.fromkeys(counts, 1))
    yield pools.pools_table(pools.lines([row], None, {}), growth=False)
    yield files.drop_line(Some(path="a", before=2, after=1))


def _heap_part() -> Any:
    names = ("busy_blocks", "busy", "free_blocks", "free", "largest_free", "ratio")
    sums = make_dataclass("Sums", names)(1, 8, 1, 8, 8, 0.0)
    entries = Columns({"size": [8, 8], "kind": ["busy", "free"]})
    return report.heaps.walk.HeapPart(0x1000, "nt", entries, sums)


def _heaps() -> Iterator[object]:
    walk = report.heaps.walk
    part = _heap_part()
    yield report.heaps.listing.heaps_table(
        *[[report.heaps.listing.HeapLine(0x1000, None, 1, 2, None, 4)]] * 2
    )
    walk.print_parts([part])
    yield str(walk.outline(part))
    yield walk.histogram_table(0x1000, Columns({name: [1] for name in walk.CLASS}))
    rows = [(0x1000, 0x1010, 8, 0, 0, "busy", 1)]
    entry = ("heap", *walk.ENTRY)
    walk.print_entries(walk.with_progress(rows, 1, to_stdout=False), entry, hex)
    grown = ("size", "appeared", "vanished", "growth", "address")
    yield report.heaps.diff.heaps_table([report.heaps.diff.HeapGrowth(0x1000, 1, 2)])
    yield report.heaps.diff.growth_table(Columns({name: [1] for name in grown}), None)
    options = Some(
        path=None,
        name="a.exe",
        heap_reserve=1,
        heap_commit=1,
        segment_heap="on",
        filter=None,
        heap_type=None,
        stack_database=1,
    )
    yield report.heaps.image.image_table(options, [], ["no-lock-checks"])
    yield report.heaps.image.changes_table([Some(value="GlobalFlag", before=None, after=2)])


def _regions() -> Iterator[object]:
    regions = report.regions.map
    sizes = ("size", "committed", "private", "modified", "resident")
    kinds = ("private", "shared", "shareable", "locked")
    numbers = dict.fromkeys((*sizes, *(f"resident_{kind}" for kind in kinds), "regions"), 4096)
    name = "C:\\windows\\" + "deep\\" * 100
    row = Some(
        address=0x10000,
        allocation_base=0x10000,
        state=Word.COMMIT,
        protection=0x104,
        use=Some(value="stack"),
        thread=7,
        name=name,
        traits=Trait.PRIVATE | Trait.LARGE_PAGES,
        **numbers,
    )
    free = Some(use=Some(value="free"), **numbers)
    for width in (80, 120):
        for told in (True, False):
            yield regions.heading("a.exe (7)", [free, row], told=told)
            yield regions.summary_table([free, row], width=width, told=told)
            yield regions.allocations_table([row], width=width, told=told)
            yield regions.regions_table([row], width=width, told=told)
    difference = report.regions.diff.Difference(
        0x10000, 1, "free", "commit heap 4", *["free", "commit"] * 2
    )
    yield report.regions.diff.totals_table([report.regions.diff.Total("heap", "commit", -1)])
    yield report.regions.diff.differences_table([difference])


def _processes() -> Iterator[object]:
    listing = report.listing
    table = Columns({"pid": [4], "name": ["a.exe"], "started": [0.0], "cpu_time": [1.0]})
    listing.show(listing.columns_table(table, table.names))
    yield listing.fitting(table, table.names, 80)[0]
    yield listing.left_out(1)
    with listing.watched() as show:
        show("a")
    cells = {"address": 1, "protection": 4, "flags": 1, "regions": None, "use": Word.FREE}
    yield ", ".join(report.columns.cell(*each) for each in cells.items())
    assert report.columns.runs_upwards("address")
    assert report.columns.is_size("working_set")
    yield ", ".join(report.processes.columns.usual(sort="cycles", limits=True, full=True))
    yield "\n".join(report.processes.read.hex_lines(bytes(100), 0x1000))
    match = report.processes.scan.Match(0x1000, "utf-8", b"around", "a.dll+0x10")
    yield "\n".join(report.processes.scan.match_lines([match], ["utf-8"]))
    text = Some(address=0x1000, encoding="ascii", text="some\ttext")
    yield "\n".join(report.processes.strings.string_lines([text]))
    yield report.processes.strings.verdict(Some(strings=[text], scanned=1, complete=False))
    holes = Columns({"size": [1]})
    row = (0x1000, "a.dll+0x10", 1.5)
    yield "\n".join(report.processes.scan_values.value_lines([row]))
    left = Left({"value": [1.5, 2.5]})
    yield report.processes.scan_values.verdict(left, 1, 0.5)
    yield report.processes.scan.verdict(Some(matches=[1], scanned=1, complete=False, holes=holes))


class Left(Columns):
    """Numbers that looks have left."""

    kind, kept, scanned = "float32", 1, 1
    holes = Columns({"size": [1]})


def _results() -> dict[str, Any]:
    about = {"noun": "awe", "question": "How long?", "size": "1"}
    stats = {"median": 1.0, "rounds": 3}
    return {
        "benchmarks": [
            {"extra_info": {**about, "way": way}, "stats": stats} for way in ("bare", "ntpages")
        ],
        "machine_info": {
            "windows": "Windows 11",
            "processor": "x",
            "python_version": "3.12",
            "ntpages": "0",
        },
    }


def _bench() -> Iterator[object]:
    with report.bench.Running() as running:
        running.goes_on(
            {"noun": "awe", "question": "How long?", "size": "", "way": "bare", "number": 1}
            | {"questions": 2, "done": 0.5}
        )
    yield report.bench.running_line(
        {"noun": "awe", "question": "How long do so many take?", "size": "9", "way": "bare"}
        | {"number": 1, "questions": 2, "done": 0.5},
        60.0,
    )
    yield report.bench.plain("How long?", "")
    yield report.bench.markdown(_results())
    yield report.bench.noun_table("awe", report.bench.questions(_results()))
    yield report.bench.changes_table(
        report.bench.changes(report.bench.kept(_results()), _results())
    )


def _account_of_a_run() -> Any:
    price = Some(read_back=1, soft_faults=1)
    return Some(
        time=0.0,
        rule="a",
        state=Some(value="done"),
        gained=1,
        kept=1,
        price=price,
        paid=True,
        words=lambda: "b",
    )


def _guard() -> Iterator[object]:
    guard = report.guard
    rule = Some(name="a", words=lambda: "b")
    yield guard.policies.policies_table([Some(name="a", about="why", rules=[rule])])
    condition = Some(condition="a", now="b", holds=None)
    checked = Some(name="a", words="b", conditions=[condition], would="c")
    guard.check.print_check(Some(policy="p", rules=[checked]))
    run, note = _account_of_a_run(), Some(time=0.0, kind="begins", rule="", words="b")
    yield guard.log.log_table([run], [note])
    yield guard.log.runs_table([run])
    sums = dict.fromkeys(("runs", "gained", "kept", "read_back", "soft_faults", "refused"), 1)
    day = Some(**sums, day="", rule="a", saved=1.0, waited=1.0, judged=1, paid=1)
    yield guard.log.report_table([day])
    yield from guard.log.conclusions([Some(rule="a", conclusion=lambda: "b")])
    service = Some(state="a", process=1, code=0, policy="b")
    yield from guard.log.status_lines("c", None, service, [run], [note])
    yield guard.live.note_line(note)
    numbers = ("available", "free", "standby_total", "modified", "hard_faults", "repurposed")
    standing = Some(rule=rule, holds=True, runs=[], factor=2, waits_for="")
    with guard.live.Live() as live:
        live.note(note)
        live.show(
            Some(standings=[standing], numbers=Some(**dict.fromkeys(numbers, 1)), watching=None)
        )


def _pictures(scratch: Path) -> None:
    report.memory_lists.picture.lists_picture(_lists(), scratch / "lists.png")
    cells: dict[str, list[Any]] = {
        "address": [0, 4096],
        "size": [4096, 1 << 40],
        "state": ["free", "commit"],
    }
    mapped = Columns(
        {**cells, "use": ["free", "heap"], "resident": [0, 4096]}
        | {"protection": [1, 4], "name": ["", "<"], "allocation_base": [0, 4096]}
    )
    report.regions.picture.map_picture(mapped, scratch / "map.png", title="a", page_size=4096)
    report.regions.page.map_page(mapped, scratch / "map.html", title="a")
    report.memory_lists.picture.change_picture(_lists(), _lists(), scratch / "change.png")
    report.heaps.picture.heaps_picture([_heap_part()], scratch / "heaps.png", title="a")
    for name in ("standby 7", "a.exe (4)"):
        report.timeline.timeline_picture([(0.0, {name: 1})], scratch / "time.png", title="a")
    report.physical.picture.account_picture(_account(), scratch / "where.png")
    report.guard.picture.accounts_picture([_account_of_a_run()], scratch / "guard.png")
    report.bench.chart(_results(), scratch / "chart.png")


def main() -> None:
    called: set[CodeType] = set()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    walk = pkgutil.walk_packages(report.__path__, "ntpages.report.")
    modules = [importlib.import_module(found.name) for found in walk]
    out, sys.stdout = sys.stdout, StringIO()
    sys.setprofile(watch)
    with tempfile.TemporaryDirectory() as scratch:
        render(Path(scratch))
    sys.setprofile(None)
    sys.stdout = out
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            of_report = function.__module__.startswith(report.__name__)  # not typing's, say
            public = of_report and not name.startswith("_")
            if public and inspect.unwrap(function).__code__ not in called:
                print(f"{module.__name__}.{name}")  # noqa: T201


if __name__ == "__main__":
    main()
