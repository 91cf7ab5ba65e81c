"""Ways over pointers. Public as ``ntpages.processes.PointerPath``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.errors import InvalidAddressError
from ntpages.processes.kinds import limits
from ntpages.processes.modules import Modules
from ntpages.processes.names import Names, did_you_mean
from ntpages.processes.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ntpages.processes.modules import ModuleRow
    from ntpages.processes.typed import TypedProcess

__all__ = ["PointerPath", "offset_of", "pointer_paths"]

_LOWEST, _HIGHEST = 0x1_0000, 0x7FFF_FFFE_FFFF  # what a pointer of a program's can hold


def offset_of(name: str, value: int) -> int:
    """Return what can be added to a pointer."""
    return arguments.integer(name, value, least=-(2**63), most=2**63 - 1, of="bytes")


@dataclass(frozen=True, slots=True)
class PointerPath:
    """A way over pointers: from one in a module, by offsets, to an address."""

    start: str
    """Where the first pointer is: a module, and an offset in it."""
    offsets: tuple[int, ...]
    """Bytes, each to be added to what a pointer holds."""

    def __post_init__(self) -> None:
        """Refuse what leads nowhere."""
        arguments.name("start", self.start)
        offsets = tuple(arguments.each("offsets", self.offsets, offset_of))
        if not offsets:
            msg = "offsets must hold at least one, unlike ()"
            raise ValueError(msg)
        object.__setattr__(self, "offsets", offsets)

    def __str__(self) -> str:
        """Return it as such paths are passed on: ``game.exe+0x1f40 -> 0x10 -> 0x28``."""
        return " -> ".join([self.start, *(f"{offset:#x}" for offset in self.offsets)])

    def _leads_to(self, process: TypedProcess, address: int, *, size: int) -> bool:
        """Return whether it leads there now."""
        try:
            return process.resolve(self, size=size) == address
        except (InvalidAddressError, ValueError):
            return False


def pointer_paths(
    process: TypedProcess,
    address: int,
    *,
    depth: int,
    width: int,
    names: Sequence[str] | None,
    kind: str,
    limit: int,
    threads: int | None,
    progress: Callable[[int], object] | None,
) -> list[PointerPath]:
    """Do what ``Process.pointer_paths()`` says."""
    rows = process.modules()
    chosen = list(rows) if names is None else _chosen(rows, names)
    highest = min(_HIGHEST, int(limits(kind)[1]))
    with Values(
        process,
        kind=kind,
        compare="between",
        value=(_LOWEST, highest),
        threads=threads,
        progress=progress,
    ) as pointers:
        table = pointers.matches()
    places = [(row.base, row.size) for row in chosen]
    found = native.find_pointer_paths(table, places, address, depth, width, limit)
    known = Modules(rows)
    return [PointerPath(known.describe(start), tuple(offsets)) for start, offsets in found]


def _chosen(rows: Iterable[ModuleRow], names: Sequence[str]) -> list[ModuleRow]:
    found: dict[int, ModuleRow] = {}
    known = {row.name.casefold(): row.name for row in rows}
    for name in names:
        matching = [row for row in rows if Names([name]).match(row.name)]
        if not matching:
            msg = f"modules must name some that are there, and none is called {name!r}"
            raise ValueError(msg + did_you_mean(name, known))
        found.update((row.base, row) for row in matching)
    return [row for _, row in sorted(found.items())]
