"""Who may change a file that a service goes by, and how that is told."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ntpages._native import guard as native
from ntpages.errors import NtError
from ntpages.guard.writers import UntrustedError, trust

if TYPE_CHECKING:
    from pathlib import Path

OURS = "(A;;FA;;;BA)(A;;FA;;;SY)"
WRITE, APPEND, DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER = (
    *(0x2, 0x4, 0x40, 0x1_0000, 0x4_0000, 0x8_0000),
)


def allow(path: Path, entries: str) -> None:
    """Give a file or a folder these entries, in Windows' words for them, and no others."""
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    descriptor = ctypes.c_void_p()
    convert = advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW
    assert convert(ctypes.c_wchar_p(f"D:P{entries}"), 1, ctypes.byref(descriptor), None)
    dacl = 4  # DACL_SECURITY_INFORMATION
    assert advapi32.SetFileSecurityW(ctypes.c_wchar_p(str(path)), dacl, descriptor)
    ctypes.WinDLL("kernel32").LocalFree(descriptor)


def found(path: Path) -> dict[str, int]:
    """By account, what it may do with the file itself, in Windows' bits."""
    return {who: his for where, who, his in native.writers_of(str(path)) if where == str(path)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text("", encoding="utf-8")
    return path


def test_writers_are_those_whom_the_file_lets_write(file: Path) -> None:
    allow(file, OURS)
    alone = {who for who, his in found(file).items() if his}
    allow(file, f"{OURS}(A;;FR;;;WD)")
    assert {who for who, his in found(file).items() if his} == alone
    allow(file, f"{OURS}(A;;FRFW;;;WD)")
    assert {who for who, his in found(file).items() if his} - alone == {"Everyone"}
    assert found(file)["Everyone"] & (WRITE | APPEND) == WRITE | APPEND
    assert not {who for who in alone if "Administrators" in who or "SYSTEM" in who}


def test_who_may_delete_what_is_in_its_folder_may_change_the_file(file: Path) -> None:
    def of_the_folder() -> dict[str, int]:
        everyone = native.writers_of(str(file))
        return {who: his for where, who, his in everyone if where == str(file.parent)}

    allow(file, OURS)
    allow(file.parent, f"{OURS}(A;;FR;;;WD)")
    assert "Everyone" not in of_the_folder()
    allow(file.parent, f"{OURS}(A;;FA;;;WD)")
    assert of_the_folder()["Everyone"] & DELETE_CHILD


def test_a_file_without_a_list_is_everybodys(file: Path) -> None:
    advapi32 = ctypes.WinDLL("advapi32")
    descriptor = (ctypes.c_byte * 64)()
    assert advapi32.InitializeSecurityDescriptor(descriptor, 1)
    assert advapi32.SetSecurityDescriptorDacl(descriptor, True, None, False)  # noqa: FBT003
    assert advapi32.SetFileSecurityW(ctypes.c_wchar_p(str(file)), 4, descriptor)
    assert {"everybody", "Everyone"} & found(file).keys()


def test_a_file_that_is_not_there_has_no_writers_to_tell(tmp_path: Path) -> None:
    with pytest.raises(NtError, match="GetNamedSecurityInfoW failed"):
        native.writers_of(str(tmp_path / "absent"))


# ---- What is said of them ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        (WRITE | APPEND | DELETE, "may write to"),
        (APPEND, "may add to"),
        (DELETE_CHILD, "may delete what is in"),
        (DELETE, "may delete or rename"),
        (WRITE_DAC | WRITE_OWNER, "may change who may write to"),
        (WRITE_OWNER, "may take over"),
        (0x1000_0000, "may do anything with"),
        (0x4000_0000, "may write to"),
        (0, "owns"),
    ],
)
def test_the_account_and_its_right_are_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, rights: int, words: str
) -> None:
    monkeypatch.setattr(native, "writers_of", lambda path: [(path, r"BUILTIN\Users", rights)])
    with pytest.raises(UntrustedError) as refused:
        trust(str(file))
    assert rf"but BUILTIN\Users {words} {file}: keep" in str(refused.value)


def test_many_are_told_by_the_first_and_their_number(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        native, "writers_of", lambda path: [(path, f"user {n}", WRITE) for n in range(6)]
    )
    with pytest.raises(UntrustedError, match=r"user 3 may write to .*, and 2 more: keep"):
        trust(str(file))


def test_what_is_on_no_disk_of_this_machine_is_not_trusted() -> None:
    with pytest.raises(UntrustedError, match="must lie on a disk of this machine"):
        trust(r"\\server\share\policy.toml")


def test_whom_nobody_can_change_is_trusted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def nobody(path: str) -> list[tuple[str, str, int]]:
        asked.append(path)
        return []

    monkeypatch.setattr(native, "writers_of", nobody)
    trust(str(file))
    assert str(file) in asked
