"""Requests: what a region is asked for, checked before Windows is."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING

from ntpages._native import regions as native
from ntpages._native.regions import AllocationType, Attribute, Protection
from ntpages.ranges import PAGE

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Request"]

_GRANULARITY = 64 * 1024  # bytes between the addresses that VirtualAlloc chooses from
_MOST = 2**47  # bytes of address space that a Windows process has
_LAST = _MOST - 0x1_0001  # the last of them that VirtualAlloc2 takes for one


def _size(size: int) -> int:
    size = index(size)
    if not 0 < size <= _MOST:
        msg = f"size must be from 1 to {_MOST} bytes, not {size}"
        raise ValueError(msg)
    return size


def _address(name: str, address: int | None, *, step: int = _GRANULARITY) -> int:
    if address is None:
        return 0
    address = index(address)
    if not 0 < address < _MOST or address % step:
        msg = f"{name} must be a multiple of {step} from {step} to {_MOST - step}, not {address}"
        raise ValueError(msg)
    return address


def _last_address(highest: int | None) -> int:
    if highest is None:
        return 0
    if index(highest) == _MOST - 1:  # what lies above the last one can't be had anyway
        return _LAST
    return min(_address("highest + 1", index(highest) + 1, step=PAGE) - 1, _LAST)


def _alignment(alignment: int | None) -> int:
    if alignment is None:
        return 0
    alignment = index(alignment)
    if alignment < _GRANULARITY or alignment & (alignment - 1):
        msg = f"alignment must be a power of two from {_GRANULARITY} bytes up, not {alignment}"
        raise ValueError(msg)
    return alignment


def _node(node: int | None) -> int | None:
    if node is None:
        return None
    node = index(node)
    if not 0 <= node < 0xFFFFFFFF:
        msg = f"node must be a NUMA node's number, not {node}"
        raise ValueError(msg)
    return node


@dataclass(slots=True)
class Request:
    """What VirtualAlloc and its relatives are asked for. Zero means no wish, save in ``node``."""

    size: int
    type: AllocationType
    protection: Protection
    at: int
    node: int | None
    only_node: bool
    lowest: int
    highest: int
    alignment: int
    attributes: int
    partition: int

    @classmethod
    def of(
        cls,
        size: int,
        *,
        commit: bool = True,
        protection: Protection = Protection.READWRITE,
        at: int | None = None,
        top_down: bool = False,
        write_watch: bool = False,
        node: int | None = None,
        only_node: bool = False,
        alignment: int | None = None,
        lowest: int | None = None,
        highest: int | None = None,
        attributes: Attribute = Attribute.NONE,
        partition: int | None = None,
    ) -> Self:
        """Check what ``ntpages.regions.Region`` was given."""
        wishes = (alignment, lowest, highest)
        if at is not None and any(wish is not None for wish in wishes):
            msg = "at names the place: alignment, lowest and highest can't be given with it"
            raise ValueError(msg)
        if only_node and node is None:
            msg = "only_node needs a node"
            raise ValueError(msg)
        if partition is not None and index(partition) == 0:
            msg = "partition must be a handle, not 0"
            raise ValueError(msg)
        kind = AllocationType.RESERVE
        kind |= AllocationType.COMMIT if commit else 0
        kind |= AllocationType.TOP_DOWN if top_down else 0
        kind |= AllocationType.WRITE_WATCH if write_watch else 0
        request = cls(
            size=_size(size),
            type=kind,
            protection=protection,
            at=_address("at", at),
            node=_node(node),
            only_node=only_node,
            lowest=_address("lowest", lowest),
            highest=_last_address(highest),
            alignment=_alignment(alignment),
            attributes=int(attributes),
            partition=0 if partition is None else index(partition),
        )
        request.check_room()
        return request

    def check_room(self) -> None:
        """Refuse bounds between which the size does not fit."""
        if self.highest and self.highest + 1 - self.lowest < self.size:
            msg = (
                f"{self.size} bytes do not fit between lowest {self.lowest:#x} "
                f"and highest {self.highest:#x}"
            )
            raise ValueError(msg)

    def check_place(self, size: int) -> None:
        """Refuse what a placeholder of this size can't be replaced with."""
        if self.size != size:
            msg = f"size must be that of the placeholder, {size} bytes, not {self.size}"
            raise ValueError(msg)
        wishes = (self.at, self.only_node, self.lowest, self.highest, self.alignment)
        if any(wishes) or self.attributes or self.partition or self.type & AllocationType.TOP_DOWN:
            msg = "a placeholder names the place: only node and protection go with it"
            raise ValueError(msg)

    def allocate(self) -> native.Allocation:
        """Ask Windows."""
        return native.allocate(
            *(self.size, self.type, self.protection, self.at, self.node, self.only_node),
            *(self.lowest, self.highest, self.alignment, self.attributes, self.partition),
        )
