"""Privileges: switched on for as long as they are needed, then as they were."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from ntpages import errors, privileges
from ntpages.privileges import PrivilegeState

if TYPE_CHECKING:
    from ntlab import Lab

HELD = "SeDebugPrivilege"  # held and disabled in an elevated token, on Windows and on Wine
UNHELD = "SeLockMemoryPrivilege"  # held by nobody by default


@pytest.fixture(autouse=True)
def _disabled_before_and_after() -> object:
    if privileges.state(HELD) is PrivilegeState.NOT_HELD:
        pytest.skip(f"the token does not hold {HELD}: run elevated")
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
        pytest.skip(f"the token holds {UNHELD}")
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


@pytest.mark.parametrize("name", ["", "Se\0Debug"])
def test_a_name_that_can_not_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"names\[0\] must not be empty or hold a NUL"):
        privileges.enable(name)


def test_a_number_is_not_a_name() -> None:
    with pytest.raises(TypeError, match="not 20"):
        privileges.state(20)  # type: ignore[arg-type]


def test_grant_refuses_an_empty_account() -> None:
    with pytest.raises(ValueError, match="account"):
        privileges.grant(HELD, "")


def test_grant_names_the_privilege_that_does_not_exist() -> None:
    with pytest.raises(errors.NtError, match="SeNoSuchPrivilege"):
        privileges.grant("SeNoSuchPrivilege")


# ---- Against a modelled token --------------------------------------------------------------------


def test_a_token_that_lacks_it_says_so_and_success_is_no_success(lab: Lab) -> None:
    token = lab.model("privileges")
    token.drop(HELD)
    with pytest.raises(errors.PrivilegeNotHeldError) as refused, privileges.enabled(HELD):
        pytest.fail("the body must not run")
    assert refused.value.privilege == HELD
    assert refused.value.code == 1300


def test_a_block_over_several_gives_back_those_it_got(lab: Lab) -> None:
    token = lab.model("privileges")
    token.drop(UNHELD)
    with pytest.raises(errors.PrivilegeNotHeldError), privileges.enabled(HELD, UNHELD):
        pytest.fail("the body must not run")
    assert token.state(HELD) is False


def test_a_privilege_enabled_at_logon_stays_enabled(lab: Lab) -> None:
    token = lab.model("privileges")
    token.hold(HELD, enabled=True, by_default=True)
    with privileges.enabled(HELD):
        pass
    assert token.state(HELD) is True
    (found,) = [one for one in privileges.held() if one.name == HELD]
    assert found.enabled_by_default
    token.hold(HELD)


def test_grant_goes_through_the_security_policy_and_says_what_is_left_to_do(lab: Lab) -> None:
    token = lab.model("privileges")
    done = privileges.grant(UNHELD)
    assert token.granted(UNHELD)
    assert done.privilege == UNHELD
    assert "\\" in done.account
    assert "log off and on" in str(done)


def test_grant_takes_a_sid_since_groups_have_a_name_in_each_language(lab: Lab) -> None:
    token = lab.model("privileges")
    done = privileges.grant(UNHELD, "S-1-5-32-544")
    assert token.granted(UNHELD)
    assert "\\" in done.account


def test_grant_tells_a_stranger_by_the_sid(lab: Lab) -> None:
    token = lab.model("privileges")
    stranger = "S-1-5-21-1-2-3-4567"
    assert privileges.grant(UNHELD, stranger).account == stranger
    assert token.granted(UNHELD)


def test_grant_refuses_what_only_looks_like_a_sid(lab: Lab) -> None:
    token = lab.model("privileges")
    with pytest.raises(errors.NtError, match="S-1-nonsense") as refused:
        privileges.grant(UNHELD, "S-1-nonsense")
    assert refused.value.call == "ConvertStringSidToSidW"
    assert not token.granted(UNHELD)


def test_a_computer_is_no_account(lab: Lab) -> None:
    token = lab.model("privileges")
    name = os.environ["COMPUTERNAME"]
    with pytest.raises(errors.NtError, match=f"{name} is no user or group") as refused:
        privileges.grant(UNHELD, name)
    assert refused.value.call == "LookupAccountNameW"
    assert not token.granted(UNHELD)


def test_grant_is_for_administrators(lab: Lab) -> None:
    lab.model("privileges").standard_user()
    with pytest.raises(errors.AccessDeniedError):
        privileges.grant(UNHELD)


def test_elevation_is_the_tokens(lab: Lab) -> None:
    token = lab.model("privileges")
    token.elevate(on=False)
    assert not privileges.is_elevated()
    token.elevate(on=True)
    assert privileges.is_elevated()
