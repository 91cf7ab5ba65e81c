"""The laboratory's token: as strict as Windows about access, what is held, and who asks."""

from __future__ import annotations

import ctypes
import struct
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

TOKEN_QUERY, TOKEN_ADJUST = 8, 0x20
LOCK_MEMORY, DEBUG = 4, 20


class Token:
    """The process's token, opened and used as ntpages does it."""

    def __init__(self, lab: Lab, access: int = TOKEN_QUERY | TOKEN_ADJUST) -> None:
        self._adjust = lab.reach("AdjustTokenPrivileges", "advapi32.dll")
        self._information = lab.reach("GetTokenInformation", "advapi32.dll")
        self._close = lab.reach("CloseHandle", "kernel32.dll")
        handle = ctypes.c_uint64()
        open_ = lab.reach("OpenProcessToken", "advapi32.dll")
        assert open_((1 << 64) - 1, access, ctypes.byref(handle)) & 1
        self.handle = handle.value

    def close(self) -> None:
        assert self._close(self.handle) & 1

    def adjust(self, *changes: tuple[int, int], room: int = 256) -> tuple[int, int, list[Any]]:
        """Whether it worked, the last error, and what was before."""
        wanted = struct.pack("<I", len(changes))
        for number, attributes in changes:
            wanted += struct.pack("<IiI", number, 0, attributes)
        before = ctypes.create_string_buffer(256)
        length = ctypes.c_uint32()
        done = self._adjust(self.handle, 0, wanted, room, before, ctypes.byref(length)) & 1
        code = ctypes.get_last_error()
        count = struct.unpack_from("<I", before)[0]
        previous = [struct.unpack_from("<IiI", before, 4 + 12 * at) for at in range(count)]
        return done, code, [(number, attributes) for number, _, attributes in previous]

    def information(self, kind: int, room: int = 1024) -> tuple[int, bytes]:
        buffer = ctypes.create_string_buffer(room)
        length = ctypes.c_uint32()
        if self._information(self.handle, kind, buffer, room, ctypes.byref(length)) & 1:
            return 0, buffer.raw[: length.value]
        return ctypes.get_last_error(), buffer.raw[:0]


def test_a_held_privilege_is_enabled_and_its_state_before_returned(lab: Lab) -> None:
    token = lab.model("privileges")
    with closing(Token(lab)) as process:
        assert process.adjust((DEBUG, 2)) == (1, 0, [(DEBUG, 0)])
        assert token.state("SeDebugPrivilege") is True
        assert process.adjust((DEBUG, 2)) == (1, 0, [])  # nothing changed, nothing to restore
        assert process.adjust((DEBUG, 0)) == (1, 0, [(DEBUG, 2)])
    assert token.state("SeDebugPrivilege") is False


def test_a_privilege_not_held_succeeds_with_1300(lab: Lab) -> None:
    token = lab.model("privileges")
    with closing(Token(lab)) as process:
        assert process.adjust((LOCK_MEMORY, 2), (DEBUG, 2)) == (1, 1300, [(DEBUG, 0)])
    assert token.state("SeLockMemoryPrivilege") is None
    assert token.state("SeDebugPrivilege") is True


def test_too_small_a_buffer_for_the_state_before_changes_nothing(lab: Lab) -> None:
    token = lab.model("privileges")
    with closing(Token(lab)) as process:
        assert process.adjust((DEBUG, 2), room=8)[:2] == (0, 122)
    assert token.state("SeDebugPrivilege") is False


def test_a_removed_privilege_is_gone(lab: Lab) -> None:
    token = lab.model("privileges")
    with closing(Token(lab)) as process:
        assert process.adjust((DEBUG, 4))[:2] == (1, 0)
        assert process.adjust((DEBUG, 2))[:2] == (1, 1300)
    assert token.state("SeDebugPrivilege") is None


@pytest.mark.parametrize("access", [TOKEN_QUERY, TOKEN_ADJUST])
def test_adjusting_needs_the_access_that_was_asked_for(lab: Lab, access: int) -> None:
    lab.model("privileges")
    with closing(Token(lab, access)) as process:
        assert process.adjust((DEBUG, 2))[:2] == (0, 5)


def test_a_closed_token_is_an_invalid_handle(lab: Lab) -> None:
    lab.model("privileges")
    with closing(Token(lab)) as process:
        pass
    assert process.adjust((DEBUG, 2))[:2] == (0, 6)


def test_the_list_of_privileges_is_the_tokens(lab: Lab) -> None:
    token = lab.model("privileges")
    token.standard_user()
    token.hold("SeLockMemoryPrivilege", enabled=True)
    with closing(Token(lab)) as process:
        code, data = process.information(3)
        assert process.information(3, 16)[0] == 122
        assert process.information(20) == (0, bytes(4))
    found = {number: attributes for number, _, attributes in struct.iter_unpack("<IiI", data[4:])}
    assert code == 0
    assert found == {4: 2, 19: 0, 23: 3, 25: 0, 33: 0, 34: 0}


def test_names_and_numbers_of_privileges_agree(lab: Lab) -> None:
    lab.model("privileges")
    value = lab.reach("LookupPrivilegeValueW", "advapi32.dll")
    name_of = lab.reach("LookupPrivilegeNameW", "advapi32.dll")
    luid = ctypes.c_uint64()
    assert value(0, ctypes.c_wchar_p("seincreaseworkingsetprivilege"), ctypes.byref(luid)) & 1
    assert luid.value == 33
    name, length = ctypes.create_unicode_buffer(64), ctypes.c_uint32(4)
    assert not name_of(0, ctypes.byref(luid), name, ctypes.byref(length)) & 1
    assert (ctypes.get_last_error(), length.value) == (122, 30)
    assert name_of(0, ctypes.byref(luid), name, ctypes.byref(length)) & 1
    assert (name.value, length.value) == ("SeIncreaseWorkingSetPrivilege", 29)
    assert not value(0, ctypes.c_wchar_p("SeNoSuchPrivilege"), ctypes.byref(luid)) & 1
    assert ctypes.get_last_error() == 1313


# ---- The policy ----------------------------------------------------------------------------------

CREATE_ACCOUNT, LOOKUP_NAMES = 0x10, 0x800
INVALID_HANDLE, ACCESS_DENIED = 0xC0000008, 0xC0000022
ADMINISTRATORS, NOBODY = "S-1-5-32-544", "S-1-5-21-1-2-3-4567"


class Policy:
    """LSA's policy; each function answers an NTSTATUS."""

    def __init__(self, lab: Lab) -> None:
        self._open, self._close, self._add, self._remove, self._rights, self._accounts = (
            lab.reach(name, "advapi32.dll")
            for name in (
                "LsaOpenPolicy", "LsaClose", "LsaAddAccountRights", "LsaRemoveAccountRights",
                "LsaEnumerateAccountRights", "LsaEnumerateAccountsWithUserRight",
            )
        )  # fmt: skip
        self.free = lab.reach("LsaFreeMemory", "advapi32.dll")
        self._sid = ctypes.windll.advapi32.ConvertStringSidToSidW
        self.handle = 0

    def open(self, access: int) -> int:
        handle = ctypes.c_uint64()
        attributes = ctypes.create_string_buffer(48)
        status = self._open(0, attributes, access, ctypes.byref(handle)) & 0xFFFFFFFF
        self.handle = handle.value
        return status

    def close(self) -> int:
        return self._close(self.handle) & 0xFFFFFFFF

    def grant(self, account: str, name: str = "SeLockMemoryPrivilege") -> int:
        with self._named(name) as right, self._account(account) as sid:
            return self._add(self.handle, sid, right, 1) & 0xFFFFFFFF

    def revoke(self, account: str, name: str = "SeLockMemoryPrivilege") -> int:
        with self._named(name) as right, self._account(account) as sid:
            return self._remove(self.handle, sid, 0, right, 1) & 0xFFFFFFFF

    def rights(self, account: str) -> tuple[int, int]:
        """The status, and how many rights there are."""
        found, count = ctypes.c_uint64(), ctypes.c_uint32()
        with self._account(account) as sid:
            status = self._rights(self.handle, sid, ctypes.byref(found), ctypes.byref(count))
        if found.value:
            assert self.free(found) & 0xFFFFFFFF == 0
        return status & 0xFFFFFFFF, count.value

    def accounts(self, name: str = "SeLockMemoryPrivilege") -> tuple[int, int]:
        """The status, and how many accounts have the right."""
        found, count = ctypes.c_uint64(), ctypes.c_uint32()
        with self._named(name) as right:
            status = self._accounts(self.handle, right, ctypes.byref(found), ctypes.byref(count))
        if found.value:
            assert self.free(found) & 0xFFFFFFFF == 0
        return status & 0xFFFFFFFF, count.value

    @contextmanager
    def _account(self, account: str) -> Iterator[ctypes.c_uint64]:
        sid = ctypes.c_void_p()
        assert self._sid(ctypes.c_wchar_p(account), ctypes.byref(sid))
        yield ctypes.c_uint64(sid.value or 0)
        ctypes.windll.kernel32.LocalFree(sid)

    @contextmanager
    def _named(self, name: str) -> Iterator[bytes]:
        text = ctypes.create_unicode_buffer(name)
        yield struct.pack("<HH4xQ", 2 * len(name), 2 * len(name), ctypes.addressof(text))


@pytest.mark.parametrize(
    ("access", "account", "status"),
    [
        (CREATE_ACCOUNT | LOOKUP_NAMES, ADMINISTRATORS, 0),
        (CREATE_ACCOUNT | LOOKUP_NAMES, NOBODY, 0),
        (LOOKUP_NAMES, ADMINISTRATORS, 0),  # who has an account needs none
        (LOOKUP_NAMES, NOBODY, ACCESS_DENIED),
        (CREATE_ACCOUNT, ADMINISTRATORS, ACCESS_DENIED),
    ],
)
def test_a_right_is_added_by_a_handle_that_may(
    lab: Lab, access: int, account: str, status: int
) -> None:
    token = lab.model("privileges")
    policy = Policy(lab)
    assert policy.open(access) == 0
    assert policy.grant(account) == status
    assert token.granted("SeLockMemoryPrivilege") == (status == 0)
    assert policy.close() == 0


def test_a_handle_of_the_policy_ends_with_its_closing(lab: Lab) -> None:
    token = lab.model("privileges")
    policy = Policy(lab)
    assert policy.open(LOOKUP_NAMES) == 0
    assert token.policies == 1
    assert policy.close() == 0
    assert token.policies == 0
    assert policy.close() == policy.grant(ADMINISTRATORS) == INVALID_HANDLE


def test_who_is_no_administrator_may_look_names_up_and_no_more(lab: Lab) -> None:
    lab.model("privileges").standard_user()
    policy = Policy(lab)
    assert policy.open(CREATE_ACCOUNT | LOOKUP_NAMES) == ACCESS_DENIED
    assert policy.open(LOOKUP_NAMES) == 0
    assert policy.grant(NOBODY) == ACCESS_DENIED
    assert policy.close() == 0


NO_SUCH_ACCOUNT, NO_SUCH_PRIVILEGE, NO_MORE_ENTRIES = 0xC0000034, 0xC0000060, 0x8000001A
VIEW = 1


def test_what_is_granted_is_listed_and_can_be_taken_back(lab: Lab) -> None:
    lab.model("privileges")
    policy = Policy(lab)
    assert policy.open(CREATE_ACCOUNT | LOOKUP_NAMES | VIEW) == 0
    assert policy.accounts() == (NO_MORE_ENTRIES, 0)
    assert policy.rights(NOBODY) == (NO_SUCH_ACCOUNT, 0)
    assert policy.revoke(NOBODY) == NO_SUCH_ACCOUNT
    assert policy.grant(NOBODY) == policy.grant(ADMINISTRATORS) == 0
    assert policy.accounts() == (0, 2)
    assert policy.rights(NOBODY) == (0, 1)
    assert policy.revoke(NOBODY, "SeDebugPrivilege") == 0  # it had not been given that
    assert policy.revoke(NOBODY) == 0
    assert policy.rights(NOBODY) == (0, 0)  # the account stays
    assert policy.accounts() == (0, 1)
    assert policy.accounts("SeNoSuchPrivilege") == (NO_SUCH_PRIVILEGE, 0)
    assert policy.revoke(NOBODY, "selockmemoryprivilege") == NO_SUCH_PRIVILEGE
    assert policy.close() == 0


def test_the_policy_is_read_by_a_handle_that_may(lab: Lab) -> None:
    token = lab.model("privileges")
    policy = Policy(lab)
    assert policy.open(LOOKUP_NAMES) == 0
    assert policy.accounts("SeDebugPrivilege") == (ACCESS_DENIED, 0)
    assert policy.rights(ADMINISTRATORS)[0] == 0
    assert policy.close() == 0
    assert policy.rights(ADMINISTRATORS) == policy.accounts() == (INVALID_HANDLE, 0)
    token.standard_user()
    assert policy.open(LOOKUP_NAMES | VIEW) == 0
    assert policy.revoke(ADMINISTRATORS) == ACCESS_DENIED
    assert policy.accounts() == policy.rights(ADMINISTRATORS) == (ACCESS_DENIED, 0)
    assert policy.close() == 0
