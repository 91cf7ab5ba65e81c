"""The token's privileges, on the modelled token, and the grants of the modelled policy."""

from __future__ import annotations

from ntpages import privileges
from reliability.operations import life, operation

MODELS = ("privileges",)
# What it takes to switch one on: for a call that Windows may allow all the same, nobody is told.
SWITCHING = dict.fromkeys(
    (
        *("OpenProcessToken", "LookupPrivilegeValueW", "GetTokenInformation"),
        *("AdjustTokenPrivileges", "GetModuleHandleW", "GetProcAddress"),
        *("MultiByteToWideChar", "WideCharToMultiByte"),
    ),
    "without its privilege the call may work all the same, or Windows refuses that",
)
NUMBERED = {"LookupPrivilegeNameW": "a privilege newer than the system's table has a number"}


@operation(models=MODELS, absorbs=NUMBERED)
def held() -> object:
    return privileges.held()


@operation(models=MODELS, absorbs=NUMBERED)
def enabled_for_a_block() -> object:
    with privileges.enabled("SeDebugPrivilege", "SeBackupPrivilege"):
        return privileges.held()


@operation(models=MODELS, absorbs=NUMBERED)
def enable_and_disable() -> object:
    privileges.enable("SeDebugPrivilege")
    state = privileges.state("SeDebugPrivilege")
    privileges.disable("SeDebugPrivilege")
    return state, privileges.state("SeDebugPrivilege")


@operation(models=MODELS)
def is_elevated() -> object:
    return privileges.is_elevated()


NAMELESS = {"LookupAccountSidW": "whose name can't be had is told by the SID"}


@operation(models=MODELS, absorbs=NAMELESS)
def grant() -> object:
    return privileges.grant("SeLockMemoryPrivilege")


@operation(models=MODELS, absorbs=NAMELESS)
def grant_to_a_sid() -> object:
    return privileges.grant("SeLockMemoryPrivilege", "S-1-5-32-544")


@operation(models=MODELS, absorbs=NAMELESS)
def grant_to_a_stranger() -> object:
    return privileges.grant("SeLockMemoryPrivilege", "S-1-5-21-1-2-3-4567")


@operation(models=MODELS, absorbs=NAMELESS)
def revoke() -> object:
    privileges.grant("SeLockMemoryPrivilege")
    return privileges.revoke("SeLockMemoryPrivilege")


@operation(models=MODELS, absorbs=NAMELESS)
def accounts() -> object:
    return privileges.accounts("SeDebugPrivilege")


@life(models=MODELS)
def privilege_scope() -> None:
    with privileges.enabled("SeDebugPrivilege"):
        pass
