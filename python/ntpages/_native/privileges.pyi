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

class EnabledPrivileges:
    def __init__(self, names: list[str]) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

def held_privileges() -> list[Privilege]: ...
def switch_for_good(name: str, enable: bool) -> None: ...
def is_elevated() -> bool: ...
def grant_privilege(name: str, account: str) -> str: ...
