"""OpenTelemetry: what its readers see, and what its own package decodes at a collector."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

import ntpages
from cli.running import Run
from ntpages import metrics
from ntpages.metrics.otlp import INSTRUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.lab
PATH = "/v1/metrics"


@pytest.fixture(autouse=True)
def _machine(lab: Lab) -> None:
    for model in ("compression", "memory_lists", "pools", "privileges", "system"):
        lab.model(model)


@contextmanager
def collector(status: int = 200) -> Iterator[tuple[str, list[bytes]]]:
    """A collector: where it listens, and what it was sent."""
    sent: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == PATH
            assert self.headers["Content-Type"] == "application/x-protobuf"
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def decode(sent: bytes) -> dict[str, Any]:
    """What a request says of its sender, and its metrics by name."""
    # Who only collects these tests need not wait for what takes seconds to import.
    from google.protobuf.json_format import (  # type: ignore[import-untyped]  # noqa: PLC0415
        MessageToDict,
    )
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (  # noqa: PLC0415
        ExportMetricsServiceRequest,
    )

    [told] = MessageToDict(ExportMetricsServiceRequest.FromString(sent))["resourceMetrics"]
    attributes = told["resource"]["attributes"]
    sender = {each["key"]: each["value"].get("stringValue") for each in attributes}
    [scope] = told["scopeMetrics"]
    return {"sender": sender, **{each["name"]: each for each in scope["metrics"]}}


def points(metric: dict[str, Any]) -> dict[str, float]:
    """Values by what their attributes are."""
    kind = metric.get("sum") or metric["gauge"]
    return {
        ",".join(each["value"]["stringValue"] for each in point.get("attributes", ())): float(
            point.get("asInt", point.get("asDouble"))
        )
        for point in kind["dataPoints"]
    }


def values(collection: metrics.Collection, name: str) -> dict[str, float]:
    return {",".join(each.labels): each.value for each in collection.samples if each.name == name}


def test_a_collector_gets_what_was_found() -> None:
    found = metrics.collect()
    with collector() as (url, sent):
        metrics.push(found, url)
    [request] = sent
    told = decode(request)
    assert told["sender"]["service.version"] == ntpages.__version__
    assert told["sender"]["os.type"] == "windows"
    [total] = values(found, "ntpages_memory_total_bytes").values()
    [free] = values(found, "ntpages_memory_available_bytes").values()
    assert points(told["system.memory.limit"]) == {"": total}
    assert points(told["system.memory.usage"]) == {"used": total - free, "free": free}
    assert told["system.memory.usage"]["unit"] == "By"
    assert not told["system.memory.usage"]["sum"].get("isMonotonic")
    faults = told["system.paging.faults"]
    [every] = values(found, "ntpages_page_faults_total").values()
    assert sum(points(faults).values()) == every
    assert faults["sum"]["isMonotonic"] is True
    used = values(found, "ntpages_pagefile_used_bytes")
    usage = points(told["system.paging.usage"])
    assert {file: usage[f"{file},used"] for file in used} == used
    standby = values(found, "ntpages_standby_bytes")
    assert points(told["ntpages.standby"]) == standby
    assert len(standby) == 8
    assert "gauge" in told["ntpages.standby"]
    programs = values(found, "ntpages_program_working_set_bytes")
    assert points(told["ntpages.program_working_set"]) == programs


def test_every_metric_is_told_once() -> None:
    names = [each.name for each in INSTRUMENTS]
    assert len(set(names)) == len(names)
    told = {name for each in INSTRUMENTS for name in each.of}
    assert {each.name for each in metrics.FAMILIES} - told == {"ntpages_host_info"}


def test_a_reader_of_the_application_looks_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 (as above)
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415

    looks = []
    collect = metrics.Collector.collect

    def counted(self: metrics.Collector) -> metrics.Collection:
        looks.append(collect(self))
        return looks[-1]

    monkeypatch.setattr(metrics.Collector, "collect", counted)
    reader = InMemoryMetricReader()
    metrics.instrument(MeterProvider([reader], shutdown_on_exit=False), top=0)
    for _ in range(2):
        data = reader.get_metrics_data()
        assert data
        told = json.loads(data.to_json())["resource_metrics"][0]["scope_metrics"][0]["metrics"]
        [share] = [each for each in told if each["name"] == "ntpages.memory_committed"]
        [point] = share["data"]["data_points"]
        [committed] = values(looks[-1], "ntpages_memory_committed_bytes").values()
        assert point["value"] == committed
    assert len(looks) == 2


def test_what_windows_refuses_is_absent(lab: Lab) -> None:
    lab.model("privileges").standard_user()
    found = metrics.collect()
    with collector() as (url, sent):
        metrics.push(found, url)
    told = decode(sent[0])
    assert "ntpages.list" not in told
    assert "system.memory.limit" in told
    calls = {each.labels[1] for each in found.samples if each.name == "ntpages_scrape_refused"}
    assert all(any(call in key for key in points(told["ntpages.scrape_refused"])) for call in calls)
    assert calls


@pytest.mark.parametrize("url", ["", "127.0.0.1:4318", "ftp://a/b"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url must"):
        metrics.push(metrics.collect(), url)


@pytest.mark.filterwarnings("ignore")  # of the exporter's
def test_a_collector_that_refuses_is_an_error_with_its_url() -> None:
    with collector(status=400) as (url, sent):
        with pytest.raises(OSError, match="did not take the metrics") as refused:
            metrics.push(metrics.collect(), url)
        assert refused.value.filename == url
        assert len(sent) == 1


def test_the_command_sends_once(capsys: pytest.CaptureFixture[str]) -> None:
    with collector() as (url, sent):
        run = Run(capsys, "metrics", "--otlp", url, "--top", "3")
    assert (run.code, run.out) == (0, "")
    assert f"sent to {url}" in run.err
    assert len(points(decode(sent[0])["ntpages.program_working_set"])) == 4


class Clock:
    """A time that passes by sleeping alone, until somebody presses Ctrl-C."""

    def __init__(self, until: float) -> None:
        self.now, self.until = 0.0, until

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1  # Ctrl-C does not end one long wait on Windows
        self.now += seconds
        if self.now > self.until:
            raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore")  # of the exporter's
def test_the_command_goes_on_sending_whatever_the_collector_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpages.cli.metrics.time", Clock(until=25))
    with collector() as (url, sent):
        run = Run(capsys, "metrics", "--otlp", url, "--every", "10")
    assert len(sent) == 3
    assert run.err.count(f"sent to {url}") == 3
    monkeypatch.setattr("ntpages.cli.metrics.time", Clock(until=15))
    with collector(status=400) as (url, sent):
        run = Run(capsys, "metrics", "--otlp", url, "--every", "10")
    assert len(sent) == 2
    assert run.err.count("did not take the metrics") == 2


def test_the_command_goes_on_writing_the_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ntpages.cli.metrics.time", Clock(until=25))
    run = Run(capsys, "metrics", "--textfile", str(tmp_path), "--every", "10")
    assert run.err.count("wrote ") == 3
    assert [each.name for each in tmp_path.iterdir()] == ["ntpages.prom"]


def test_the_command_says_which_url_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(capsys, "metrics", "--otlp", "localhost:4318")
    assert run.code == 1
    assert "http://" in run.err
