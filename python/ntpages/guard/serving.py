"""Serving: what Windows starts for the service, and for the task.

It is run as ``python -I -m ntpages.guard.serving KIND NAME POLICY STORE``.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import ntpages
from ntpages import privileges
from ntpages._native import guard as native
from ntpages.guard.event_log import EventLog
from ntpages.guard.guard import Guard
from ntpages.guard.places import ready_store
from ntpages.guard.policy import Policy
from ntpages.guard.store import Store
from ntpages.guard.writers import trust

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ABOUT", "NAME", "command", "keep", "refuse_what_others_may_change", "serve", "trusted"]

NAME = "ntpages-guard"
"""Of the service, and of the task."""
ABOUT = "Keeps rules on this machine's memory, and writes down what each run gained and cost."
_MODULE = ["-m", "ntpages.guard.serving"]
_SLICE = 1000  # milliseconds
_STOPPING = 4  # seconds that a run has to come to its end, once the service is to stop


def command(python: str, kind: str, name: str, policy: str, store: str) -> list[str]:
    """Return the command line that keeps a policy, without whatever the user's folders hold."""
    alone = [] if Path(python).stem == "ntpages" else ["-I"]  # ntpages.exe always is
    files = (str(Path(each).absolute()) for each in (policy, store))
    return [python, *alone, *_MODULE, kind, name, *files]


def trusted(path: str) -> Policy:
    """Return a policy from a file; for an administrator, from one that they alone may change.

    Raises:
        UntrustedError: Others may change it.
        PolicyError: It is not right.
        OSError: It can't be read.
    """
    if privileges.is_elevated():
        trust(path)
    return Policy.load(path)


def refuse_what_others_may_change() -> None:
    """Refuse a Python that others than administrators may change, as they may a policy.

    Raises:
        UntrustedError: They may.
    """
    package = Path(ntpages.__file__).parent
    folders = [sys.base_prefix, sys.prefix, Path(os.__file__).parent, package.parent, package]
    for folder in dict.fromkeys(map(str, folders)):
        trust(folder)


class _Follower:
    """Takes the policy up again when its file changes; one that is wrong is told, and not taken."""

    def __init__(self, guard: Guard, path: str, seen: tuple[int, int] | None) -> None:
        self._guard = guard
        self._path = path
        self._seen = seen

    def look(self) -> None:
        found = _stamp(self._path)
        if found == self._seen:
            return
        self._seen = found
        try:
            self._guard.take(trusted(self._path))
        except (OSError, ValueError) as wrong:
            self._guard.note("policy", f"the old one is kept: {wrong}")


def _stamp(path: str) -> tuple[int, int] | None:
    """Return what changes when a file is written; ``None`` where there is none."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def keep(name: str, path: str, store: str, begun: Callable[[Guard], object]) -> int:
    """Keep the policy of a file, also when it changes, until the guard is stopped.

    Args:
        name: What the event log calls it.
        path: Of the policy.
        store: Where is written what happens, also why this could not begin.
        begun: Called with the guard, before its first look.

    Returns:
        An exit code.
    """
    log = EventLog(name)
    seen = _stamp(path)  # before it is read: what changes meanwhile is read again
    try:
        ready_store(store)
        with Guard(trusted(path), store=store, on_note=log.note) as guard:
            begun(guard)
            guard.run(on_look=_Follower(guard, path, seen).look)
    except Exception as wrong:  # nobody else hears of it
        words = f"{type(wrong).__name__}: {wrong}"
        log.note("fails", "", words)
        _write_down(store, words)
        return 1
    return 0


def _write_down(store: str, words: str) -> None:
    """Keep why a guard ended in its store, where that can be."""
    try:
        ready_store(store)
        with Store(store) as opened:
            opened.note(time.time(), "fails", "", words)
    except (OSError, ValueError):
        return


def serve(name: str, path: str, store: str) -> int:
    """Keep the policy until the service manager says to stop; return the service's exit code."""
    native.begin_service(name)
    ended = threading.Event()

    def begun(guard: Guard) -> None:
        threading.Thread(target=_stop_in_time, args=(guard, ended), daemon=True).start()
        native.service_runs()

    code = keep(name, path, store, begun)
    ended.set()
    native.end_service(code)
    return code


def _stop_in_time(guard: Guard, ended: threading.Event) -> None:
    """Stop the guard when the service manager says so, and the process soon after that."""
    while not native.wait_for_service_stop(_SLICE):
        pass
    guard.stop()
    for _ in range(_STOPPING):
        native.service_goes_on()
        if ended.wait(1):
            return
    # Windows is still at a step that a rule has begun: the store is whole, and calls the run cut.
    native.end_service(0)
    os._exit(0)


def main(kind: str, name: str, path: str, store: str) -> int:
    """Be what the command line says: the service, or the task."""
    if kind == "service":
        return serve(name, path, store)
    return keep(name, path, store, lambda _: None)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
