"""Two processes and a ring: one makes records where the other reads them.

Run it with ``python -m ntpages.examples.two_processes [RECORDS]``. It starts itself once more; that
one packs numbered records into the ring, and this one adds them up where they lie. Neither copies
a record, and none is ever cut in two at the end of the ring.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ntpages.sections import Ring

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["consume", "main", "produce"]

_RECORD = struct.Struct("<Qd48x")  # number and value; 64 bytes with what is kept free
_SIZE = 1 << 20
_MODULE = "ntpages.examples.two_processes"  # it is __main__ where it is run


def produce(ring: Ring, records: int) -> None:
    """Put so many records in, as many at a time as there is room for.

    Args:
        ring: Where they go.
        records: Number of records.
    """
    number = 0
    while number < records:
        with ring.reserve() as room:
            count = min(len(room) // _RECORD.size, records - number)
            for at in range(count):
                _RECORD.pack_into(room, at * _RECORD.size, number + at, (number + at) / 2)
        ring.publish(count * _RECORD.size)
        number += count
        if not count:
            time.sleep(0)  # the other one's turn


def consume(ring: Ring, records: int, producing: Callable[[], bool]) -> float:
    """Take so many records out, and return the sum of their values.

    Args:
        ring: Where they come from.
        records: Number of records.
        producing: Answers whether there may be more to come.

    Raises:
        EOFError: The producer ended before all records were in.
    """
    total = 0.0
    number = 0
    while number < records:
        with ring.peek() as seen:
            count = len(seen) // _RECORD.size
            whole = seen[: count * _RECORD.size]
            total += sum(value for _, value in _RECORD.iter_unpack(whole))
            whole.release()
        ring.consume(count * _RECORD.size)
        number += count
        if not count:
            if not producing() and not ring.filled:
                msg = f"the producer ended after {number} of {records} records"
                raise EOFError(msg)
            time.sleep(0)
    return total


def main(arguments: list[str]) -> int:
    """Be the consumer, or, if there is a name as well, the producer.

    Args:
        arguments: The number of records, and the name of a ring.
    """
    records = int(arguments[0]) if arguments else 100_000
    if len(arguments) > 1:
        with Ring.open(arguments[1]) as ring:
            produce(ring, records)
        return 0
    name = f"ntpages example {os.getpid()}"
    with Ring(_SIZE, name=name) as ring:
        started = time.perf_counter()
        command = [sys.executable, "-m", _MODULE, str(records), name]
        with subprocess.Popen(command) as producer:
            total = consume(ring, records, lambda: producer.poll() is None)
        seconds = time.perf_counter() - started
    sys.stdout.write(f"{records} records, sum {total}, {seconds:.1f} s\n")
    return producer.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
