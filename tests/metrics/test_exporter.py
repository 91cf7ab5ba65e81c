"""The server that Prometheus scrapes, and those who mean it harm."""

from __future__ import annotations

import base64
import gc
import socket
import threading
import tracemalloc
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import metrics, processes
from ntpages.metrics import Exporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntpages.table import Table

LIMIT = 60.0  # seconds, for what takes none


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    with Exporter(0) as running:
        yield running


def scrape(url: str, **headers: str) -> str:
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:
        text: str = answer.read().decode()
        return text


def address(exporter: Exporter) -> tuple[str, int]:
    host, _, port = exporter.url.removeprefix("http://").removesuffix("/metrics").rpartition(":")
    return host.strip("[]"), int(port)


def test_a_scraper_gets_what_is_found_now(exporter: Exporter) -> None:
    text = scrape(exporter.url)
    assert "\nntpages_memory_total_bytes " in text
    text = scrape(exporter.url, Accept="application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")


def test_scrapers_that_come_at_once_share_a_look(
    exporter: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    begun, go_on = threading.Event(), threading.Event()

    real = processes.list_processes

    def slow() -> Table[Any]:
        nonlocal looks
        looks += 1
        begun.set()
        assert go_on.wait(LIMIT)
        return real()[:0]

    monkeypatch.setattr(processes, "list_processes", slow)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(scrape, exporter.url)
        assert begun.wait(LIMIT)
        threads = threading.active_count() + 7  # of the pool
        others = [pool.submit(scrape, exporter.url) for _ in range(7)]
        while threading.active_count() < threads + 7:  # the server has one for each
            go_on.wait(0.01)
        go_on.set()
        assert first.result()
        assert all(each.result() for each in others)
    assert 2 <= looks < 8


def test_a_hundred_who_say_nothing_keep_nobody_waiting(exporter: Exporter) -> None:
    silent = [socket.create_connection(address(exporter), LIMIT) for _ in range(100)]
    try:
        assert "ntpages_memory_total_bytes" in scrape(exporter.url)
    finally:
        for each in silent:
            each.close()


def test_one_who_never_reads_keeps_nobody_waiting(exporter: Exporter) -> None:
    with socket.create_connection(address(exporter), LIMIT) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        assert "ntpages_memory_total_bytes" in scrape(exporter.url)


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 70_000, b"GET\r\n\r\n", b"GET " + b"/" * 70_000],
    ids=["TLS", "zeros", "no path", "no end"],
)
def test_garbage_ends_its_own_connection_alone(
    exporter: Exporter, garbage: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(address(exporter), LIMIT) as rude:
        try:
            rude.sendall(garbage)
            rude.shutdown(socket.SHUT_WR)
            while rude.recv(4096):
                pass
        except ConnectionError:
            pass
    assert "ntpages_memory_total_bytes" in scrape(exporter.url)
    assert capfd.readouterr() == ("", "")


def test_who_does_not_know_the_password_is_refused() -> None:
    with Exporter(0, credentials="fleet:pässword") as exporter:
        for said in ({}, {"Authorization": "Basic x"}, {"Authorization": "Basic Zmw6cA=="}):
            with pytest.raises(urllib.error.HTTPError, match=r"401"):
                scrape(exporter.url, **said)
        right = base64.b64encode("fleet:pässword".encode()).decode()
        assert scrape(exporter.url, Authorization=f"Basic {right}")


@pytest.mark.parametrize("credentials", ["", "fleet", "fleet:", ":password"])
def test_credentials_without_a_half_are_refused(credentials: str) -> None:
    with pytest.raises(ValueError, match=r"credentials must be user:password"):
        Exporter(0, credentials=credentials)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::"])
def test_an_address_that_others_reach_must_be_said(host: str) -> None:
    with pytest.raises(ValueError, match=rf"host {host} is reached by other machines"):
        Exporter(0, host=host)


def test_other_machines_may_if_it_is_said() -> None:
    with Exporter(0, host="0.0.0.0", anyone=True) as exporter:
        _, port = address(exporter)
        assert scrape(f"http://127.0.0.1:{port}/metrics")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "", "256.0.0.1"])
def test_a_host_that_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"host must be an address"):
        Exporter(0, host=host)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_there_is_not_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=rf"port .*{port}"):
        Exporter(port)


def test_a_port_that_is_taken_is_refused(exporter: Exporter) -> None:
    with pytest.raises(OSError, match=r".+"):
        Exporter(address(exporter)[1])


def test_it_is_closed_once_and_for_all(exporter: Exporter) -> None:
    exporter.close()
    exporter.close()
    with pytest.raises(OSError, match=r".+"):
        scrape(exporter.url)


def test_a_key_needs_a_certificate() -> None:
    with pytest.raises(ValueError, match=r"key 'x' needs a certificate"):
        Exporter(0, key="x")
    with pytest.raises(FileNotFoundError):
        Exporter(0, certificate="nowhere.pem")


def test_looks_keep_nothing_of_each_other() -> None:
    collector = metrics.Collector()
    collector.collect()
    gc.collect()
    tracemalloc.start()
    try:
        first = tracemalloc.get_traced_memory()[0]
        kept = collector.collect()
        gc.collect()
        look = tracemalloc.get_traced_memory()[0] - first
        del kept
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            collector.collect()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # A hundred looks that were kept would take a hundred times one. Of a program that starts
    # meanwhile the counters are kept.
    assert after - before < 10 * look
