"""The door of the privileges model: which token the process has."""

from __future__ import annotations

import ctypes

ENABLED = 2
BY_DEFAULT = 1


class Door:
    """A token. It starts as an administrator's elevated one, which lacks SeLockMemory."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.privileges_number.argtypes = [ctypes.c_wchar_p]

    def _number(self, name: str) -> int:
        number: int = self._dll.privileges_number(name)
        if not number:
            msg = f"Windows has no privilege {name!r}"
            raise LookupError(msg)
        return number

    def hold(self, name: str, *, enabled: bool = False, by_default: bool = False) -> None:
        """Let the token hold a privilege."""
        self.mark(name, ENABLED * enabled | BY_DEFAULT * by_default)

    def mark(self, name: str, attributes: int) -> None:
        """Let the token hold a privilege with these attributes, SE_PRIVILEGE_..."""
        self._dll.privileges_set(self._number(name), 1, attributes)

    def drop(self, *names: str) -> None:
        """Take privileges from the token."""
        for name in names:
            self._dll.privileges_set(self._number(name), 0, 0)

    def state(self, name: str) -> bool | None:
        """Whether it is enabled; None if it is not held."""
        attributes = self._dll.privileges_attributes(self._number(name))
        return None if attributes < 0 else bool(attributes & ENABLED)

    def elevate(self, *, on: bool = True) -> None:
        """Say whether the token is elevated."""
        self._dll.privileges_elevate(on)

    def standard_user(self) -> None:
        """Become a user who is no administrator."""
        self.elevate(on=False)
        for number in range(2, 37):
            self._dll.privileges_set(number, 0, 0)
        for name in ("SeShutdown", "SeUndock", "SeIncreaseWorkingSet", "SeTimeZone"):
            self.hold(f"{name}Privilege")
        self.hold("SeChangeNotifyPrivilege", enabled=True, by_default=True)

    def granted(self, name: str) -> bool:
        """Whether LSA was asked to grant it."""
        return bool(self._dll.privileges_granted(self._number(name)))

    @property
    def policies(self) -> int:
        """Handles of LSA's policy that are open."""
        count: int = self._dll.privileges_policies()
        return count
