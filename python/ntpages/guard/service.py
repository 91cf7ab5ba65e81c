"""Service: a guard that Windows starts by itself, as the system, whoever is logged on."""

from __future__ import annotations

import subprocess
import sys
import time
import winreg
from dataclasses import dataclass

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import processes
from ntpages._native import guard as native
from ntpages.errors import NtError
from ntpages.guard import event_log, serving
from ntpages.guard.places import ready_store
from ntpages.guard.policy import Policy
from ntpages.guard.serving import ABOUT, NAME
from ntpages.guard.writers import trust

__all__ = ["ServiceState", "install", "start", "state", "stop", "uninstall"]

_PRIVILEGES = (
    "SeChangeNotifyPrivilege",
    "SeDebugPrivilege",
    "SeIncreaseQuotaPrivilege",
    "SeIncreaseWorkingSetPrivilege",
    "SeProfileSingleProcessPrivilege",
)
_PATIENCE = 30.0  # seconds that a service has to start or to stop
_LINGERS = 5.0  # that one may be there while its process ends
_STEP = 0.1
_NO_SUCH_SERVICE = 1060
_FILES = ("Policy", "Store")
_KEY = r"SYSTEM\CurrentControlSet\Services"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How the service stands."""

    state: str
    """``stopped``, ``starting``, ``stopping``, ``running`` or ``paused``."""
    process: int
    """Its id; 0 where none runs."""
    code: int
    """With which it ended last."""
    policy: str
    """The file that it keeps to."""
    store: str
    """Where it writes."""


def install(policy: str, *, store: str, name: str = NAME) -> tuple[str, ...]:
    """Make the service, which starts with Windows from then on.

    Args:
        policy: The file that it keeps to, also when that changes.
        store: Where it writes.
        name: What the service manager calls it.

    Returns:
        Settings that this Windows does not know.

    Raises:
        UntrustedError: Others than administrators may change the policy, the store, Python, or
            ntpages.
        PolicyError: The policy is not right.
        NtError: Windows refused.
    """
    serving.refuse_what_others_may_change()
    trust(policy)
    ready_store(store)
    Policy.load(policy)
    # In a virtual environment, python.exe only starts another, and the manager knows the first.
    python = getattr(sys, "_base_executable", sys.executable)
    words = serving.command(python, "service", name, policy, store)
    # No two services have one title.
    title = "ntpages guard" if name == NAME else f"ntpages guard ({name})"
    unknown = native.install_service(
        name, title, ABOUT, subprocess.list2cmdline(words), [*_PRIVILEGES]
    )
    try:
        event_log.register(name)
        _keep(name, *words[-2:])
        if python != sys.executable:
            _keep_environment(name)
    except OSError:
        native.delete_service(name)
        event_log.unregister(name)
        raise
    return tuple(unknown)


def _parameters(name: str) -> str:
    """Return the key where a service keeps what it was told."""
    return f"{_KEY}\\{name}\\Parameters"


def _keep(name: str, *files: str) -> None:
    with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, _parameters(name)) as key:
        for called, file in zip(_FILES, files, strict=True):
            winreg.SetValueEx(key, called, 0, winreg.REG_SZ, file)


def _keep_environment(name: str) -> None:
    """Let the service's Python find the virtual environment, as its python.exe lets it."""
    said = [f"__PYVENV_LAUNCHER__={sys.executable}"]
    access = winreg.KEY_SET_VALUE
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, f"{_KEY}\\{name}", access=access) as key:
        winreg.SetValueEx(key, "Environment", 0, winreg.REG_MULTI_SZ, said)


def state(name: str = NAME) -> ServiceState | None:
    """Return how the service stands; ``None`` where it is not installed."""
    try:
        return _found(name)
    except NtError as error:
        if error.code == _NO_SUCH_SERVICE:
            return None
        raise


def _found(name: str) -> ServiceState:
    stands = native.query_service(name)
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _parameters(name)) as key:
            files = [str(winreg.QueryValueEx(key, each)[0]) for each in _FILES]
    except OSError:  # a service that somebody else made, or that is being deleted
        files = ["", ""]
    return ServiceState(*stands, *files)


def start(name: str = NAME) -> None:
    """Start the service, and wait until it runs.

    Raises:
        NtError: Windows refused.
        TimeoutError: It does not begin, or has ended again.
    """
    native.start_service(name)
    _wait_for("running", name)


def stop(name: str = NAME) -> None:
    """Stop the service, and wait until it has stopped and its process is gone.

    Raises:
        NtError: Windows refused.
        TimeoutError: It does not stop.
    """
    process = _found(name).process
    try:
        native.stop_service(name)
    except NtError:
        # It may be ending already: whoever does takes no order, or does not live to answer it.
        if _found(name).state not in {"stopping", "stopped"}:
            raise
    _wait_for("stopped", name)
    end = time.monotonic() + _PATIENCE
    while process and process in processes.list_processes().column("pid").tolist():
        if time.monotonic() > end:
            msg = f"the service {name} has stopped, but its process {process} does not end"
            raise TimeoutError(msg)
        time.sleep(_STEP)


def _wait_for(wanted: str, name: str) -> None:
    end = time.monotonic() + _PATIENCE
    while (found := _found(name)).state != wanted:
        if time.monotonic() > end or (wanted == "running" and found.state == "stopped"):
            msg = f"the service {name} is {found.state}, not {wanted} (it ended with {found.code})"
            raise TimeoutError(msg)
        time.sleep(_STEP)


def uninstall(name: str = NAME) -> bool:
    """Stop the service, if it runs, and delete it; what it wrote down stays.

    Returns:
        Whether it is gone: Windows keeps it as long as somebody has it open.
    """
    if _found(name).state != "stopped":
        stop(name)
    native.delete_service(name)
    event_log.unregister(name)
    end = time.monotonic() + _LINGERS
    while state(name) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(_STEP)
    return True
