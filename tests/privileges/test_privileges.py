"""Privileges: what is refused before Windows is asked, and what becomes of a modelled token."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ntpages import errors, privileges
from ntpages.privileges import Privilege

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

HELD = "SeDebugPrivilege"
UNHELD = "SeLockMemoryPrivilege"


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


@pytest.mark.parametrize(("name", "kind"), [("", ValueError), ("Se\0", ValueError), (1, TypeError)])
def test_grant_takes_a_name_for_the_privilege(name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="name must"):
        privileges.grant(name)


def test_grant_names_the_privilege_that_does_not_exist() -> None:
    with pytest.raises(errors.NtError, match="SeNoSuchPrivilege"):
        privileges.grant("SeNoSuchPrivilege")


# winnt.h: SE_PRIVILEGE_ENABLED_BY_DEFAULT, SE_PRIVILEGE_ENABLED, SE_PRIVILEGE_REMOVED
@pytest.mark.parametrize(
    ("attributes", "enabled", "by_default", "removed"),
    [
        (0x0, False, False, False),
        (0x1, False, True, False),
        (0x2, True, False, False),
        (0x3, True, True, False),
        (0x4, False, False, True),
        (0x8000_0000, False, False, False),
    ],
)
def test_the_bits_of_a_privilege_are_windows_own(
    lab: Lab,
    attributes: int,
    *,
    enabled: bool,
    by_default: bool,
    removed: bool,
) -> None:
    lab.model("privileges").mark(HELD, attributes)
    [told] = [each for each in privileges.held() if each.name == HELD]
    assert told == Privilege(HELD, enabled, by_default, removed)


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


OTHER = "SeProfileSingleProcessPrivilege"


def run(name: str) -> None:
    with privileges.enabled(name):
        pass


@pytest.mark.parametrize(
    "later",
    [lambda: run(OTHER), lambda: run(HELD), lambda: privileges.disable(HELD)],
    ids=["another block", "its own block", "disable"],
)
def test_a_privilege_that_windows_leaves_on_is_told_and_switched_off_later(
    lab: Lab, later: Callable[[], object]
) -> None:
    token = lab.model("privileges")
    token.hold(HELD)
    token.hold(OTHER)
    with pytest.raises(errors.NtError, match=HELD), privileges.enabled(HELD):
        lab.fail("AdjustTokenPrivileges")
    assert token.state(HELD) is True
    later()
    assert token.state(HELD) is False
    assert token.state(OTHER) is False


def test_a_privilege_that_was_enabled_for_good_meanwhile_stays_on(lab: Lab) -> None:
    token = lab.model("privileges")
    token.hold(HELD)
    with pytest.raises(errors.NtError, match=HELD), privileges.enabled(HELD):
        lab.fail("AdjustTokenPrivileges")
    privileges.enable(HELD)
    with privileges.enabled(HELD):
        pass
    assert token.state(HELD) is True
    privileges.disable(HELD)
    assert token.state(HELD) is False


def test_blocks_over_several_leave_the_rest_though_one_is_refused(lab: Lab) -> None:
    token = lab.model("privileges")
    token.hold(HELD)
    token.hold(OTHER)
    with pytest.raises(errors.NtError, match=OTHER), privileges.enabled(HELD, OTHER, HELD.upper()):
        lab.fail("AdjustTokenPrivileges", nth=1)
    assert token.state(HELD) is False
    assert token.state(OTHER) is False  # the end of the next one tried again


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


ADMINISTRATORS, STRANGER = "S-1-5-32-544", "S-1-5-21-1-2-3-4567"


def test_a_grant_is_listed_until_it_is_revoked(lab: Lab) -> None:
    lab.model("privileges")
    assert privileges.accounts(UNHELD) == ()
    privileges.grant(UNHELD, STRANGER)
    privileges.grant(UNHELD.lower(), ADMINISTRATORS)
    administrators, stranger = privileges.accounts(UNHELD)
    assert administrators.sid == ADMINISTRATORS
    assert administrators.name.partition("\\")[2] == "Administrators"
    assert stranger == privileges.Account(STRANGER, STRANGER)
    done = privileges.revoke(UNHELD, STRANGER)
    assert done == privileges.Revocation(UNHELD, STRANGER, held=True)
    assert "until they log off" in str(done)
    assert [each.sid for each in privileges.accounts(UNHELD)] == [ADMINISTRATORS]


@pytest.mark.parametrize("other", [HELD, None], ids=["with another right", "unknown to the policy"])
def test_what_was_not_given_is_told_and_nothing_is_removed(lab: Lab, other: str | None) -> None:
    lab.model("privileges")
    if other:
        privileges.grant(other, STRANGER)
    lab.record("LsaRemoveAccountRights")
    done = privileges.revoke(UNHELD, STRANGER)
    assert done == privileges.Revocation(UNHELD, STRANGER, held=False)
    assert "nothing was changed" in str(done)
    assert lab.calls("LsaRemoveAccountRights") == []


def test_one_right_is_taken_and_the_others_stay(lab: Lab) -> None:
    lab.model("privileges")
    privileges.grant(UNHELD, ADMINISTRATORS)
    privileges.revoke(UNHELD, ADMINISTRATORS)
    assert privileges.accounts(UNHELD) == ()
    assert [each.sid for each in privileges.accounts(HELD)] == [ADMINISTRATORS]


def test_a_refused_removal_names_the_privilege(lab: Lab) -> None:
    lab.model("privileges")
    privileges.grant(UNHELD)
    lab.fail("LsaRemoveAccountRights")
    with pytest.raises(errors.AccessDeniedError, match=UNHELD) as refused:
        privileges.revoke(UNHELD)
    assert refused.value.call == "LsaRemoveAccountRights"
    assert len(privileges.accounts(UNHELD)) == 1


def test_the_policy_is_for_administrators(lab: Lab) -> None:
    lab.model("privileges").standard_user()
    for ask in (privileges.accounts, privileges.revoke):
        with pytest.raises(errors.AccessDeniedError):
            ask(UNHELD)


@pytest.mark.parametrize("ask", [privileges.accounts, privileges.revoke])
def test_a_privilege_that_does_not_exist_is_named(lab: Lab, ask: Callable[[str], object]) -> None:
    lab.model("privileges")
    with pytest.raises(errors.NtError, match="SeNoSuchPrivilege"):
        ask("SeNoSuchPrivilege")


def test_elevation_is_the_tokens(lab: Lab) -> None:
    token = lab.model("privileges")
    token.elevate(on=False)
    assert not privileges.is_elevated()
    token.elevate(on=True)
    assert privileges.is_elevated()
