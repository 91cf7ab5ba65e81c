"""Examination: what stands in the way on this machine, and what to do about it."""

from __future__ import annotations

import struct
import sys
import sysconfig
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import ntpages
from ntpages import extras, numa, privileges, system
from ntpages.__main__ import keeps_to_its_path
from ntpages.awe import PhysicalPages
from ntpages.errors import (
    NtError,
    PrivilegeNotHeldError,
    UnavailableError,
    explain,
    way_to_hold,
)
from ntpages.privileges import PrivilegeState
from ntpages.processes import list_processes
from ntpages.regions import Obstacle, large_page_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Finding", "Health", "examine"]


class Health(Enum):
    """How much a finding is in the way."""

    FINE = "fine"
    NOTE = "note"
    """Nothing is broken, and something is not as it could be."""
    OBSTACLE = "obstacle"
    """Something that ntpages offers does not work here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    health: Health
    said: str
    """What was found."""
    remedy: str = ""
    """What to do; empty where there is nothing to do."""


NEEDED_FOR = {
    "SeCreateGlobalPrivilege": "sections with names of the whole machine (Global\\)",
    "SeDebugPrivilege": (
        "processes of others and of services "
        "(dsc, heap, limits, map, ps, read, scan, strings, top, trim)"
    ),
    "SeIncreaseQuotaPrivilege": "emptying the file cache (clean)",
    "SeIncreaseWorkingSetPrivilege": "locking more than the working set's minimum, raising limits",
    "SeLockMemoryPrivilege": "large pages, AWE, non-paged memory",
    "SeProfileSingleProcessPrivilege": (
        "the memory lists and physical pages (lists, where, files, defrag, clean, guard)"
    ),
}
_ELEVATE = "run it as administrator"
_COMPRESSION = {"Memory Compression", "MemCompression"}  # the kernel's process, by build
_OLDEST_BUILD = 9600  # Windows 8.1


def examine() -> list[Finding]:
    """Return what works here and what does not, each with its reason and what to do about it.

    Nothing is changed: a large page and a page of physical memory are taken for a moment, where
    the token may, and given back.

    Source: ``GetTokenInformation`` (securitybaseapi.h), Windows XP; ``NtQuerySystemInformation``
    classes 5 and 144 (undocumented), Windows XP and 8.1; ``AllocateUserPhysicalPages``,
    ``VirtualAlloc`` (memoryapi.h), Windows XP; the registry for Smart App Control and containers.
    """
    return [finding for look in _LOOKS for finding in _looked(look)]


def _looked(look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    subject = (look.__doc__ or "").rstrip(".")
    try:
        yield from look()
    except NtError as refused:
        yield Finding(subject, Health.OBSTACLE, explain(refused))


def _build() -> Iterator[Finding]:
    """Windows and Python."""
    windows = system.windows()
    bits = struct.calcsize("P") * 8
    said = f"{windows}; Python {sys.version.split()[0]}, {sysconfig.get_platform()}, {bits} bits"
    if windows.wine:
        remedy = "what cleans the machine only pretends to here: use a real Windows"
        yield Finding("Windows", Health.NOTE, said, remedy)
    elif windows.build < _OLDEST_BUILD:
        yield Finding("Windows", Health.NOTE, said, "older than Windows 8.1: much is missing")
    else:
        yield Finding("Windows", Health.FINE, said)


def _package() -> Iterator[Finding]:
    """The package."""
    here = Path(ntpages.__file__).resolve().parent
    said = f"ntpages {ntpages.__version__} in {here}"
    others = [each for each in _packages_on_the_path() if each != here]
    if not others:
        yield Finding("package", Health.FINE, said)
        return
    listed = ", ".join(map(str, others))
    yield Finding(
        "package", Health.NOTE, f"{said}; another one on the path: {listed}", "remove one of them"
    )


def _start() -> Iterator[Finding]:
    """How it was started."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)  # what `python -m` was given
    if spec is None or spec.name != "ntpages.__main__" or keeps_to_its_path():
        return
    said = (
        "by `python -m`, which looks for modules in the current folder before ntpages can forbid it"
    )
    remedy = (
        "use the command ntpages, or python -I -m ntpages, where others may write to that folder"
    )
    yield Finding("start", Health.NOTE, said, remedy)


def _packages_on_the_path() -> Iterator[Path]:
    for entry in dict.fromkeys(sys.path):
        package = (Path(entry) / ntpages.__name__).resolve()
        if (package / "__init__.py").is_file():
            yield package


def _container() -> Iterator[Finding]:
    """Containers and policies."""
    if _registry(r"SYSTEM\CurrentControlSet\Control", "ContainerType") is not None:
        said = "this is a container: the host's processes and most of its numbers are hidden"
        yield Finding("container", Health.NOTE, said, "run it on the host to see the machine")
    if "windowsapps" in sys.base_prefix.casefold():
        said = "this Python is a packaged app: its view of the registry and of folders is its own"
        yield Finding("container", Health.NOTE, said, "use the Python of python.org")
    control = r"SYSTEM\CurrentControlSet\Control\CI\Policy"
    if _registry(control, "VerifiedAndReputablePolicyState") == 1:
        said = "Smart App Control is on: it may refuse to load DLLs that nobody signed"
        remedy = (
            "if importing ntpages fails with error 4551, that is why; it can only be turned off"
        )
        yield Finding("Smart App Control", Health.NOTE, said, remedy)


def _registry(key: str, name: str) -> object:
    import winreg  # noqa: PLC0415 (Windows has it, and collecting does not)

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            value: object = winreg.QueryValueEx(opened, name)[0]
            return value
    except OSError:
        return None


def _elevation() -> Iterator[Finding]:
    """Elevation."""
    if privileges.is_elevated():
        yield Finding("elevation", Health.FINE, "elevated")
    else:
        said = "not elevated: the memory lists and most other processes are out of reach"
        yield Finding("elevation", Health.OBSTACLE, said, _ELEVATE)


def _privileges() -> Iterator[Finding]:
    """Privileges."""
    elevated = privileges.is_elevated()
    for name, purpose in NEEDED_FOR.items():
        state = privileges.state(name)
        said = f"{state.value}; for {purpose}"
        if state is not PrivilegeState.NOT_HELD:
            yield Finding(name, Health.FINE, said)
        else:
            yield Finding(name, Health.OBSTACLE, said, _how_to_get(name, elevated=elevated))


def _how_to_get(name: str, *, elevated: bool) -> str:
    if name == "SeLockMemoryPrivilege":  # administrators don't hold it either
        return way_to_hold(name)
    if not elevated:
        return _ELEVATE
    return "a policy of this machine takes it from administrators: see secpol.msc, User Rights"


def _not_locked(subject: str) -> Finding:
    """What takes the right to keep memory from being paged out, and lacks it."""
    said = "takes SeLockMemoryPrivilege, which is not held"
    return Finding(subject, Health.OBSTACLE, said, "see SeLockMemoryPrivilege")


def _large_pages() -> Iterator[Finding]:
    """Large pages."""
    status = large_page_status(system.large_page_size() or None)
    if status.available:
        yield Finding("large pages", Health.FINE, f"{status.page_size >> 20} MiB a page")
    elif Obstacle.PRIVILEGE in status.obstacles:
        yield _not_locked("large pages")
    else:
        said = "; ".join(obstacle.value for obstacle in status.obstacles)
        yield Finding("large pages", Health.OBSTACLE, said)


def _awe() -> Iterator[Finding]:
    """AWE."""
    try:
        with PhysicalPages(1):
            yield Finding("AWE", Health.FINE, "physical pages can be had")
    except PrivilegeNotHeldError:
        yield _not_locked("AWE")
    except NtError as refused:
        yield Finding("AWE", Health.OBSTACLE, explain(refused))


def _numa() -> Iterator[Finding]:
    """NUMA."""
    nodes = numa.nodes()
    said = f"{len(nodes)} nodes" if len(nodes) > 1 else "one node: nothing to choose"
    yield Finding("NUMA", Health.FINE, said)


def _compression() -> Iterator[Finding]:
    """Memory compression."""
    stores = [row for row in list_processes() if row.name in _COMPRESSION]
    if stores:
        held = sum(row.working_set for row in stores)
        yield Finding("memory compression", Health.FINE, f"on; it holds {held >> 20} MiB")
    else:
        said = "off, or not told: pages that are trimmed go to the page file whole"
        yield Finding("memory compression", Health.NOTE, said)


def _page_files() -> Iterator[Finding]:
    """Page files."""
    try:
        files = system.pagefiles()
    except UnavailableError:
        yield Finding("page files", Health.NOTE, "this Windows does not say")
        return
    if files:
        total = sum(file.size for file in files)
        yield Finding("page files", Health.FINE, f"{len(files)}, {total >> 20} MiB in all")
    else:
        said = "none: what was written can't leave memory, and commit ends with it"
        yield Finding("page files", Health.NOTE, said, "let Windows manage a page file")


def _extras() -> Iterator[Finding]:
    """Extras."""
    for extra in extras.NAMES:
        if extras.missing(extra):
            line = extras.install_line(extra)
            yield Finding(f"extra {extra}", Health.NOTE, "not installed", line)
        else:
            yield Finding(f"extra {extra}", Health.FINE, "installed")


_LOOKS: tuple[Callable[[], Iterable[Finding]], ...] = (
    _build,
    _package,
    _start,
    _container,
    _elevation,
    _privileges,
    _large_pages,
    _awe,
    _numa,
    _compression,
    _page_files,
    _extras,
)
