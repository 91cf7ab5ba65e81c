"""What only Windows can prove of the process table: the values that Wine leaves at 0."""

from __future__ import annotations

import os

import pytest

from ntpages import processes

pytestmark = pytest.mark.windows


def test_the_table_has_what_wine_does_not_count() -> None:
    [me] = [row for row in processes.list_processes() if row.pid == os.getpid()]
    assert 0 < me.private_working_set <= me.working_set
    assert me.private > 0
    assert me.faults > 0
    assert me.cycles > 0


@pytest.mark.admin
def test_the_kernel_tells_administrators_what_is_shared() -> None:
    table = processes.list_processes(full=True)
    assert max(table.column("shared_commit")) > 0
