"""Request: what a region is asked for, checked before Windows is."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Any

from ntpages._native import regions as native
from ntpages._native.regions import AllocationType, Attribute, Protection
from ntpages.ranges import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

__all__ = ["Request", "check_size"]

_GRANULARITY = 64 * 1024  # bytes between the addresses that VirtualAlloc chooses from
_MOST = 2**47  # bytes of address space that a Windows process has
_LAST = _MOST - 0x1_0001  # the last of them that VirtualAlloc2 takes for one
_KINDS = {
    "commit": AllocationType.COMMIT,
    "top_down": AllocationType.TOP_DOWN,
    "write_watch": AllocationType.WRITE_WATCH,
}


def check_size(size: int) -> int:
    """Return a size that a region can have."""
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


def _node(node: int | None) -> int:
    if node is None:
        return native.ANY_NODE
    node = index(node)
    if not 0 <= node < native.ANY_NODE:
        msg = f"node must be a NUMA node's number, not {node}"
        raise ValueError(msg)
    return node


def _partition(partition: int | None) -> int:
    if partition is None:
        return 0
    if index(partition) == 0:
        msg = "partition must be a handle, not 0"
        raise ValueError(msg)
    return index(partition)


def _wish(rule: Callable[[Any], Any], ordinary: object) -> Any:
    """A member that is made of the argument of its name; ``ordinary`` is what nobody wished for."""
    return field(default=ordinary, metadata={"rule": rule})


@dataclass(slots=True)
class Request:
    """What VirtualAlloc and its relatives are asked for, in the order in which C++ takes it."""

    size: int = _wish(check_size, 0)
    type: AllocationType = AllocationType.RESERVE
    protection: Protection = _wish(Protection, Protection.READWRITE)  # noqa: RUF009 (an enum)
    at: int = _wish(lambda at: _address("at", at), 0)
    node: int = _wish(_node, native.ANY_NODE)
    only_node: bool = _wish(bool, ordinary=False)
    lowest: int = _wish(lambda lowest: _address("lowest", lowest), 0)
    highest: int = _wish(_last_address, 0)
    alignment: int = _wish(_alignment, 0)
    attributes: int = _wish(int, int(Attribute.NONE))
    partition: int = _wish(_partition, 0)

    @classmethod
    def of(cls, wishes: Mapping[str, Any]) -> Self:
        """Check what a constructor was given, by the names of its arguments.

        Raises:
            ValueError: One of them breaks its rule, or goes ill with another.
            TypeError: One of them is of the wrong kind.
        """
        request = cls()
        for each in cls.__dataclass_fields__.values():
            if each.name in wishes and "rule" in each.metadata:
                setattr(request, each.name, each.metadata["rule"](wishes[each.name]))
        for name, kind in _KINDS.items():
            if wishes.get(name):
                request.type |= kind
        request._check()
        return request

    def _check(self) -> None:
        if self.at and (self.alignment or self.lowest or self.highest):
            msg = "at names the place: alignment, lowest and highest can't be given with it"
            raise ValueError(msg)
        if self.only_node and self.node == native.ANY_NODE:
            msg = "only_node needs a node"
            raise ValueError(msg)
        if self.highest and self.highest + 1 - self.lowest < self.size:
            msg = (
                f"{self.size} bytes do not fit between lowest {self.lowest:#x} "
                f"and highest {self.highest:#x}"
            )
            raise ValueError(msg)

    def allocate(self) -> native.Allocation:
        """Ask Windows."""
        return native.allocate(tuple(getattr(self, name) for name in self.__slots__))

    def replace(self, place: native.Placeholder) -> native.Allocation:
        """Ask Windows to put memory in the place of a placeholder.

        Raises:
            ValueError: The size is not that of the placeholder, or the wish is none for a place.
        """
        if self.size != place.size:
            msg = f"size must be that of the placeholder, {place.size} bytes, not {self.size}"
            raise ValueError(msg)
        told = Request(self.size, self.type, self.protection, node=self.node)
        if self != told or self.type & AllocationType.TOP_DOWN:
            msg = "a placeholder names the place: only node and protection go with it"
            raise ValueError(msg)
        return native.replace(place, self.type, self.protection, self.node)
