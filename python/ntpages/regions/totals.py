"""What the regions of a walk sum up to: by use, or by allocation."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from ntpages import arguments
from ntpages.regions.walk import State, Type, Use
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntpages.regions.walk import RegionRow, ResidentRegionRow

__all__ = ["AllocationTotal", "UseTotal", "totals"]

_RESIDENT = (
    "resident",
    "resident_private",
    "resident_shareable",
    "resident_shared",
    "resident_locked",
    "resident_large",
)


class UseTotal(NamedTuple):
    """All regions of one use. Sizes in bytes."""

    use: Use
    regions: int
    size: int
    committed: int
    reserved: int
    private: int
    modified: int
    largest: int
    resident: int
    resident_private: int
    resident_shareable: int
    resident_shared: int
    resident_locked: int
    resident_large: int


@shows_addresses
class AllocationTotal(NamedTuple):
    """All regions of one allocation. Sizes in bytes."""

    address: Address
    use: Use
    name: str
    regions: int
    size: int
    committed: int
    reserved: int
    private: int
    modified: int
    largest: int
    resident: int
    resident_private: int
    resident_shareable: int
    resident_shared: int
    resident_locked: int
    resident_large: int


class _Sum:
    """What the regions of one kind come to."""

    __slots__ = (
        *("committed", "largest", "modified", "private", "regions", "reserved"),
        *("resident", "size"),
    )

    def __init__(self) -> None:
        self.regions = self.size = self.committed = self.reserved = 0
        self.private = self.modified = self.largest = 0
        self.resident = [0] * len(_RESIDENT)

    def add(self, size: int, state: str, kind: str, resident: tuple[int, ...]) -> None:
        self.regions += 1
        self.size += size
        self.largest = max(self.largest, size)
        if state == State.COMMIT.value:
            self.committed += size
            self.private += size if kind == Type.PRIVATE.value else 0
        elif state == State.RESERVE.value:
            self.reserved += size
        if any(resident):
            self.resident = [one + more for one, more in zip(self.resident, resident, strict=True)]
            self.modified += resident[1] if kind == Type.IMAGE.value else 0

    def cells(self) -> tuple[int, ...]:
        taken = (self.committed, self.reserved, self.private, self.modified)
        return (self.regions, self.size, *taken, self.largest, *self.resident)


@overload
def totals(
    walked: Table[RegionRow] | Table[ResidentRegionRow], *, by: Literal["use"] = "use"
) -> Table[UseTotal]: ...
@overload
def totals(
    walked: Table[RegionRow] | Table[ResidentRegionRow], *, by: Literal["allocation"]
) -> Table[AllocationTotal]: ...
def totals(
    walked: Table[RegionRow] | Table[ResidentRegionRow], *, by: str = "use"
) -> Table[UseTotal] | Table[AllocationTotal]:
    """Return what the regions of a walk sum up to, by use or by allocation.

    By use, rows are in the order of ``Use``, free space first. By allocation they are in the
    order of addresses, without free space; an allocation has the use of most of it.

    Columns:
        address: Where the allocation starts.
        use: ``Use``.
        name: Path of the file that is mapped there, else empty.
        regions: How many there are.
        size: Bytes of addresses, and so all others.
        committed: Of them, those with memory promised behind.
        reserved: Of them, those that are taken without.
        private: Of what is committed, what is of this process alone. Files, programs and shared
            memory are not.
        modified: Of what is resident, the pages of programs and DLLs that were written to, of
            which this process has a copy.
        largest: The largest region.
        resident: With those behind it, as ``walk(resident=True)`` has them; 0 where ``walked``
            has none.

    Args:
        walked: What ``walk()`` returned, or some rows of it.
        by: ``"use"`` or ``"allocation"``.

    Raises:
        ValueError: ``by`` is something else, or ``walked`` is no table of regions.
        TypeError: ``walked`` is no table.
    """
    arguments.instance("walked", walked, Table)
    by = arguments.choice("by", by, ("use", "allocation"))
    if missing := sorted({*_NEEDED} - {*walked.names}):
        msg = f"walked must be what regions.walk() returns: it has no column {missing[0]!r}"
        raise ValueError(msg)
    return _by_use(walked) if by == "use" else _by_allocation(walked)


_NEEDED = ("address", "size", "state", "type", "use", "allocation_base", "name")


def _by_use(walked: Table[Any]) -> Table[UseTotal]:
    sums = _sums(walked, walked.column("use").tolist())
    order = [use.value for use in Use if use.value in sums]
    rows = [sums[use].cells() for use in order]
    return adopt(_table("Use", {"use": order}, rows), UseTotal)


def _by_allocation(walked: Table[Any]) -> Table[AllocationTotal]:
    taken = walked.where(walked["state"] != State.FREE.value)
    bases, sizes = taken.column("allocation_base").tolist(), taken.column("size").tolist()
    names: dict[int, str] = {}
    shares: dict[int, dict[str, int]] = {}
    columns = (taken.column(name).tolist() for name in ("use", "name"))
    for base, size, use, name in zip(bases, sizes, *columns, strict=True):
        uses = shares.setdefault(base, {})
        uses[use] = uses.get(use, 0) + size
        if name:
            names[base] = name
    sums = _sums(taken, bases)
    order = sorted(sums)
    head: dict[str, Any] = {
        "address": array("Q", order),
        "use": [max(shares[base], key=lambda use: shares[base][use]) for base in order],
        "name": [names.get(base, "") for base in order],
    }
    rows = [sums[base].cells() for base in order]
    return adopt(_table("Allocation", head, rows), AllocationTotal)


def _sums(walked: Table[Any], keys: list[Any]) -> dict[Any, _Sum]:
    sums: dict[Any, _Sum] = {}
    columns = (walked.column(name).tolist() for name in ("size", "state", "type"))
    for key, size, state, kind, resident in zip(keys, *columns, _resident(walked), strict=True):
        found = sums.get(key)
        if found is None:
            found = sums[key] = _Sum()
        found.add(size, state, kind, resident)
    return sums


def _resident(walked: Table[Any]) -> Iterator[tuple[int, ...]]:
    if _RESIDENT[0] not in walked.names:
        return iter([(0,) * len(_RESIDENT)] * len(walked))
    return zip(*(walked.column(name).tolist() for name in _RESIDENT), strict=True)


def _table(title: str, head: dict[str, Any], rows: list[tuple[int, ...]]) -> Table[Any]:
    names = UseTotal._fields[1:]
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    numbers = {name: array("Q", column) for name, column in zip(names, cells, strict=True)}
    return Table(title, {**head, **numbers})
