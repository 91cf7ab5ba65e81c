"""Errors: the class, the codes and the words of a refusal."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from ntpages import errors, memory_lists, privileges

if TYPE_CHECKING:
    from ntlab import Lab


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.AccessDeniedError, PermissionError),
        (errors.PrivilegeNotHeldError, PermissionError),
        (errors.UnavailableError, NotImplementedError),
        (errors.OutOfMemoryError, MemoryError),
        (errors.NoSuchProcessError, ProcessLookupError),
        (errors.NotFoundError, FileNotFoundError),
        (errors.AlreadyExistsError, FileExistsError),
        (errors.InvalidAddressError, OSError),
        (errors.CorruptHeapError, OSError),
    ],
)
def test_each_kind_is_the_builtin_a_stranger_would_catch(
    kind: type[errors.NtError], builtin: type[Exception]
) -> None:
    assert issubclass(kind, errors.NtError)
    assert issubclass(kind, builtin)
    assert issubclass(kind, OSError)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (5, 0, errors.AccessDeniedError),
        (8, 0, errors.OutOfMemoryError),
        (487, 0, errors.InvalidAddressError),
        (1300, 0, errors.PrivilegeNotHeldError),
        (1314, 0xC0000061, errors.PrivilegeNotHeldError),
        (87, 0xC0000003, errors.UnavailableError),
        (87, 0, errors.NtError),
    ],
)
def test_the_code_or_status_picks_the_class(
    code: int, status: int, kind: type[errors.NtError]
) -> None:
    error = errors.from_call("VirtualThing", code, status, "No.", "")
    assert type(error) is kind
    assert (error.call, error.code, error.status, error.winerror) == (
        "VirtualThing",
        code,
        status,
        code,
    )


def test_the_message_names_the_call_the_subject_the_words_and_the_codes() -> None:
    error = errors.from_call("NtSetSystemInformation", 1314, 0xC0000061, "Denied.", "SeX")
    assert str(error) == (
        "NtSetSystemInformation failed (SeX): Denied. [Win32 1314, NTSTATUS 0xC0000061]"
    )
    assert isinstance(error, errors.PrivilegeNotHeldError)
    assert (error.privilege, error.subject) == ("SeX", "SeX")


def test_a_real_refusal_carries_the_systems_own_text() -> None:
    with pytest.raises(errors.NtError) as refused:
        privileges.enable("SeNoSuchPrivilege")
    assert refused.value.call == "LookupPrivilegeValueW"
    assert refused.value.code == 1313
    assert "SeNoSuchPrivilege" in str(refused.value)
    assert "the system has no text" not in str(refused.value)
    assert "\r" not in str(refused.value)  # Windows' own words end a line


def test_a_status_that_no_code_stands_for_is_not_explained_by_the_lack_of_one(lab: Lab) -> None:
    lab.model("memory_lists")
    lab.model("privileges")
    lab.fail("NtQuerySystemInformation", code=0xC0FF_EE00)
    with pytest.raises(errors.NtError) as refused:
        memory_lists.query()
    assert (refused.value.code, refused.value.status) == (317, 0xC0FF_EE00)
    assert "the system has no text for it" in str(refused.value)


# ---- The tables, row by row ----------------------------------------------------------------------

KINDS = {
    1: errors.UnavailableError,  # ERROR_INVALID_FUNCTION
    2: errors.NotFoundError,  # ERROR_FILE_NOT_FOUND
    3: errors.NotFoundError,  # ERROR_PATH_NOT_FOUND
    5: errors.AccessDeniedError,  # ERROR_ACCESS_DENIED
    8: errors.OutOfMemoryError,  # ERROR_NOT_ENOUGH_MEMORY
    14: errors.OutOfMemoryError,  # ERROR_OUTOFMEMORY
    50: errors.UnavailableError,  # ERROR_NOT_SUPPORTED
    120: errors.UnavailableError,  # ERROR_CALL_NOT_IMPLEMENTED
    127: errors.UnavailableError,  # ERROR_PROC_NOT_FOUND
    183: errors.AlreadyExistsError,  # ERROR_ALREADY_EXISTS
    299: errors.InvalidAddressError,  # ERROR_PARTIAL_COPY
    487: errors.InvalidAddressError,  # ERROR_INVALID_ADDRESS
    635: errors.OutOfMemoryError,  # ERROR_COMMITMENT_MINIMUM
    998: errors.InvalidAddressError,  # ERROR_NOACCESS
    1130: errors.OutOfMemoryError,  # ERROR_NOT_ENOUGH_SERVER_MEMORY
    1300: errors.PrivilegeNotHeldError,  # ERROR_NOT_ALL_ASSIGNED
    1314: errors.PrivilegeNotHeldError,  # ERROR_PRIVILEGE_NOT_HELD
    1450: errors.OutOfMemoryError,  # ERROR_NO_SYSTEM_RESOURCES
    1451: errors.OutOfMemoryError,  # ERROR_NONPAGED_SYSTEM_RESOURCES
    1452: errors.OutOfMemoryError,  # ERROR_PAGED_SYSTEM_RESOURCES
    1453: errors.OutOfMemoryError,  # ERROR_WORKING_SET_QUOTA
    1454: errors.OutOfMemoryError,  # ERROR_PAGEFILE_QUOTA
    1455: errors.OutOfMemoryError,  # ERROR_COMMITMENT_LIMIT
    1816: errors.OutOfMemoryError,  # ERROR_NOT_ENOUGH_QUOTA
}
KINDS_BY_STATUS = {
    0xC0000002: errors.UnavailableError,  # STATUS_NOT_IMPLEMENTED
    0xC0000003: errors.UnavailableError,  # STATUS_INVALID_INFO_CLASS
    0xC0000005: errors.InvalidAddressError,  # STATUS_ACCESS_VIOLATION
    0xC0000007: errors.OutOfMemoryError,  # STATUS_PAGEFILE_QUOTA
    0xC000000B: errors.NoSuchProcessError,  # STATUS_INVALID_CID
    0xC0000017: errors.OutOfMemoryError,  # STATUS_NO_MEMORY
    0xC0000022: errors.AccessDeniedError,  # STATUS_ACCESS_DENIED
    0xC0000044: errors.OutOfMemoryError,  # STATUS_QUOTA_EXCEEDED
    0xC0000061: errors.PrivilegeNotHeldError,  # STATUS_PRIVILEGE_NOT_HELD
    0xC000009A: errors.OutOfMemoryError,  # STATUS_INSUFFICIENT_RESOURCES
    0xC00000A1: errors.OutOfMemoryError,  # STATUS_WORKING_SET_QUOTA
    0xC00000BB: errors.UnavailableError,  # STATUS_NOT_SUPPORTED
    0xC000010A: errors.NoSuchProcessError,  # STATUS_PROCESS_IS_TERMINATING
    0xC000012C: errors.OutOfMemoryError,  # STATUS_PAGEFILE_QUOTA_EXCEEDED
    0xC000012D: errors.OutOfMemoryError,  # STATUS_COMMITMENT_LIMIT
    0xC00002C8: errors.OutOfMemoryError,  # STATUS_COMMITMENT_MINIMUM
    0xC0000374: errors.CorruptHeapError,  # STATUS_HEAP_CORRUPTION
}


def test_every_row_of_the_tables_is_tested() -> None:
    assert {*KINDS} == {*errors._BY_CODE}
    assert {*KINDS_BY_STATUS} == {*errors._BY_STATUS}


@pytest.mark.parametrize("code", KINDS)
def test_a_code_has_its_kind(code: int) -> None:
    error = errors.from_call("VirtualThing", code, 0, "No.", "")
    assert type(error) is KINDS[code]
    assert (error.code, error.winerror) == (code, code)


@pytest.mark.parametrize("status", KINDS_BY_STATUS)
def test_a_status_has_its_kind_whatever_code_it_maps_to(status: int) -> None:
    for code in (0, 5, 8, 87):
        assert type(errors.from_call("NtThing", code, status, "No.", "")) is KINDS_BY_STATUS[status]


@pytest.mark.parametrize("status", KINDS_BY_STATUS)
def test_a_status_in_the_place_of_a_code_has_its_kind(status: int) -> None:
    error = errors.from_call("VirtualThing", status, 0, "No.", "")
    assert type(error) is KINDS_BY_STATUS[status]
    assert (error.code, error.winerror, error.status) == (status, status, 0)


@pytest.mark.parametrize(
    "code", [0x7FFFFFFF, 0x80000000, 0x80000001, 0x80310001, 0xC0000022, 0xFFFFFFFF]
)
def test_a_code_may_have_all_of_its_32_bits(code: int) -> None:
    error = errors.from_call("VirtualThing", code, 0, "No.", "")
    assert (error.code, error.winerror) == (code, code)
    number = f"0x{code:08X}" if code > 0x7FFFFFFF else str(code)
    assert str(error) == f"VirtualThing failed: No. [Win32 {number}]"
    gone = errors.no_such_process("OpenProcess", 8, code)
    assert (gone.code, gone.winerror, gone.errno) == (code, code, errno.ESRCH)


@pytest.mark.parametrize("code", [0x80000001, 0x80310001, 0xC0000022, 0xC000009A, 0xC0000017])
def test_a_refusal_with_such_a_code_is_told_as_any_other(lab: Lab, code: int) -> None:
    lab.fail("GetTokenInformation", code=code)
    with pytest.raises(errors.NtError, match="GetTokenInformation failed") as refused:
        privileges.held()
    assert (refused.value.code, refused.value.winerror) == (code, code)


@pytest.mark.windows
@pytest.mark.parametrize("code", [0x80000001, 0xC0000022, 0xC0000017])
def test_a_status_in_the_place_of_a_code_has_its_words(lab: Lab, code: int) -> None:
    lab.fail("GetTokenInformation", code=code)
    with pytest.raises(errors.NtError) as refused:
        privileges.held()
    assert "the system has no text" not in str(refused.value)


@pytest.mark.parametrize("code", [6, 87, 122, 1313])
def test_other_codes_have_no_kind(code: int) -> None:
    assert type(errors.from_call("VirtualThing", code, 0, "No.", "")) is errors.NtError


@pytest.mark.parametrize("code", [0, 5, 87])
def test_whoever_is_not_there_is_told_by_errno_whatever_the_code(code: int) -> None:
    error = errors.no_such_process("OpenProcess", 123456, code)
    assert type(error) is errors.NoSuchProcessError
    assert (error.errno, error.code) == (errno.ESRCH, code)
    assert "pid 123456" in str(error)


def test_a_function_that_this_windows_lacks_is_named() -> None:
    error = errors.from_missing("VirtualAlloc2")
    assert type(error) is errors.UnavailableError
    assert (error.call, error.code, error.status) == ("VirtualAlloc2", 127, 0)


@pytest.mark.parametrize(
    ("privilege", "way"),
    [
        ("SeLockMemoryPrivilege", errors.way_to_hold("SeLockMemoryPrivilege")),
        ("SeDebugPrivilege", "run as administrator"),
        ("SeProfileSingleProcessPrivilege", "run as administrator"),
    ],
)
def test_a_missing_privilege_comes_with_what_to_do(privilege: str, way: str) -> None:
    error = errors.from_call("AdjustTokenPrivileges", 1300, 0, "No.", privilege)
    assert errors.explain(error).startswith(f"{privilege} is not held by this token: {way}.")
    assert errors.explain(error).count(way) == 1


def test_other_errors_explain_themselves() -> None:
    for code, subject in ((5, "SeDebugPrivilege"), (1300, "")):
        error = errors.from_call("OpenProcess", code, 0, "No.", subject)
        assert errors.explain(error) == str(error)
