"""Every object, used by eight threads at once, and closed by one under the hands of the others."""

from __future__ import annotations

import gc
import random
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ntpages.awe import PhysicalPages, Window
from ntpages.regions import Region
from ntpages.sparse import GrowableBuffer, SparseBuffer
from ntpages.write_watch import Snapshots
from reliability.operations import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab
    from reliability.operations import Operation, Shared

pytestmark = pytest.mark.lab

THREADS = 8
ROUNDS = 12  # objects, one after the other, each closed at another moment
USES = 120  # by each thread
PATIENCE = 120  # seconds for what takes one: longer, and two threads wait for each other


def use(shared: Shared, seed: int, close_after: int | None) -> list[BaseException]:
    """Use an object in a random order, and close it amid that if told to; what went wrong."""
    # Uses and moments only: nothing here is a secret.
    order = random.Random(seed)
    errors: list[BaseException] = []
    for turn in range(USES):
        if turn == close_after:
            errors += close(shared)
        try:
            order.choice(shared.uses)(shared.target)
        except shared.allowed:
            pass
        except ValueError as error:
            if not any(word in str(error) for word in ("closed", "released")):
                errors.append(error)
        except BaseException as error:  # whatever it is, it is not documented
            errors.append(error)
    return errors


def close(shared: Shared) -> list[BaseException]:
    """Close an object that others are using: it says no while one of them has a view of it."""
    for _ in range(USES):
        try:
            shared.target.close()
        except BufferError:
            continue
        except BaseException as error:
            return [error]
        return []
    return []


def together(jobs: list[Callable[[], list[BaseException]]]) -> list[BaseException]:
    """Run all at the same time; everything that went wrong."""
    start = threading.Barrier(len(jobs))
    errors: list[BaseException] = []

    def run(job: Callable[[], list[BaseException]]) -> None:
        start.wait()
        errors.extend(job())

    threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "threads wait for each other"
    return errors


@pytest.mark.parametrize("maker", SHARED, ids=lambda maker: maker.name)
def test_eight_threads_share_an_object_and_one_closes_it(lab: Lab, maker: Operation) -> None:
    for turn in range(ROUNDS):
        maker.prepare(lab)
        shared = maker.run()
        closing = USES * turn // ROUNDS
        moments = [closing, *[None] * (THREADS - 1)]
        errors = together([partial(use, shared, *each) for each in enumerate(moments)])
        assert errors == []
        shared.target.close()
        with pytest.raises(ValueError, match="closed"):
            shared.uses[0](shared.target)


MUCH = 4 << 20  # bytes: to give them back takes Windows a while


def snapshots() -> Snapshots:
    region = Region(MUCH, write_watch=True)
    region.view()[::4096] = b"x" * (MUCH // 4096)
    followed = Snapshots(region)
    followed.take()
    return followed


@pytest.mark.parametrize(
    "make",
    [
        lambda: Region(MUCH),
        lambda: SparseBuffer(MUCH),
        lambda: GrowableBuffer(bytes(MUCH)),
        snapshots,
        lambda: PhysicalPages(MUCH // 4096),
        lambda: Window(MUCH),
    ],
    ids=["Region", "SparseBuffer", "GrowableBuffer", "Snapshots", "PhysicalPages", "Window"],
)
def test_what_nobody_closed_is_freed_while_other_threads_go_on(
    lab: Lab, make: Callable[[], object]
) -> None:
    lab.model("awe")
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    thing = make()
    lab.record("VirtualFree", "FreeUserPhysicalPages")
    del thing
    gc.collect()
    calls = lab.calls()
    assert calls
    assert [call.name for call in calls if call.held_up] == []
