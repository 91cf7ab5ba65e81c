from dataclasses import dataclass

@dataclass(frozen=True)
class Privilege:
    """A privilege that the process token holds."""

    name: str
    """Windows' name, such as ``"SeLockMemoryPrivilege"``."""
    enabled: bool
    """Whether calls may use it now."""
    enabled_by_default: bool
    """Whether it was enabled when the token was made."""
    removed: bool
    """Whether it was taken out of the token for good."""

@dataclass(frozen=True)
class Account:
    """A user or a group that the local security policy gives a privilege to."""

    name: str
    """As ``domain\\name``; as the SID where the name can't be had."""
    sid: str
    """Security identifier, such as ``"S-1-5-32-544"`` of the administrators."""

class EnabledPrivileges:
    def __init__(self, names: list[str]) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

def held_privileges() -> list[Privilege]: ...
def switch_for_good(name: str, enable: bool) -> None: ...
def is_elevated() -> bool: ...
def grant_privilege(name: str, account: str) -> str: ...
def revoke_privilege(name: str, account: str) -> tuple[str, bool]: ...
def accounts_with_privilege(name: str) -> list[Account]: ...
