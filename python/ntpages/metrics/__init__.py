"""Metrics: what this machine's memory does, for those who watch many machines.

Prometheus, Grafana and whatever speaks OpenMetrics keep the history and raise the alarms; this
feeds them. One question to the kernel answers what performance counters answer one by one, or not
at all: standby and repurposed pages by priority, the parts of the modified list, compression, the
pools by tag, hard faults by program. What Windows refuses is absent, and
``ntpages_scrape_refused`` says so: no question costs the others their answers.

``FAMILIES`` is the list of all metrics, with units and sources. Counters of the kernel wrap at
2**32, which Prometheus takes for a restart, as it should.
"""

from __future__ import annotations

from ntpages.metrics.collecting import Collection, Collector, Refusal, Sample, collect
from ntpages.metrics.exporter import Exporter
from ntpages.metrics.exposition import openmetrics, prometheus_text, write_textfile
from ntpages.metrics.families import FAMILIES, Family, Kind
from ntpages.metrics.otlp import instrument, push

__all__ = [
    "FAMILIES",
    "Collection",
    "Collector",
    "Exporter",
    "Family",
    "Kind",
    "Refusal",
    "Sample",
    "collect",
    "instrument",
    "openmetrics",
    "prometheus_text",
    "push",
    "write_textfile",
]

__dir__ = __all__.copy
