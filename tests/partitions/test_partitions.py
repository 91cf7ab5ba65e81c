"""Memory partitions: made, opened, asked, given memory, and allocated from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages import memory_lists, partitions, system
from ntpages.errors import (
    AccessDeniedError,
    NtError,
    OutOfMemoryError,
    PrivilegeNotHeldError,
    UnavailableError,
)
from ntpages.partitions import Partition
from ntpages.regions import Region

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096
MIB = 1 << 20
LOCK_MEMORY = "SeLockMemoryPrivilege"
SYSTEMS_OWN = r"\KernelObjects\MemoryPartition0"
MINE = r"\BaseNamedObjects\mine"


@pytest.fixture
def token(lab: Lab) -> Any:
    """The token, on a machine with partitions; it may lock memory."""
    lab.model("partitions")
    token = lab.model("privileges")
    token.hold(LOCK_MEMORY)
    return token


# ---- The system's own --------------------------------------------------------------------------


def test_the_system_s_partition_is_asked_without_any_privilege(lab: Lab, token: Any) -> None:
    token.standard_user()
    memory, pages = partitions.system(), lab.model("memory_lists").pages
    assert (memory.id, memory.nodes) == (0, 1)
    assert memory.standby == tuple(count * PAGE for count in pages.standby)
    assert memory.repurposed == tuple(count * PAGE for count in pages.repurposed)
    assert (memory.zero, memory.free) == (pages.zero * PAGE, pages.free * PAGE)
    assert memory.standby_total == sum(memory.standby)
    assert memory.available == memory.zero + memory.free + memory.standby_total < memory.total
    assert memory.resident_available < memory.available
    assert (
        memory.committed == memory.commit_peak < memory.commit_limit < memory.commit_limit_maximum
    )
    assert partitions.current() == memory


def test_the_page_lists_are_told_in_part_without_the_privilege(lab: Lab, token: Any) -> None:
    whole = memory_lists.query()
    assert not whole.partial
    token.standard_user()
    part = memory_lists.query()
    assert part.partial
    assert (part.zero, part.free, part.ready) == (whole.zero, whole.free, whole.ready)
    assert (part.standby, part.repurposed) == (whole.standby, whole.repurposed)
    assert part.standby_total == whole.standby_total
    unknown = (part.modified, part.modified_no_write, part.modified_page_file, part.bad)
    assert unknown == (None, None, None, None)
    lab.hide("NtManagePartition")
    with pytest.raises(PrivilegeNotHeldError) as refused:
        memory_lists.query()
    assert refused.value.privilege == "SeProfileSingleProcessPrivilege"


# ---- Made and opened ---------------------------------------------------------------------------


def test_a_partition_is_made_empty_and_given_memory(token: Any) -> None:
    assert token.state(LOCK_MEMORY) is False
    before = partitions.system()
    with Partition() as partition:
        assert partition.memory().total == 0
        assert partition.memory().id != 0
        partition.take(10 * MIB + 1)
        memory = partition.memory()
        assert memory.total == memory.available == 10 * MIB + PAGE
        assert partitions.system().total == before.total - memory.total
    assert token.state(LOCK_MEMORY) is False


def test_a_partition_is_found_by_its_name(token: Any) -> None:
    assert token
    with Partition(MINE) as made, Partition.open(MINE.upper()) as opened:
        assert opened.memory().id == made.memory().id
        with pytest.raises(AccessDeniedError, match="NtManagePartition"):
            opened.take(PAGE)
        with pytest.raises(NtError) as refused:
            Partition(MINE)
        assert (refused.value.call, refused.value.status) == ("NtCreatePartition", 0xC0000035)
        with Partition.open(MINE, modify=True) as whole:
            whole.take(PAGE)
        assert made.memory().total == PAGE
    with pytest.raises(NtError, match="nobody") as refused:
        Partition.open(r"\BaseNamedObjects\nobody")
    assert refused.value.status == 0xC0000034


def test_the_system_s_partition_is_opened_by_administrators(token: Any) -> None:
    with Partition.open(SYSTEMS_OWN) as partition:
        assert partition.memory() == partitions.system()
    token.standard_user()
    with pytest.raises(AccessDeniedError, match="NtOpenPartition"):
        Partition.open(SYSTEMS_OWN)


def test_making_one_takes_a_privilege_and_the_message_says_how_to_get_it(token: Any) -> None:
    token.drop(LOCK_MEMORY)
    with pytest.raises(PrivilegeNotHeldError, match="ntpages privileges grant") as refused:
        Partition()
    assert refused.value.privilege == LOCK_MEMORY


def test_a_partition_is_not_kept_where_the_privilege_can_not_be_given_back(
    lab: Lab, token: Any
) -> None:
    assert token
    lab.fail("AdjustTokenPrivileges", nth=2, code=5)
    with pytest.raises(NtError, match="AdjustTokenPrivileges"):
        Partition(MINE)
    assert lab.count("NtCreatePartition") == 1
    assert lab.count("CloseHandle") > 0


def test_no_more_can_be_taken_than_there_is(token: Any) -> None:
    assert token
    with Partition() as partition:
        with pytest.raises(OutOfMemoryError) as refused:
            partition.take(1 << 40)
        assert refused.value.status == 0xC000009A
        assert "contiguous" not in str(refused.value)
        with pytest.raises(NtError) as refused_node:
            partition.take(PAGE, node=9)
        assert refused_node.value.status == 0xC000000D


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mine", "must be a path of the kernel's"),
        ("\\" + "n" * 32767, "at most 32766 characters"),
        ("", "must not be empty"),
        ("\\a\0b", "must not be empty or hold a NUL"),
    ],
)
def test_a_name_is_a_path_of_the_kernel_s(name: str, words: str) -> None:
    for make in (Partition, Partition.open):
        with pytest.raises(ValueError, match=words):
            make(name)


def test_a_closed_partition_is_refused(token: Any) -> None:
    assert token
    partition = Partition()
    assert f"{partition.handle:#x}" in repr(partition)
    partition.close()
    partition.close()  # twice: no harm
    assert repr(partition) == "<Partition closed>"
    with pytest.raises(ValueError, match="Partition is closed"):
        partition.memory()
    with pytest.raises(ValueError, match="Partition is closed"):
        partition.take(PAGE)
    with pytest.raises(ValueError, match="Partition is closed"):
        Region(PAGE, partition=partition)


# ---- Memory of it ------------------------------------------------------------------------------


def test_a_region_takes_memory_of_a_partition(lab: Lab, token: Any) -> None:
    assert token
    lab.model("regions")
    with Partition() as partition:
        for given in (partition, partition.handle):
            with Region(PAGE, partition=given) as region:
                region.view()[0] = 1
        handle = partition.handle
    with pytest.raises(NtError) as refused:
        Region(PAGE, partition=handle + 4)
    assert refused.value.code == 6
    with pytest.raises(TypeError, match="partition must be an int, not 'mine'"):
        Region(PAGE, partition="mine")  # type: ignore[arg-type]


# ---- Where there is none -----------------------------------------------------------------------


def test_a_windows_without_partitions_says_so() -> None:
    if system.windows().wine is None:
        assert 0 < partitions.system().total <= 2 * system.memory().total
    else:
        for ask in (partitions.system, partitions.current, Partition):
            with pytest.raises((UnavailableError, PrivilegeNotHeldError)):
                ask()
