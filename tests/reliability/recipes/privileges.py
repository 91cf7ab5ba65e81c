"""One block that all want to enter."""

from __future__ import annotations

from ntpages._native import privileges as native_privileges
from ntpages.privileges import PrivilegeState, state
from reliability.racing import Race, race


@race("privileges.EnabledPrivileges")
def enabled_privileges() -> Race:
    name = "SeSystemtimePrivilege"
    before = state(name)
    scope = native_privileges.EnabledPrivileges([name] if before != PrivilegeState.NOT_HELD else [])

    def use(_: int) -> None:
        with scope:
            pass

    def ends() -> None:
        scope.__exit__()
        assert state(name) == before

    return Race((use,), ends=ends, allowed=(RuntimeError,))  # it is entered already
