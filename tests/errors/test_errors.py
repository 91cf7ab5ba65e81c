"""Errors: the class, the codes and the words of a refusal."""

from __future__ import annotations

import pytest

from ntpages import errors, privileges


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.AccessDeniedError, PermissionError),
        (errors.PrivilegeNotHeldError, PermissionError),
        (errors.UnavailableError, NotImplementedError),
        (errors.OutOfMemoryError, MemoryError),
        (errors.NoSuchProcessError, ProcessLookupError),
        (errors.InvalidAddressError, OSError),
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
    assert error.privilege == "SeX"


def test_a_real_refusal_carries_the_systems_own_text() -> None:
    with pytest.raises(errors.NtError) as refused:
        privileges.enable("SeNoSuchPrivilege")
    assert refused.value.call == "LookupPrivilegeValueW"
    assert refused.value.code == 1313
    assert "SeNoSuchPrivilege" in str(refused.value)
    assert "the system has no text" not in str(refused.value)
