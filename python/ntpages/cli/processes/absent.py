"""Processes that were asked for and are not there: who they are, and who may have been meant."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING

from ntpages.processes.names import Names, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ntpages.table import Table


def absent_names(names: Iterable[str], there: Table) -> Iterator[str]:
    """Yield a sentence for each name that no process has."""
    programs = {name.casefold(): name for name in there.column("name")}
    for name in names:
        wanted = Names([name])
        if not any(map(wanted.match, programs.values())):
            yield f"no process is called {reprlib.repr(name)}{_hint(name, programs)}"


def absent_pids(pids: Iterable[int], there: Table) -> Iterator[str]:
    """Yield a sentence for each id that no process has."""
    known = set(there.column("pid"))
    for pid in pids:
        if pid not in known:
            yield f"no process has the id {pid}"


def _hint(name: str, programs: dict[str, str]) -> str:
    if "," in name:
        return ": give each name by itself"
    return did_you_mean(name, programs)
