"""What was found as OpenTelemetry has it."""

from __future__ import annotations

import errno
import platform
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from ntpages import __version__, arguments, extras, system
from ntpages.metrics.collecting import Collection, Collector
from ntpages.metrics.families import FAMILIES, Family, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

    from ntpages.metrics.collecting import Sample

    Found = Mapping[str, tuple[Sample, ...]]
    Point = tuple[float, dict[str, str | int]]

__all__ = ["instrument", "push", "require"]

_UNITS = {"bytes": "By", "seconds": "s", "": "1"}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A metric by OpenTelemetry's conventions."""

    name: str
    kind: str
    """As the meter's functions have it: ``gauge``, ``counter``, ``up_down_counter``."""
    unit: str
    description: str
    of: tuple[str, ...]
    """The families that it is made of; where one is absent, so is this."""
    points: Callable[[Found], Iterable[Point]]


def _used_and_free(found: Found) -> Iterator[Point]:
    [total] = found["ntpages_memory_total_bytes"]
    [free] = found["ntpages_memory_available_bytes"]
    yield total.value - free.value, {"system.memory.state": "used"}
    yield free.value, {"system.memory.state": "free"}


def _page_files(found: Found) -> Iterator[Point]:
    used = {each.labels: each.value for each in found["ntpages_pagefile_used_bytes"]}
    for each in found["ntpages_pagefile_size_bytes"]:
        device = {"system.device": each.labels[0]}
        yield used[each.labels], {**device, "system.paging.state": "used"}
        yield each.value - used[each.labels], {**device, "system.paging.state": "free"}


def _faults(found: Found) -> Iterator[Point]:
    [every] = found["ntpages_page_faults_total"]
    [reads] = found["ntpages_page_reads_total"]
    yield reads.value, {"system.paging.fault.type": "major"}
    yield every.value - reads.value, {"system.paging.fault.type": "minor"}


# What OpenTelemetry's semantic conventions have names for.
_CONVENTIONAL = (
    Instrument(
        "system.memory.limit",
        "up_down_counter",
        "By",
        "Memory that Windows can use",
        ("ntpages_memory_total_bytes",),
        lambda found: [(each.value, {}) for each in found["ntpages_memory_total_bytes"]],
    ),
    Instrument(
        "system.memory.usage",
        "up_down_counter",
        "By",
        "Memory in use, and free: zero, free and standby pages",
        ("ntpages_memory_total_bytes", "ntpages_memory_available_bytes"),
        _used_and_free,
    ),
    Instrument(
        "system.paging.usage",
        "up_down_counter",
        "By",
        "Page files, in use and free",
        ("ntpages_pagefile_size_bytes", "ntpages_pagefile_used_bytes"),
        _page_files,
    ),
    Instrument(
        "system.paging.faults",
        "counter",
        "{fault}",
        "Page faults; major ones read a disk",
        ("ntpages_page_faults_total", "ntpages_page_reads_total"),
        _faults,
    ),
)
_ATTRIBUTES = {"program": "process.executable.name", "pid": "process.pid"}


def _of_ours(family: Family) -> Instrument:
    """Return a metric that the conventions have no name for: ``ntpages.standby``, in bytes."""
    keys = [_ATTRIBUTES.get(label, f"ntpages.{label}") for label in family.labels]

    def points(found: Found) -> Iterator[Point]:
        for sample in found[family.name]:
            labels: dict[str, str | int] = dict(zip(keys, sample.labels, strict=True))
            if "process.pid" in labels:
                labels["process.pid"] = int(labels["process.pid"])
            yield sample.value, labels

    name = family.name.removesuffix("_total").removesuffix(f"_{family.unit}")
    return Instrument(
        name.replace("_", ".", 1),
        family.kind.value,
        _UNITS[family.unit],
        f"{family.help} (source: {family.source})",
        (family.name,),
        points,
    )


_SAID = {name for each in _CONVENTIONAL for name in each.of}
INSTRUMENTS = (
    *_CONVENTIONAL,
    *(
        _of_ours(family)
        for family in FAMILIES
        if family.name not in _SAID and family.kind is not Kind.INFO  # which a resource says
    ),
)


class _Looks:
    """Lets all instruments of one reading share a look at the machine."""

    def __init__(self, look: Callable[[], Collection]) -> None:
        self._look = look
        self._lock = Lock()
        self._told: set[str] = set()
        self._found: Found = {}

    def found(self, name: str) -> Found:
        """Return what is there for an instrument: the second time it asks, by a new look."""
        with self._lock:
            if not self._told or name in self._told:
                self._told.clear()
                self._found = {family.name: samples for family, samples in self._look().by_family()}
            self._told.add(name)
            return self._found


def require() -> None:
    """Check that OpenTelemetry's SDK and its exporter are installed.

    Raises:
        ModuleNotFoundError: They are not; the message says how to install them.
    """
    if extras.missing("otel"):
        msg = f"this needs OpenTelemetry's SDK: {extras.install_line('otel')}"
        raise ModuleNotFoundError(msg, name="opentelemetry")


def instrument(provider: MeterProvider, *, top: int = 20, pids: bool = False) -> None:
    """Add the metrics to a meter provider of OpenTelemetry, whose readers then look at the machine.

    Each reading is one look, whatever its number of metrics. What the semantic conventions name is
    called so: ``system.memory.limit``, ``system.memory.usage``, ``system.paging.usage`` and
    ``system.paging.faults``; all others are those of ``FAMILIES``, as ``ntpages.standby``, with
    the unit beside the name. What Windows refuses is absent.

    Args:
        provider: The application's.
        top: How many programs and pool tags have series of their own, from 0 to 10,000, as
            ``Collector`` has it.
        pids: Whether so many processes have, too.

    Raises:
        ValueError: ``top`` breaks its rule.
        ModuleNotFoundError: The extra ``otel`` is not installed.

    Source: as ``Collector.collect()``.
    """
    require()
    from opentelemetry.metrics import MeterProvider  # noqa: PLC0415 (an extra)

    arguments.instance("provider", provider, MeterProvider)  # type: ignore[type-abstract]
    _register(provider, Collector(top=top, pids=pids).collect)


def push(collection: Collection, url: str) -> None:
    """Send what was found to a collector of OpenTelemetry, as OTLP over HTTP.

    Headers, certificates, compression and the time that it may take are what OpenTelemetry's
    environment variables say (``OTEL_EXPORTER_OTLP_HEADERS`` and so on).

    Args:
        collection: What was found.
        url: Where the collector takes metrics, as ``"http://127.0.0.1:4318/v1/metrics"``.

    Raises:
        ValueError: An argument breaks its rule.
        ModuleNotFoundError: The extra ``otel`` is not installed.
        OSError: The collector did not take it.
    """
    arguments.instance("collection", collection, Collection)
    if not arguments.name("url", url).startswith(("http://", "https://")):
        msg = f"url must begin with http:// or https://, not {url!r:.60}"
        raise ValueError(msg)
    require()
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415 (an extra)
        OTLPMetricExporter,
    )
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 (an extra)
    from opentelemetry.sdk.metrics.export import (  # noqa: PLC0415 (an extra)
        InMemoryMetricReader,
        MetricExportResult,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (an extra)

    windows = system.windows()
    maker = Resource.create(
        {
            "service.name": "ntpages",
            "service.version": __version__,
            "host.name": platform.node(),
            "os.type": "windows",
            "os.version": f"{windows.version}.{windows.build}",
        }
    )
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=maker, shutdown_on_exit=False)
    exporter = OTLPMetricExporter(endpoint=url)
    try:
        _register(provider, lambda: collection)
        found = reader.get_metrics_data()
        if found and exporter.export(found) is not MetricExportResult.SUCCESS:
            raise OSError(errno.ECONNREFUSED, "the collector did not take the metrics", url)
    finally:
        exporter.shutdown()
        provider.shutdown()


def _register(provider: MeterProvider, look: Callable[[], Collection]) -> None:
    from opentelemetry.metrics import Observation  # noqa: PLC0415 (an extra)

    looks = _Looks(look)

    def callback(each: Instrument) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterator[Observation]:
            found = looks.found(each.name)
            if all(name in found for name in each.of):
                for value, attributes in each.points(found):
                    yield Observation(value, attributes)

        return observe

    meter = provider.get_meter("ntpages", __version__)
    for each in INSTRUMENTS:
        create = getattr(meter, f"create_observable_{each.kind}")
        create(each.name, [callback(each)], unit=each.unit, description=each.description)
