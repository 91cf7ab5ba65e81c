"""Checks of what the kernel says of its pages, and of the names of files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ntpages import physical, privileges, system
from ntpages._native import physical as native
from ntpages._native.memory_lists import query_file_cache
from ntpages.doctor.checks.check import NotHereError, Room, Seen, code_of, needs
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.physical import CachedFileRow, PageUse
from ntpages.physical.ranges import looking
from ntpages.privileges import PrivilegeState
from ntpages.table import adopt

_room = Room("physical")
CHECKS = _room.checks

_ACCESS_DENIED = 5
_MUCH = 256 << 20
_SLICE = 50  # milliseconds


@_room.check()
def denied() -> Seen:
    """Ranges of memory denied with error 5 while the privilege is not enabled."""
    if privileges.state(PROFILE) is PrivilegeState.ENABLED:
        msg = f"{PROFILE} is enabled already"
        raise NotHereError(msg)
    code = code_of(native.list_ranges)
    return Seen(code == _ACCESS_DENIED, f"error {code}")


@_room.check()
def ranges() -> Seen:
    """Ranges of memory that hold together what Windows manages."""
    needs(PROFILE)
    found = physical.ranges()
    together = sum(found.where(found["state"] == "memory")["size"].tolist())
    total = system.memory().total
    return Seen(abs(together - total) < _MUCH, f"{len(found)} ranges, {together} of {total} bytes")


@_room.check()
def pages() -> Seen:
    """A record of nearly every page, with lists as the kernel counts them, give or take 256 MiB."""
    needs(PROFILE)
    found = physical.summary()
    holds = found.unidentified < _MUCH and found.drift < _MUCH
    unknown = next(each.total for each in found.uses if each.use is physical.PageUse.UNKNOWN)
    return Seen(
        holds and not unknown,
        f"{found.total} bytes in {found.seconds:.2f} s: {found.unidentified} without a record, "
        f"{found.drift} drifted, {unknown} of an unknown use",
    )


@_room.check()
def owners() -> Seen:
    """Owners of private pages that are processes, by their ids or by their keys."""
    needs(PROFILE)
    found = physical.processes()
    known = sum(found.where(found["pid"] != 0)["total"].tolist())
    by_id = len(found.where(found["owner"] < 2**32))
    every = sum(found["total"].tolist())
    return Seen(
        known > every // 2,
        f"{by_id} of {len(found)} owners are ids; known are {known} of {every} bytes",
    )


@_room.check()
def everybody() -> Seen:
    """Lists, coarsely, for who has no privilege."""
    lists = native.query_coarse_lists()
    total = system.memory().total
    together = lists.free + lists.standby + lists.modified
    return Seen(0 < together <= total, f"{together} of {total} bytes")


@_room.check()
def file_cache() -> Seen:
    """A file cache whose working set is no larger than what of files is in use."""
    needs(PROFILE)
    uses = {each.use: each for each in physical.summary().uses}
    files, metafile = (uses[use].active for use in (PageUse.FILE, PageUse.METAFILE))
    cache = query_file_cache()
    holds = 0 < cache < files + metafile + _MUCH
    return Seen(holds, f"{cache} bytes; {files} of files and {metafile} of metafiles are in use")


@_room.check()
def file_names() -> Seen:
    """Names of files in a version that is known, for most of what is in memory."""
    needs(PROFILE)
    with looking():
        version = native.FileNames().version
    found = physical.files()
    named = sum(found.where(found["path"] != "")["total"].tolist())
    every = sum(found["total"].tolist())
    return Seen(named > every // 2, f"version {version}: {named} of {every} bytes have a name")


@_room.check(changes="has the kernel trace file names for a moment, into a temporary file")
def traced_names() -> Seen:
    """Names of open files from the kernel's tracing, by the keys that pages have."""
    needs(PROFILE)
    with looking(), TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        names = native.trace_file_names(str(Path(folder, "names.etl")))
        census = native.Census(processes=False, files=True)
        while census.advance(_SLICE):
            pass
        paths = adopt(census.files(names), CachedFileRow)["path"].tolist()
    named = sum(path != "" for path in paths)
    return Seen(named > 0, f"{named} of {len(paths)} files in memory have a name")


@_room.check()
def store() -> Seen:
    """The compression store's sizes, for who has no privilege."""
    found = native.query_store()
    holds = found.compressed <= found.data and found.unique <= found.data
    said = f"{found.data} bytes in {found.compressed}, {found.unique} of them unique"
    return Seen(holds, f"{said}, {found.working_set} in memory")


@_room.check()
def pool_tags() -> Seen:
    """Pools by tag that hold together about what Windows says of its pools."""
    found = physical.pools()
    nonpaged = sum(found["nonpaged"].tolist())
    total = system.memory().kernel_nonpaged
    return Seen(0 < nonpaged < 2 * total, f"{len(found)} tags, {nonpaged} of {total} bytes")
