"""Checks of the token and of the rights of accounts."""

from __future__ import annotations

from ntpages import privileges
from ntpages.doctor.checks.check import Room, Seen, needs
from ntpages.errors import AccessDeniedError
from ntpages.privileges import PrivilegeState

_room = Room("privileges")
CHECKS = _room.checks

_EVERYBODY_HAS = "SeChangeNotifyPrivilege"
_ADMINISTRATORS_HAVE = "SeDebugPrivilege"


@_room.check()
def token() -> Seen:
    """An elevated token holds SeDebugPrivilege; a filtered one does not."""
    held = {privilege.name for privilege in privileges.held()}
    elevated = privileges.is_elevated()
    enabled = sum(privilege.enabled for privilege in privileges.held())
    said = f"elevated {elevated}, {len(held)} privileges, {enabled} of them enabled"
    return Seen(elevated == (_ADMINISTRATORS_HAVE in held), said)


@_room.check()
def switching() -> Seen:
    """A privilege that was off is on inside the block, and off again behind it."""
    needs(_ADMINISTRATORS_HAVE)
    before = privileges.state(_ADMINISTRATORS_HAVE)
    with privileges.enabled(_ADMINISTRATORS_HAVE):
        inside = privileges.state(_ADMINISTRATORS_HAVE)
    after = privileges.state(_ADMINISTRATORS_HAVE)
    holds = inside is PrivilegeState.ENABLED and after is before
    return Seen(holds, f"{before.value}, {inside.value}, {after.value}")


@_room.check(changes=f"writes down that this account holds {_EVERYBODY_HAS}, which everybody holds")
def grant() -> Seen:
    """LSA takes a right for the account of this process."""
    privileges.grant(_EVERYBODY_HAS)
    return Seen(holds=True, came="granted")


@_room.check()
def accounts() -> Seen:
    """LSA lists who has SeDebugPrivilege to an administrator, and refuses others."""
    try:
        found = privileges.accounts(_ADMINISTRATORS_HAVE)
    except AccessDeniedError:
        return Seen(not privileges.is_elevated(), f"refused, elevated {privileges.is_elevated()}")
    listed = "S-1-5-32-544" in {account.sid for account in found}
    said = f"{len(found)} accounts, administrators {listed}, elevated {privileges.is_elevated()}"
    return Seen(listed and privileges.is_elevated(), said)
