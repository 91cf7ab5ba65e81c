"""The example of two processes: what one makes, the other adds up."""

from __future__ import annotations

import subprocess
import sys
import threading

from ntpages.examples.two_processes import consume, produce
from ntpages.sections import Ring


def test_every_record_arrives_once_also_across_the_end() -> None:
    records = 5_000  # five times around
    with Ring(1 << 16) as ring:
        producer = threading.Thread(target=produce, args=(ring, records))
        producer.start()
        assert consume(ring, records) == sum(range(records)) / 2
        producer.join()
        assert ring.filled == 0


def test_it_runs_as_its_page_says() -> None:
    command = [sys.executable, "-m", "ntpages.examples.two_processes", "2000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2000 records, sum 999500.0, ")
