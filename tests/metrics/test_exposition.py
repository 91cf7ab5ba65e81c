"""Text for Prometheus, read back by its own library."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from ntpages import extras, metrics
from ntpages.metrics import Collection, Sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITERS: dict[str, tuple[Callable[[Collection], str], Callable[[str], Any]]] = {
    "openmetrics": (metrics.openmetrics, read_openmetrics),
    "prometheus_text": (metrics.prometheus_text, read_text),
}
AWKWARD = 'C:\\new "file"\nmöglich.sys'
MADE = Collection(
    time=1.0,
    seconds=0.5,
    samples=(
        Sample("ntpages_host_info", ("10.0", "26100", "", "0.2.0"), 1),
        Sample("ntpages_memory_total_bytes", (), 2**40 + 1),
        Sample("ntpages_pagefile_size_bytes", (AWKWARD,), 5),
        Sample("ntpages_standby_repurposed_bytes_total", ("7",), 3),
    ),
    refused=(),
)


@pytest.mark.parametrize("way", WRITERS)
def test_what_is_written_is_read_back(way: str) -> None:
    write, read = WRITERS[way]
    text = write(MADE)
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in read(text)
        for sample in family.samples
    }
    assert found == {
        (sample.name, tuple(sorted(zip(family.labels, sample.labels, strict=True)))): sample.value
        for family, samples in MADE.by_family()
        for sample in samples
    }
    assert "\r" not in text


def test_openmetrics_has_units_and_an_end() -> None:
    text = metrics.openmetrics(MADE)
    assert text.endswith("# EOF\n")
    assert "# UNIT ntpages_memory_total_bytes bytes" in text
    assert "# TYPE ntpages_standby_repurposed_bytes counter" in text
    assert "# TYPE ntpages_host info" in text


def test_the_real_machine_is_written_and_read_back() -> None:
    found = metrics.collect(pids=True)
    read = list(read_openmetrics(metrics.openmetrics(found)))
    assert sum(len(family.samples) for family in read) == len(found.samples)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    place = tmp_path / "ntpages.prom"
    place.write_text("as it was")
    assert metrics.write_textfile(MADE, str(tmp_path)) == str(place)
    assert place.read_bytes() == metrics.prometheus_text(MADE).encode()
    assert [each.name for each in tmp_path.iterdir()] == ["ntpages.prom"]


def test_a_reader_who_shares_nothing_is_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "ntpages.prom"
    place.write_text("as it was")
    with place.open("rb") as reader:
        leaving = threading.Timer(0.2, reader.close)
        leaving.start()
        metrics.write_textfile(MADE, str(tmp_path))
        leaving.join()
    assert place.read_bytes() == metrics.prometheus_text(MADE).encode()
    assert [each.name for each in tmp_path.iterdir()] == ["ntpages.prom"]


def test_a_file_that_can_t_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        metrics.write_textfile(MADE, str(tmp_path / "nowhere"))
    (tmp_path / "ntpages.prom").mkdir()
    with pytest.raises(OSError, match=r"ntpages"):
        metrics.write_textfile(MADE, str(tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["ntpages.prom"]


@pytest.mark.parametrize(
    "use",
    [
        lambda: metrics.openmetrics(MADE),
        lambda: metrics.prometheus_text(MADE),
        lambda: metrics.Exporter(0),
    ],
)
def test_who_lacks_the_extra_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, use: Callable[[], object]
) -> None:
    monkeypatch.setattr(extras, "missing", lambda _: True)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "ntpages\[metrics\]"'):
        use()
