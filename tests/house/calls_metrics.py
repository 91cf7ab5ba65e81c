"""One harmless call of everything public about metrics, on the modelled machine."""

from __future__ import annotations

from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from ntpages import metrics

if TYPE_CHECKING:
    from house.calls import Calls


Thing = TypeVar("Thing")


class Fleet:
    """What of the stage is told to fleets."""

    if TYPE_CHECKING:  # the stage itself has it

        def keep(self, thing: Thing) -> Thing: ...

    @cached_property
    def collection(self) -> metrics.Collection:
        return metrics.collect()

    @cached_property
    def exporter(self) -> metrics.Exporter:
        return self.keep(metrics.Exporter(0))


def written(collection: metrics.Collection) -> str:
    with TemporaryDirectory() as folder:
        return metrics.write_textfile(collection, folder)


class Taker(BaseHTTPRequestHandler):
    """A collector that takes whatever comes."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def pushed(collection: metrics.Collection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            return metrics.push(collection, f"http://127.0.0.1:{server.server_port}/v1/metrics")
        finally:
            server.shutdown()
            thread.join()


def instrumented() -> None:
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 (it takes seconds)

    return metrics.instrument(MeterProvider(shutdown_on_exit=False))


def refused() -> metrics.Refusal:
    return metrics.Refusal("pools", "NtQuerySystemInformation", 5, "Denied.")


OBJECTS: Calls = {
    "metrics.Collection": lambda _: metrics.collect(),
    "metrics.Exporter": lambda stage: stage.keep(metrics.Exporter(0)),
    "metrics.Family": lambda _: metrics.FAMILIES[0],
    "metrics.Refusal": lambda _: refused(),
    "metrics.Sample": lambda _: metrics.collect().samples[0],
}

CALLS: Calls = {
    "metrics.Collection.by_family": lambda stage: stage.collection.by_family(),
    "metrics.Collector": lambda _: metrics.Collector(),
    "metrics.Collector.collect": lambda _: metrics.Collector().collect(),
    "metrics.Exporter": lambda stage: stage.keep(metrics.Exporter(0)),
    "metrics.Exporter.close": lambda stage: stage.exporter.close(),
    "metrics.collect": lambda _: metrics.collect(),
    "metrics.instrument": lambda _: instrumented(),
    "metrics.openmetrics": lambda stage: metrics.openmetrics(stage.collection),
    "metrics.prometheus_text": lambda stage: metrics.prometheus_text(stage.collection),
    "metrics.push": lambda stage: pushed(stage.collection),
    "metrics.write_textfile": lambda stage: written(stage.collection),
}
