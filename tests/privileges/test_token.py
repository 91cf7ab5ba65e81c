"""The token of this very process: privileges are switched on in it, and off again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ntpages import errors, privileges
from ntpages.privileges import PrivilegeState

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD = "SeDebugPrivilege"  # held and disabled in an elevated token, on Windows and on Wine
UNHELD = "SeLockMemoryPrivilege"  # held by nobody by default

pytestmark = pytest.mark.admin


@pytest.fixture(autouse=True)
def _disabled_before_and_after() -> Iterator[None]:
    privileges.disable(HELD)
    yield
    privileges.disable(HELD)


def test_held_lists_names_and_states() -> None:
    found = {privilege.name: privilege for privilege in privileges.held()}
    assert found["SeChangeNotifyPrivilege"].enabled
    assert not found[HELD].enabled
    assert not found[HELD].removed


def test_state_tells_the_three_states_apart() -> None:
    assert privileges.state(HELD) is PrivilegeState.DISABLED
    assert privileges.state("sechangenotifyprivilege") is PrivilegeState.ENABLED
    assert privileges.state("SeNoSuchPrivilege") is PrivilegeState.NOT_HELD


def test_enable_and_disable_change_the_token() -> None:
    privileges.enable(HELD)
    assert privileges.state(HELD) is PrivilegeState.ENABLED
    privileges.disable(HELD)
    assert privileges.state(HELD) is PrivilegeState.DISABLED


def test_not_all_assigned_is_a_failure_that_names_the_privilege() -> None:
    if privileges.state(UNHELD) is not PrivilegeState.NOT_HELD:
        pytest.skip(f"the token holds {UNHELD}: somebody granted it on this machine")
    with pytest.raises(errors.PrivilegeNotHeldError) as refused:
        privileges.enable(UNHELD)
    assert refused.value.privilege == UNHELD
    assert refused.value.call == "AdjustTokenPrivileges"
    assert refused.value.code == 1300


def test_a_block_gives_back_what_it_found() -> None:
    with privileges.enabled(HELD):
        assert privileges.state(HELD) is PrivilegeState.ENABLED
    assert privileges.state(HELD) is PrivilegeState.DISABLED
    privileges.enable(HELD)
    with privileges.enabled(HELD):
        pass
    assert privileges.state(HELD) is PrivilegeState.ENABLED


def test_a_block_gives_back_when_its_body_raises() -> None:
    with pytest.raises(KeyError), privileges.enabled(HELD):
        raise KeyError
    assert privileges.state(HELD) is PrivilegeState.DISABLED


def test_blocks_nest() -> None:
    with privileges.enabled(HELD):
        with privileges.enabled(HELD.upper()):
            pass
        assert privileges.state(HELD) is PrivilegeState.ENABLED
    assert privileges.state(HELD) is PrivilegeState.DISABLED


def test_a_block_that_can_not_have_all_leaves_none_enabled() -> None:
    with pytest.raises(errors.NtError), privileges.enabled(HELD, "SeNoSuchPrivilege"):
        pytest.fail("the body must not run")
    assert privileges.state(HELD) is PrivilegeState.DISABLED


def test_switching_inside_a_block_takes_effect_when_it_ends() -> None:
    with privileges.enabled(HELD):
        privileges.enable(HELD)
    assert privileges.state(HELD) is PrivilegeState.ENABLED
    with privileges.enabled(HELD):
        privileges.disable(HELD)
        assert privileges.state(HELD) is PrivilegeState.ENABLED
    assert privileges.state(HELD) is PrivilegeState.DISABLED


def test_the_last_of_many_threads_switches_off() -> None:
    seen_disabled = []
    barrier = threading.Barrier(8)

    def use() -> None:
        barrier.wait()
        for _ in range(200):
            with privileges.enabled(HELD):
                if privileges.state(HELD) is not PrivilegeState.ENABLED:
                    seen_disabled.append(1)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not seen_disabled
    assert privileges.state(HELD) is PrivilegeState.DISABLED
