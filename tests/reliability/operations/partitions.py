"""Memory partitions, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import memory_lists, partitions
from ntpages.errors import PrivilegeNotHeldError
from ntpages.partitions import Partition
from ntpages.regions import Region
from reliability.operations import Shared, life, operation, shared
from reliability.operations.privileges import SWITCHING

if TYPE_CHECKING:
    from ntlab import Lab

MODELS = ("partitions", "regions")
PAGE = 4096


def hold(lab: Lab) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege")


def standard_user(lab: Lab) -> None:
    lab.model("privileges").standard_user()


@operation(models=MODELS)
def system() -> object:
    return partitions.system().standby, partitions.current().id


@operation(
    models=MODELS,
    setup=standard_user,
    absorbs={
        **SWITCHING,
        "NtQuerySystemInformation": "it is refused here in any case, and the partition asked",
        "NtManagePartition": "the refusal that is told is that of the page lists",
    },
)
def lists_without_the_privilege() -> object:
    try:
        return memory_lists.query().partial
    except PrivilegeNotHeldError as refused:
        return refused.privilege


@operation(models=MODELS, setup=hold)
def made_opened_and_allocated_from() -> object:
    name = r"\BaseNamedObjects\operated"
    with Partition(name) as partition, Partition.open(name) as opened:
        partition.take(16 * PAGE)
        with Region(PAGE, partition=partition) as region:
            return opened.memory().total, region.committed


@life(models=MODELS, setup=hold, cycles=1000)
def partition() -> None:
    with Partition() as made:
        made.memory()


@shared(models=MODELS, setup=hold)
def one_partition() -> Shared:
    return Shared(
        Partition(),
        (
            lambda partition: partition.memory(),
            lambda partition: partition.take(PAGE),
            lambda partition: partition.handle,
        ),
    )
