#!/usr/bin/env python3
"""Makes dashboard.json, for Grafana, from the table below: python docs/fleet/dashboard.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STACKED = {"stacking": {"mode": "normal"}, "fillOpacity": 60, "lineWidth": 0}
LINES = {"fillOpacity": 0, "lineWidth": 1}
OF = '{instance=~"$instance"}'

# Title, unit by Grafana's name, how it is drawn, and what is drawn: queries with their legends.
PANELS: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    (
        "Where physical memory is",
        "bytes",
        STACKED,
        {
            f"ntpages_memory_total_bytes{OF} - ntpages_memory_available_bytes{OF}": "in use",
            f"sum by (list) (ntpages_list_bytes{OF})": "{{list}}",
            f"sum by (priority) (ntpages_standby_bytes{OF})": "standby {{priority}}",
        },
    ),
    (
        "Commit charge against its limit",
        "bytes",
        LINES,
        {
            f"ntpages_memory_committed_bytes{OF}": "committed",
            f"ntpages_memory_commit_limit_bytes{OF}": "limit",
            f"ntpages_memory_total_bytes{OF}": "physical memory",
        },
    ),
    (
        "Pages read back from disk",
        "ops",
        LINES,
        {
            f"rate(ntpages_pages_read_total{OF}[$__rate_interval])": "pages",
            f"rate(ntpages_page_reads_total{OF}[$__rate_interval])": "reads",
        },
    ),
    (
        "Hard faults by program",
        "ops",
        LINES,
        {
            "topk(10, sum by (program) "
            f"(rate(ntpages_program_hard_faults_total{OF}[$__rate_interval])))": "{{program}}"
        },
    ),
    (
        "Standby pages given to somebody else, by priority",
        "Bps",
        STACKED,
        {
            "sum by (priority) "
            f"(rate(ntpages_standby_repurposed_bytes_total{OF}[$__rate_interval]))": "{{priority}}"
        },
    ),
    (
        "Soft faults by kind",
        "ops",
        LINES,
        {f"sum by (kind) (rate(ntpages_soft_faults_total{OF}[$__rate_interval]))": "{{kind}}"},
    ),
    (
        "Working sets by program",
        "bytes",
        STACKED,
        {f"sum by (program) (ntpages_program_private_working_set_bytes{OF})": "{{program}}"},
    ),
    (
        "Compression store",
        "bytes",
        LINES,
        {
            f"ntpages_compression_stored_bytes{OF}": "stored",
            f"ntpages_compression_used_bytes{OF}": "takes",
        },
    ),
    (
        "Nonpaged pool by tag",
        "bytes",
        STACKED,
        {'sum by (tag) (ntpages_pool_bytes{instance=~"$instance", pool="nonpaged"})': "{{tag}}"},
    ),
    (
        "Page files",
        "bytes",
        LINES,
        {
            f"ntpages_pagefile_used_bytes{OF}": "{{file}} used",
            f"ntpages_pagefile_size_bytes{OF}": "{{file}} size",
        },
    ),
    (
        "Available memory by NUMA node",
        "bytes",
        LINES,
        {f"ntpages_numa_available_bytes{OF}": "node {{node}}"},
    ),
    (
        "What a scrape takes, and what Windows refused",
        "short",
        LINES,
        {
            f"ntpages_scrape_seconds{OF}": "seconds",
            f"sum by (question, call, code) (ntpages_scrape_refused{OF})": "{{question}}: {{code}}",
        },
    ),
]


def dashboard() -> dict[str, Any]:
    """Return the dashboard, two panels a row."""
    source = {"type": "prometheus", "uid": "${source}"}
    panels = [
        {
            "id": number + 1,
            "type": "timeseries",
            "title": title,
            "datasource": source,
            "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": drawn}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + at), "expr": query, "legendFormat": legend}
                for at, (query, legend) in enumerate(queries.items())
            ],
        }
        for number, (title, unit, drawn, queries) in enumerate(PANELS)
    ]
    instance = {
        "name": "instance",
        "type": "query",
        "datasource": source,
        "query": "label_values(ntpages_memory_total_bytes, instance)",
        "refresh": 2,
    }
    picked = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    return {
        "title": "Windows memory (ntpages)",
        "uid": "ntpages",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [picked, instance]},
        "panels": panels,
    }


if __name__ == "__main__":
    text = json.dumps(dashboard(), indent=2) + "\n"
    Path(__file__).with_suffix(".json").write_text(text, encoding="utf-8")
