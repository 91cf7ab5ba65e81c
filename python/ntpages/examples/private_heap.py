"""A class whose instances live on a heap of their own, as C++ has it by operator new and delete.

``python -m ntpages.examples.private_heap`` makes some, lets them work, and shows the heap: it comes
with the first instance and goes with the last. Nobody else's blocks are in it, so that instances
lie close together, leave no holes of other sizes, and whatever overruns one hits none but its like.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ntpages import heaps
from ntpages.heaps import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from ntpages.heaps import Block

__all__ = ["Particle", "main", "told"]

_FIELDS = 4  # doubles: place, speed, push, work


class Particle:
    """Something that moves. Its numbers are in a block of the class's private heap."""

    __slots__ = ("_block", "_numbers")
    _block: Block
    _numbers: memoryview[float]

    heap = Pool(_FIELDS * 8, initial=64 << 10, maximum=16 << 20)
    """The heap of all instances: 64 KiB committed at once, 16 MiB at most."""

    def __new__(cls, *, push: float = 1.0) -> Self:
        """Take a block for an instance: ``operator new``."""
        self = super().__new__(cls)
        self._block = cls.heap.allocate(zero=True)
        self._numbers = memoryview(self._block).cast("B").cast("d")
        self._numbers[2] = push
        return self

    def delete(self) -> None:
        """Give the block back at once: ``operator delete``.

        Python does so by itself with the last reference.
        """
        self._numbers.release()
        self._block.free()

    @property
    def address(self) -> int:
        """Where its numbers are."""
        return self._block.address

    @property
    def place(self) -> float:
        """Where it has come to."""
        return self._numbers[0]

    def do_work(self) -> None:
        """Move on by one step."""
        numbers = self._numbers
        numbers[1] += numbers[2]
        numbers[0] += numbers[1]
        numbers[3] += numbers[2] * numbers[1]


def told() -> Iterator[str]:
    """Make particles, let them work, and tell where they are, line by line."""
    before = {heap.address for heap in heaps.heaps()}
    yield f"{len(before)} heaps, and none for particles"
    particles = [Particle(push=number) for number in range(1, 1001)]
    for each in particles:
        each.do_work()
    [private] = [heap for heap in heaps.heaps() if heap.address not in before]
    where = private.address
    yield f"{len(Particle.heap)} particles are on {private}"
    yield f"the last is at {each.address:#x} and has come to {each.place}"
    sums = private.fragmentation()
    yield f"{sums.busy_blocks} blocks of {Particle.heap.item_size} bytes, {sums.free_blocks} holes"
    particles.pop(0).delete()  # at once, as C++ does
    yield f"{len(Particle.heap)} are left"
    del each, private  # which keep their heap
    particles.clear()
    gone = where not in {heap.address for heap in heaps.heaps()}
    yield f"{len(Particle.heap)} are left, and their heap is {'gone' if gone else 'still there'}"


def main() -> None:
    """Tell it on the screen."""
    sys.stdout.writelines(f"{line}\n" for line in told())


if __name__ == "__main__":
    main()
