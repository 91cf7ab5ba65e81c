"""The example of a class with a heap of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ntpages import heaps
from ntpages.examples.private_heap import Particle


def addresses() -> set[int]:
    return {heap.address for heap in heaps.heaps()}


def test_the_heap_comes_with_the_first_instance_and_goes_with_the_last() -> None:
    before = addresses()
    first = Particle()
    [private] = addresses() - before
    second = Particle()
    assert addresses() - before == {private}
    busy = [row for row in heaps.Heap.at(private).walk() if row.kind == "busy"]
    assert {row.address for row in busy} == {first.address, second.address}
    first.delete()
    assert private in addresses()
    del second
    assert addresses() == before


def test_an_instance_keeps_its_numbers_in_its_block() -> None:
    particle = Particle(push=2.0)
    for _ in range(3):
        particle.do_work()
    assert particle.place == 2 + 4 + 6
    particle.delete()
    with pytest.raises(ValueError, match="released"):
        particle.do_work()
    with pytest.raises(ValueError, match="Block is closed"):
        particle.address  # noqa: B018


def test_the_heap_has_the_sizes_of_the_seeds_class() -> None:
    assert (Particle.heap.initial, Particle.heap.maximum) == (64 << 10, 16 << 20)


def test_it_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "ntpages.examples.private_heap"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = ended.stdout.splitlines()
    assert "1000 particles are on <Heap at 0x" in lines[1]
    assert "has come to 1000.0" in lines[2]
    assert lines[3].startswith("1000 blocks of 32 bytes")
    assert lines[4] == "999 are left"
    assert lines[5] == "0 are left, and their heap is gone"
