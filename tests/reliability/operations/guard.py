"""Waits for the kernel's conditions, notifications, services, events, and guards on the modelled
machine.

Services are made and deleted in tests/guard/test_service.py, which has each setting refused. What a
guard is refused it writes down, and goes on: tests/guard/test_host.py holds that. What it asks of
other nouns is taken apart there.
"""

from __future__ import annotations

import sys
import tempfile
from typing import TYPE_CHECKING

from ntpages import guard
from ntpages._native import guard as native_guard
from ntpages.guard import Policy
from ntpages.guard.messages import MESSAGES
from reliability.operations import life, operation

if TYPE_CHECKING:
    from ntlab import Lab

NAMES = ["LowMemoryCondition", "MaximumCommitCondition"]
MODELS = ("events", "memory_lists", "physical", "processes", "system", "privileges")


def hold(lab: Lab) -> None:
    for name in ("SeProfileSingleProcessPrivilege", "SeDebugPrivilege"):
        lab.model("privileges").hold(name)


@operation(models=("events",))
def vigil() -> object:
    waiting = native_guard.Vigil(NAMES)
    try:
        held, came = waiting.look(), waiting.wait(0)
        waiting.stop()
        return held, came, waiting.wait(0)
    finally:
        del waiting  # now, and not when an error lets go of this frame: so its handles are closed


@operation(
    models=("notices",),
    absorbs={
        "LoadIconW": "its icon is left blank, then",
        "MsgWaitForMultipleObjects": "it goes early, then",
        "Shell_NotifyIconW #2": "it can't be taken away: Windows does, once its window has gone",
        "GetModuleHandleW": "the library is loaded, though it is there",
    },
)
def notification() -> object:
    notice = native_guard.Notice()
    try:
        shown = notice.show("ntpages", "is being tested", 60_000)
        notice.close()
        return shown, notice.wait(0)
    finally:
        del notice  # now, and not when an error lets go of this frame


@operation()
def service_of_windows() -> bool:
    state, process, _ = native_guard.query_service("RpcSs")
    return bool(state) and process >= 0


@operation(
    absorbs={
        "LookupAccountSidW": "an account is shown by its SID, then",
        "IsWellKnownSid": "who is not known for an administrator is told",
    }
)
def writers() -> bool:
    return isinstance(native_guard.writers_of(sys.executable), list)


@operation(absorbs={"LookupAccountSidW": "it is told by its SID, then"})
def account() -> bool:
    return bool(native_guard.own_account())


@operation()
def folder() -> bool:
    with tempfile.TemporaryDirectory() as above:
        return native_guard.make_folder(f"{above}/folder")


@operation()
def event() -> None:
    begins = MESSAGES["begins"]
    native_guard.report_event("ntpages-test", begins.type, begins.id, ["is being tested", ""])


@life(cycles=300)
def looked_at_file() -> None:
    native_guard.writers_of(sys.executable)


@life(cycles=300)
def asked_service() -> None:
    native_guard.query_service("RpcSs")


@life(models=("events",))
def short_vigil() -> None:
    native_guard.Vigil(NAMES).look()


@life(models=MODELS, setup=hold, cycles=100)
def dry_guard() -> None:
    with guard.Guard(Policy.ready("gaming"), dry_run=True) as made:
        made.step()


@life(models=("notices",), cycles=100)
def shown_notification() -> None:
    native_guard.Notice().show("ntpages", "is being tested", 60_000)
