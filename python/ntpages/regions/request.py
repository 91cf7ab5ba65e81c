"""Request: what memory is asked for, here or in another process, checked before Windows is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages._native import regions as native
from ntpages._native.partitions import Partition
from ntpages._native.regions import AllocationType, Attribute, Protection
from ntpages.arguments import ADDRESS_SPACE, PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self

__all__ = ["Request"]

_GRANULARITY = 64 * 1024  # bytes between the addresses that VirtualAlloc chooses from
_LAST = ADDRESS_SPACE - 0x1_0001  # the last address that VirtualAlloc2 takes for one
_KINDS = {
    "commit": AllocationType.COMMIT,
    "top_down": AllocationType.TOP_DOWN,
    "write_watch": AllocationType.WRITE_WATCH,
}


def _start(name: str, address: int) -> int:
    most = ADDRESS_SPACE - _GRANULARITY
    return arguments.multiple(name, address, _GRANULARITY, least=_GRANULARITY, most=most)


def _end(name: str, address: int) -> int:
    last = arguments.integer(name, address, least=PAGE - 1, most=ADDRESS_SPACE - 1)
    if (last + 1) % PAGE:
        msg = f"{name} must be one less than a multiple of {PAGE}, not {last}"
        raise ValueError(msg)
    return min(last, _LAST)  # what lies above can't be had anyway


def _alignment(name: str, alignment: int) -> int:
    return arguments.power_of_two(name, alignment, least=_GRANULARITY)


def _protection(name: str, protection: int) -> int:
    return arguments.constant(name, protection, Protection)


def _partition(name: str, partition: Partition | int) -> int:
    return (
        partition.handle if isinstance(partition, Partition) else arguments.handle(name, partition)
    )


def _machine(name: str, machine: int) -> int:
    return arguments.integer(name, machine, least=1, most=2**16 - 1)


def _attributes(name: str, attributes: int) -> int:
    return arguments.constant(name, attributes, Attribute, bits=64)


def _wish(rule: Callable[[str, Any], Any], ordinary: object, *, may_be_none: bool = False) -> Any:
    """A member that is made of the argument of its name; ``ordinary`` where nothing is wished."""
    return field(default=ordinary, metadata={"rule": rule, "may_be_none": may_be_none})


@dataclass(slots=True)
class Request:
    """What VirtualAlloc and its relatives are asked for, in the order in which C++ takes it."""

    size: int = _wish(arguments.size, 0)
    type: AllocationType = AllocationType.RESERVE
    protection: int = _wish(_protection, int(Protection.READWRITE))
    at: int = _wish(_start, 0, may_be_none=True)
    node: int = _wish(arguments.node, native.ANY_NODE, may_be_none=True)
    only_node: bool = _wish(arguments.boolean, ordinary=False)
    lowest: int = _wish(_start, 0, may_be_none=True)
    highest: int = _wish(_end, 0, may_be_none=True)
    alignment: int = _wish(_alignment, 0, may_be_none=True)
    attributes: int = _wish(_attributes, int(Attribute.NONE))
    partition: int = _wish(_partition, 0, may_be_none=True)
    physical: int = _wish(arguments.handle, 0, may_be_none=True)
    machine: int = _wish(_machine, 0, may_be_none=True)
    from_app: bool = _wish(arguments.boolean, ordinary=False)

    @classmethod
    def of(cls, wishes: Mapping[str, Any]) -> Self:
        """Check what a caller was given, by the names of its arguments.

        Raises:
            ValueError: One of them breaks its rule, or goes ill with another.
            TypeError: One of them is of the wrong kind.
        """
        request = cls()
        for name, member in cls.__dataclass_fields__.items():
            said = member.metadata
            if said and name in wishes and not (said["may_be_none"] and wishes[name] is None):
                setattr(request, name, said["rule"](name, wishes[name]))
        for name, kind in _KINDS.items():
            if name in wishes and arguments.boolean(name, wishes[name]):
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

    def wishes(self) -> tuple[int, ...]:
        """Return all of it as C++ takes it."""
        return tuple(getattr(self, name) for name in self.__slots__)

    def allocate(self) -> native.Allocation:
        """Ask Windows for memory of this process."""
        return native.allocate(self.wishes())

    def replace(self, place: native.Placeholder) -> native.Allocation:
        """Ask Windows to put memory in the place of a placeholder.

        Raises:
            ValueError: The size is not that of the placeholder, or the wish is none for a place.
            TypeError: It is no placeholder.
        """
        arguments.instance("placeholder", place, native.Placeholder)
        if self.size != place.size:
            msg = f"size must be that of the placeholder, {place.size} bytes, not {self.size}"
            raise ValueError(msg)
        told = Request(self.size, self.type, self.protection, node=self.node)
        if self != told or self.type & AllocationType.TOP_DOWN:
            msg = "a placeholder names the place: only node and protection go with it"
            raise ValueError(msg)
        return native.replace(place, self.type, self.protection, self.node)
