"""What was found as text that Prometheus reads."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ntpages import arguments, extras
from ntpages.metrics.collecting import Collection
from ntpages.metrics.families import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

__all__ = ["metrics_of", "openmetrics", "prometheus_text", "require", "write_textfile"]


def require() -> None:
    """Check that what writes these formats is installed.

    Raises:
        ModuleNotFoundError: It is not; the message says how to install it.
    """
    if extras.missing("metrics"):
        msg = f"metrics need prometheus_client: {extras.install_line('metrics')}"
        raise ModuleNotFoundError(msg, name="prometheus_client")


def metrics_of(collection: Collection) -> Iterator[Metric]:
    """Yield what was found as prometheus_client has it."""
    from prometheus_client.metrics_core import Metric  # noqa: PLC0415 (an extra)

    for family, samples in collection.by_family():
        name = family.name
        if family.kind is not Kind.GAUGE:
            name = name.removesuffix("_total").removesuffix("_info")
        explained = f"{family.help} (source: {family.source})."
        metric = Metric(name, explained, family.kind.value, family.unit)
        for sample in samples:
            labels = dict(zip(family.labels, sample.labels, strict=True))
            metric.add_sample(family.name, labels, sample.value)
        yield metric


class _Registry:
    """What prometheus_client's writers want to have a collection in."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def collect(self) -> Iterator[Metric]:
        """Yield its metrics."""
        return metrics_of(self._collection)


def openmetrics(collection: Collection) -> str:
    r"""Return what was found in the OpenMetrics format, which ends with ``# EOF``.

    Args:
        collection: What was found.

    Returns:
        Lines that end with ``\n``.

    Raises:
        ModuleNotFoundError: The extra ``metrics`` is not installed.
    """
    arguments.instance("collection", collection, Collection)
    require()
    from prometheus_client.openmetrics.exposition import generate_latest  # noqa: PLC0415

    text: bytes = generate_latest(_Registry(collection))
    return text.decode()


def prometheus_text(collection: Collection) -> str:
    r"""Return what was found in Prometheus' own text format, which every version of it reads.

    Args:
        collection: What was found.

    Returns:
        Lines that end with ``\n``.

    Raises:
        ModuleNotFoundError: The extra ``metrics`` is not installed.
    """
    arguments.instance("collection", collection, Collection)
    require()
    from prometheus_client.exposition import generate_latest  # noqa: PLC0415 (an extra)

    text: bytes = generate_latest(_Registry(collection))
    return text.decode()


def _put(unfinished: Path, place: Path) -> Path:
    """Replace a file, waiting for a reader that has it open and shares it with no successor."""
    for pause in (0.05, 0.1, 0.2, 0.4, 0.8):
        try:
            return unfinished.replace(place)
        except PermissionError:
            time.sleep(pause)
    return unfinished.replace(place)


def write_textfile(collection: Collection, folder: str) -> str:
    r"""Write what was found to ``ntpages.prom`` for windows_exporter's textfile collector.

    Whoever reads it while it is written finds the file as it was, or as it is: never a part.

    Args:
        collection: What was found.
        folder: The collector's, as ``C:\Program Files\windows_exporter\textfile_inputs``.

    Returns:
        The path of the file.

    Raises:
        ValueError: An argument breaks its rule.
        ModuleNotFoundError: The extra ``metrics`` is not installed.
        OSError: The folder is not there, or may not be written to; or somebody keeps the file open.
    """
    place = Path(arguments.name("folder", folder))
    text = prometheus_text(collection)
    handle, name = tempfile.mkstemp(dir=place, prefix="ntpages.", suffix=".tmp")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        return str(_put(unfinished, place / "ntpages.prom"))
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
