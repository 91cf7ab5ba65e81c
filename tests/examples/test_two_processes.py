"""The example of two processes: what one makes, the other adds up."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from ntpages.examples.two_processes import consume, produce
from ntpages.sections import Ring


def test_every_record_arrives_once_also_across_the_end() -> None:
    records = 5_000  # five times around
    with Ring(1 << 16) as ring:
        producer = threading.Thread(target=produce, args=(ring, records))
        producer.start()
        assert consume(ring, records, producer.is_alive) == sum(range(records)) / 2
        producer.join()
        assert ring.filled == 0


def test_a_producer_that_ends_early_is_told() -> None:
    with Ring(1 << 16) as ring:
        produce(ring, 3)
        with pytest.raises(EOFError, match=r"ended after 3 of 5 records"):
            consume(ring, 5, lambda: False)


def test_it_runs_as_its_page_says() -> None:
    command = [sys.executable, "-m", "ntpages.examples.two_processes", "2000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2000 records, sum 999500.0, ")
