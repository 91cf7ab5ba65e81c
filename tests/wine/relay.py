"""Runs a command in the prefix and stands between it and our standard streams.

Windows Python does not start when a standard stream is closed or a write-only file, and
Wine's own services inherit whatever it is given, so that a reader of our output would wait
for them. So unless a stream is a terminal, the inner process gets a pipe of ours instead.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHUNK = 1 << 16
_GRACE = 5.0  # seconds the inner process has to end by itself after Ctrl-C


def open_missing_streams() -> None:
    """Open the standard streams we were started without, before a file takes their number."""
    while (opened := os.open(os.devnull, os.O_RDWR)) < 3:
        pass
    os.close(opened)


def run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command, ended early if we are interrupted, and return its exit code."""
    terminals = [os.isatty(stream) for stream in range(3)]
    stdin, stdout, stderr = (None if terminal else subprocess.PIPE for terminal in terminals)
    # In a session of its own a Ctrl-C reaches only us, and we can end all of it; but who uses
    # the terminal has to stay in the terminal's session.
    own_session = not any(terminals)
    with subprocess.Popen(
        command,
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        bufsize=0,
        start_new_session=own_session,
    ) as inner:
        targets = {pipe: stream for pipe, stream in ((inner.stdout, 1), (inner.stderr, 2)) if pipe}
        try:
            if inner.stdin:
                threading.Thread(target=_feed, args=(inner.stdin,), daemon=True).start()
            _relay(inner, targets)
        except BaseException:
            inner.send_signal(signal.SIGINT)  # Wine makes it a Ctrl-C: it may say its last words
            _relay(inner, targets, time.monotonic() + _GRACE)
            inner.kill()
            if own_session:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(inner.pid, signal.SIGKILL)
            raise
        return inner.returncode


def _relay(
    inner: subprocess.Popen[bytes], targets: dict[IO[bytes], int], until: float = math.inf
) -> None:
    """Pass on what the inner process writes, until it has ended or time is up."""
    while time.monotonic() < until:
        ended = inner.poll() is not None
        # Wine's services may hold the pipes open, so their end is not waited for: once the
        # process has ended, what it wrote is there to be read.
        ready = select.select(list(targets), [], [], 0 if ended else 0.05)[0]
        if ended and not ready:
            return
        for pipe in ready:
            data = os.read(pipe.fileno(), _CHUNK)
            if not data or not _write(targets[pipe], data):
                pipe.close()  # nobody reads any more: let the writer know
                del targets[pipe]


def _feed(pipe: IO[bytes]) -> None:
    """Pass our stdin on, until either side ends."""
    with contextlib.suppress(OSError), pipe:
        while data := os.read(0, _CHUNK):
            if not _write(pipe.fileno(), data):
                break


def _write(stream: int, data: bytes) -> bool:
    """Write all of it; False if nobody reads."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(stream, view) :]
    except OSError:
        return False
    return True
