"""Rings: what goes in comes out, in order, and never in two pieces."""

from __future__ import annotations

import os
import random
import re
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages import errors
from ntpages.sections import Ring, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

GRAIN = 65536


@pytest.fixture(params=[GRAIN, 3 * GRAIN], ids=["power of two", "three"])
def ring(request: pytest.FixtureRequest) -> Iterator[Ring]:
    with Ring(request.param) as made:
        yield made


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"ntpages {os.getpid()} " + re.sub(r"\W", " ", request.node.name)


def turn(ring: Ring, position: int) -> None:
    """Bring both ends to a position."""
    while position:
        step = min(position, ring.size)
        assert ring.push(bytes(step))
        assert ring.pull(step) == bytes(step)
        position -= step


# ---- copying ------------------------------------------------------------------------------------


def test_what_goes_in_first_comes_out_first(ring: Ring) -> None:
    assert all([ring.push(b"one"), ring.push(bytearray(b"two")), ring.push(memoryview(b"three"))])
    assert (ring.filled, ring.room) == (11, ring.size - 11)
    assert ring.pull(3) == b"one"
    assert ring.pull() == b"twothree"
    assert ring.pull() == b""
    assert ring.filled == 0


def test_all_or_nothing_goes_in_and_comes_out(ring: Ring) -> None:
    assert ring.push(b"x" * (ring.size - 2))
    assert not ring.push(b"abc")
    assert ring.push(b"ab")
    assert not ring.push(b"c")
    assert ring.push(b"")
    assert ring.room == 0
    assert ring.pull(ring.size) == b"x" * (ring.size - 2) + b"ab"
    assert ring.pull(1) == b""
    ring.push(b"ab")
    assert ring.pull(3) == b""
    assert ring.pull(2) == b"ab"


def test_a_buffer_takes_what_is_in_as_far_as_it_has_room(ring: Ring) -> None:
    buffer = bytearray(b"------")
    assert ring.pull_into(buffer) == 0
    ring.push(b"abc")
    assert (ring.pull_into(buffer), bytes(buffer)) == (3, b"abc---")
    ring.push(b"0123456789")
    assert (ring.pull_into(buffer), bytes(buffer)) == (6, b"012345")
    assert (ring.pull_into(memoryview(buffer)[:2]), bytes(buffer)) == (2, b"672345")
    assert ring.pull_into(bytearray()) == 0
    assert ring.pull() == b"89"


def test_nothing_is_cut_at_the_end(ring: Ring) -> None:
    turn(ring, ring.size - 5)
    assert ring.push(b"0123456789")
    with ring.peek() as seen:
        assert bytes(seen) == b"0123456789"
    assert ring.pull() == b"0123456789"


def test_what_is_large_goes_through_as_well() -> None:
    data = os.urandom(1 << 20)
    with Ring(1 << 20) as ring:
        turn(ring, 12_345)
        assert ring.push(data)
        assert ring.pull(1 << 20) == data
        assert ring.push(data)
        assert ring.pull() == data
        assert ring.pull(1 << 20) == b""
        assert ring.push(data)
        taken = bytearray(1 << 20)
        assert ring.pull_into(taken) == 1 << 20
        assert taken == data


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2 * GRAIN),
    st.lists(st.tuples(st.sampled_from("><+-i"), st.integers(0, GRAIN)), max_size=40),
)
def test_any_order_of_calls_is_that_of_a_plain_queue(
    start: int, calls: list[tuple[str, int]]
) -> None:
    source = random.Random(start)
    plain = bytearray()
    with Ring(GRAIN) as ring:
        turn(ring, start)
        for kind, size in calls:
            if kind == ">":
                data = source.randbytes(size)
                assert ring.push(data) == (len(plain) + size <= GRAIN)
                plain += data if len(plain) + size <= GRAIN else b""
            elif kind == "+" and size <= GRAIN - len(plain):
                data = source.randbytes(size)
                if size:
                    with ring.reserve(size) as room:
                        room[:] = data
                ring.publish(size)
                plain += data
            elif kind == "<" and size:
                assert ring.pull(size) == (plain[:size] if size <= len(plain) else b"")
                del plain[: size if size <= len(plain) else 0]
            elif kind == "i":
                taken = bytearray(size)
                assert ring.pull_into(taken) == min(size, len(plain))
                assert taken == plain[:size].ljust(size, b"\0")
                del plain[:size]
            elif kind == "-" and size <= len(plain):
                with ring.peek(size or None) as seen:
                    assert seen == plain[: size or None]
                ring.consume(size)
                del plain[:size]
            assert ring.filled == len(plain)
        assert ring.pull() == plain


# ---- in place -----------------------------------------------------------------------------------


def test_bytes_are_written_and_read_where_they_are(ring: Ring) -> None:
    turn(ring, ring.size - 6)
    with ring.reserve(12) as room:
        struct.pack_into("<iq", room, 0, 7, 8)
        assert ring.filled == 0
    ring.publish(12)
    with ring.peek(12) as seen:
        assert struct.unpack_from("<iq", seen) == (7, 8)
        assert seen.readonly
    assert ring.filled == 12
    ring.consume(12)
    assert ring.filled == 0


def test_less_may_be_published_than_was_reserved(ring: Ring) -> None:
    with ring.reserve() as room:
        assert len(room) == ring.size
        room[:3] = b"abc"
    ring.publish(3)
    assert ring.pull() == b"abc"


def test_what_is_not_there_is_not_lent(ring: Ring) -> None:
    ring.push(b"abc")
    with pytest.raises(BufferError, match=r"^there are 3 bytes in the ring, not 4$"):
        ring.peek(4)
    with pytest.raises(BufferError, match=r"^there is no room for .* bytes in the ring$"):
        ring.reserve(ring.size)
    with pytest.raises(ValueError, match=r"^size must be from 0 to 3 bytes, not 4$"):
        ring.consume(4)
    with pytest.raises(ValueError, match=rf"^size must be from 0 to {ring.size - 3} bytes"):
        ring.publish(ring.size)


# ---- arguments and ends -------------------------------------------------------------------------


def test_a_size_is_rounded_up(ring: Ring) -> None:
    assert ring.size % GRAIN == 0
    with Ring(1) as one, Ring(GRAIN + 1) as two:
        assert (one.size, two.size) == (GRAIN, 2 * GRAIN)


def test_what_cant_be_pushed_or_pulled_is_named(ring: Ring) -> None:
    wrong: Any
    for wrong in (5, "text", None):
        with pytest.raises(TypeError, match=r"^data must be bytes or another buffer, not"):
            ring.push(wrong)
    for wrong in (5, "text", None):
        with pytest.raises(TypeError, match=r"^buffer must be one that can be written to, not"):
            ring.pull_into(wrong)
    for wrong in (b"read-only", memoryview(bytearray(8))[::2]):
        with pytest.raises(BufferError):
            ring.pull_into(wrong)
    for wrong in (True, 1.0, "1"):
        with pytest.raises(TypeError, match=r"^size must be an int, not"):
            ring.pull(wrong)
    for wrong in (0, -1, ring.size + 1, 2**70):
        with pytest.raises(ValueError, match=rf"^size must be from 1 to {ring.size} bytes, not"):
            ring.pull(wrong)
    with pytest.raises(ValueError, match=rf"^data must be at most {ring.size} bytes"):
        ring.push(bytes(ring.size + 1))
    with pytest.raises(TypeError, match=r"call it as pull\(size=None\)"):
        ring.pull(1, 2)  # type: ignore[call-arg]


def test_a_ring_is_not_closed_under_a_view(ring: Ring) -> None:
    ring.push(b"abc")
    for lent in (ring.peek(), ring.reserve()):
        with pytest.raises(BufferError, match=r"^Ring is in use: release its views first$"):
            ring.close()
        lent.release()
    ring.close()
    ring.close()
    assert ring.closed
    copied = (lambda: ring.push(b""), ring.pull, lambda: ring.pull_into(bytearray(1)))
    for use in (*copied, ring.peek, ring.reserve, lambda: ring.filled):
        with pytest.raises(ValueError, match=r"^Ring is closed$"):
            use()


def test_a_ring_leaves_nothing_behind(lab: Lab) -> None:
    Ring(GRAIN).close()
    before = lab.footprint()
    for _ in range(5):
        Ring(GRAIN).close()
    growth = lab.footprint().growth_since(before)
    assert not {"handles", "views", "allocations"} & {*growth}


# ---- two ends -----------------------------------------------------------------------------------


def test_both_ends_have_the_same_bytes(name: str) -> None:
    with Ring(GRAIN, name=name) as one, Ring.open(name) as other:
        assert one.push(b"words")
        assert other.pull() == b"words"
        assert other.size == GRAIN
        assert (one.name, other.name) == (name, name)
        with Ring(GRAIN, name=name, exist_ok=True) as third:
            third.push(b"more")
            assert one.pull() == b"more"


def test_a_name_that_is_taken_is_told(name: str) -> None:
    with Ring(GRAIN, name=name):
        with pytest.raises(errors.AlreadyExistsError):
            Ring(GRAIN, name=name)
        with pytest.raises(errors.AlreadyExistsError, match=r"131072 bytes"):
            Ring(2 * GRAIN, name=name, exist_ok=True)
    with pytest.raises(errors.NotFoundError):
        Ring.open(name)


@pytest.mark.parametrize("size", [4096, 2 * GRAIN])
def test_a_section_that_is_no_ring_is_none(name: str, size: int) -> None:
    no_ring = pytest.raises(ValueError, match=r"^the section of that name is no Ring$")
    with Section(size, name=name), no_ring:
        Ring.open(name)


@pytest.mark.parametrize("junk", [b"\xff" * 8, struct.pack("<Q", GRAIN + 1)])
def test_positions_that_somebody_wrote_over_are_told_and_never_followed(
    name: str, junk: bytes
) -> None:
    with Ring(GRAIN, name=name) as ring, Section.open(name) as section, section.view() as view:
        ring.push(b"abc")
        view.view(128, 8)[:] = junk  # where the next is pushed
        for use in (lambda: ring.push(b"x"), ring.pull, ring.peek, ring.reserve):
            with pytest.raises((RuntimeError, BufferError, ValueError)):
                use()
        assert ring.filled <= ring.size


def test_two_threads_pass_everything_on_without_a_lock(ring: Ring) -> None:
    source = random.Random(7)
    sizes = [source.randint(1, 5_000) for _ in range(2_000)]
    sent, received = bytearray(), bytearray()
    done = threading.Event()

    def produce() -> None:
        for number, size in enumerate(sizes):
            data = bytes([number % 251]) * size
            while not ring.push(data):
                pass
            sent.extend(data)
        done.set()

    producer = threading.Thread(target=produce)
    producer.start()
    while not done.is_set() or ring.filled:
        received.extend(ring.pull())
    producer.join()
    received.extend(ring.pull())
    assert received == sent
