"""Privileges: what the process token may do, switched on for as long as it is needed.

A privilege must be *held* (given by an administrator, part of the token since logon) and
*enabled* (switched on) before Windows lets a call use it. Everything here acts on the token of
the process; a thread that impersonates somebody has a token of its own, which is left alone.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import privileges as native
from ntpages._native.privileges import Account, Privilege
from ntpages.errors import NtError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Account",
    "Grant",
    "Privilege",
    "PrivilegeState",
    "Revocation",
    "accounts",
    "disable",
    "enable",
    "enabled",
    "enabled_if_held",
    "grant",
    "held",
    "is_elevated",
    "revoke",
    "state",
]

__dir__ = __all__.copy


class PrivilegeState(Enum):
    """How a privilege stands in the process token."""

    NOT_HELD = "not held"
    DISABLED = "held, disabled"
    ENABLED = "enabled"


@dataclass(frozen=True, slots=True)
class Grant:
    """A right given to an account. It takes effect with the account's next logon."""

    privilege: str
    """The privilege granted."""
    account: str
    """Who got it, as ``domain\\name``; as the SID where the name can't be had."""

    def __str__(self) -> str:
        """Return what was done and what is still to do."""
        return f"{self.privilege} granted to {self.account}: log off and on again to hold it"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A right taken from an account. Who is logged on keeps it until the next logon."""

    privilege: str
    """The privilege taken."""
    account: str
    """Who had it, as ``domain\\name``; as the SID where the name can't be had."""
    held: bool
    """Whether the account had been given it; else nothing was changed."""

    def __str__(self) -> str:
        """Return what was done, and what it leaves as it was."""
        if not self.held:
            return (
                f"{self.account} has not been given {self.privilege} itself: nothing was changed."
                " It may have it through a group: see accounts"
            )
        return f"{self.privilege} revoked from {self.account}: sessions have it until they log off"


def held() -> list[Privilege]:
    """Return every privilege in the process token, in the token's order.

    Raises:
        AccessDeniedError: The process may not read its own token.
        NtError: Windows refused.

    Source: ``GetTokenInformation`` (securitybaseapi.h), Windows XP.
    """
    return native.held_privileges()


def state(name: str) -> PrivilegeState:
    """Return whether the token holds ``name``, and whether it is enabled.

    Args:
        name: Privilege, upper and lower case alike.

    Raises:
        AccessDeniedError: The process may not read its own token.
        NtError: Windows refused.

    Source: ``GetTokenInformation`` (securitybaseapi.h), Windows XP.
    """
    wanted = arguments.name("name", name).casefold()
    for privilege in held():
        if privilege.name.casefold() == wanted:
            return PrivilegeState.ENABLED if privilege.enabled else PrivilegeState.DISABLED
    return PrivilegeState.NOT_HELD


def enable(*names: str) -> None:
    """Enable privileges until they are disabled or the process ends.

    Args:
        names: Privileges, such as ``"SeDebugPrivilege"``.

    Raises:
        PrivilegeNotHeldError: The token lacks one; ``.privilege`` names it. Those before it in
            ``names`` stay enabled.
        NtError: Windows knows no such privilege.

    Source: ``AdjustTokenPrivileges`` (securitybaseapi.h), Windows XP.
    """
    for name in arguments.each("names", names, arguments.name):
        native.switch_for_good(name, enable=True)


def disable(*names: str) -> None:
    """Disable privileges. They stay held and can be enabled again.

    A privilege that an open ``enabled()`` block needs goes off when the block ends.

    Args:
        names: Privileges, such as ``"SeDebugPrivilege"``.

    Raises:
        PrivilegeNotHeldError: The token lacks one; ``.privilege`` names it.
        NtError: Windows knows no such privilege.

    Source: ``AdjustTokenPrivileges`` (securitybaseapi.h), Windows XP.
    """
    for name in arguments.each("names", names, arguments.name):
        native.switch_for_good(name, enable=False)


@contextmanager
def enabled(*names: str) -> Iterator[None]:
    """Enable privileges for the length of a ``with`` block, then restore what was there.

    Blocks nest and may run in many threads at once: a privilege goes back to its earlier state
    when the last block that needs it ends, also when the body raises, or an interrupt does. Where
    Windows refuses that, it is an error, and tried again at the end of every later block.

    Args:
        names: Privileges, such as ``"SeProfileSingleProcessPrivilege"``.

    Raises:
        PrivilegeNotHeldError: The token lacks one; ``.privilege`` names it. Nothing stays
            enabled.
        NtError: Windows knows no such privilege.

    Source: ``AdjustTokenPrivileges`` (securitybaseapi.h), Windows XP.
    """
    with native.EnabledPrivileges(arguments.each("names", names, arguments.name)):
        yield


@contextmanager
def enabled_if_held(*names: str) -> Iterator[None]:
    """Enable privileges for the length of a ``with`` block, and do without those that can't be.

    For calls that Windows may allow all the same: it has the last word. The rest is as
    ``enabled()`` does it.

    Args:
        names: Privileges, such as ``"SeDebugPrivilege"``.

    Raises:
        NtError: Windows refused to restore what was there.

    Source: ``AdjustTokenPrivileges`` (securitybaseapi.h), Windows XP.
    """
    with ExitStack() as scopes:
        for name in arguments.each("names", names, arguments.name):
            with suppress(NtError):
                scopes.enter_context(enabled(name))
        yield


def is_elevated() -> bool:
    """Return whether the process runs with an administrator's full token.

    Raises:
        NtError: Windows refused.

    Source: ``GetTokenInformation`` with ``TokenElevation``, Windows Vista.
    """
    return native.is_elevated()


def grant(name: str, account: str | None = None) -> Grant:
    r"""Give an account a privilege through the local security policy.

    The tokens of sessions that are logged on don't change: the account must log off and on
    again. This is how a user gets ``SeLockMemoryPrivilege`` for large pages and AWE, which
    nobody holds by default, administrators included.

    Args:
        name: Privilege, such as ``"SeLockMemoryPrivilege"``.
        account: ``"user"``, ``"domain\user"`` or a group, or its SID, since groups have other
            names in other languages: ``"S-1-5-32-544"`` are the administrators everywhere.
            ``None`` is the current user.

    Returns:
        Who got it, and what is still to do.

    Raises:
        AccessDeniedError: The process is not elevated.
        NtError: No such privilege, no such account, or a domain's name, not an account's.

    Needs: an elevated administrator.

    Source: ``LsaAddAccountRights`` (ntsecapi.h), Windows XP.
    """
    arguments.name("name", name)
    whose = "" if account is None else arguments.name("account", account)
    return Grant(privilege=name, account=native.grant_privilege(name, whose))


def revoke(name: str, account: str | None = None) -> Revocation:
    r"""Take a privilege from an account, as far as the account itself was given it.

    Where it comes through a group, it is the group to take it from: ``accounts()`` lists both. The
    tokens of sessions that are logged on don't change.

    Args:
        name: Privilege, such as ``"SeLockMemoryPrivilege"``.
        account: ``"user"``, ``"domain\user"`` or a group, or its SID, as for ``grant()``. ``None``
            is the current user.

    Returns:
        Whom it was taken from, and whether it was there to take.

    Raises:
        AccessDeniedError: The process is not elevated.
        NtError: No such privilege, no such account, or a domain's name, not an account's.

    Needs: an elevated administrator.

    Source: ``LsaEnumerateAccountRights``, ``LsaRemoveAccountRights`` (ntsecapi.h), Windows XP.
    """
    arguments.name("name", name)
    whose, held = native.revoke_privilege(
        name, "" if account is None else arguments.name("account", account)
    )
    return Revocation(privilege=name, account=whose, held=held)


def accounts(name: str) -> tuple[Account, ...]:
    """Return who has been given a privilege by the security policy of this machine.

    Users and groups, in Windows' order: whoever is in one of the groups has it as well, from the
    next logon on. Nobody has ``SeLockMemoryPrivilege`` to begin with. LocalSystem, the account of
    most services, has it and many others without being listed.

    Args:
        name: Privilege, such as ``"SeLockMemoryPrivilege"``, upper and lower case alike.

    Raises:
        AccessDeniedError: The policy may not be read.
        NtError: Windows knows no such privilege.

    Needs: an elevated administrator.

    Source: ``LsaEnumerateAccountsWithUserRight`` (ntsecapi.h), Windows XP.
    """
    return tuple(native.accounts_with_privilege(arguments.name("name", name)))
