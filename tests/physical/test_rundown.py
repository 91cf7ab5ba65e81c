"""Names of open files from the kernel's tracing, where the filter of file systems has none."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from ntlab.model_physical import ACTIVE, FILE, STANDBY, Stretch
from ntpages import errors, memory_lists, physical

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

PAGE = 4096
OPEN, CLOSED = 0xFFFFC00000000100, 0xFFFFC00000000200
PATH = "\\??\\D:\\Games\\world.pak"
NO_SUCH_VERSION = 0xC0000355
TRACING = ["StartTraceW", "ControlTraceW", "OpenTraceW", "ProcessTrace"]


@pytest.fixture
def machine(lab: Lab) -> Any:
    """Two files in memory of which one is open, and a filter whose language nobody speaks."""
    door = lab.model("physical")
    door.ranges((0, 100))
    door.lay(
        Stretch(pages=6, use=FILE, list=ACTIVE, detail=OPEN),
        Stretch(pages=3, use=FILE, list=STANDBY, priority=5, detail=CLOSED),
    )
    door.log(b"", version=99)
    door.open({OPEN: PATH})
    return door


def test_open_files_are_named_by_tracing_and_why_the_others_are_not_is_said(machine: Any) -> None:
    found = physical.summary(files=True)
    assert found.files is not None
    assert [(each.key, each.path) for each in found.files] == [
        (OPEN, "D:\\Games\\world.pak"),
        (CLOSED, ""),
    ]
    assert found.names_refused
    assert found.names_refused.status == NO_SUCH_VERSION
    assert machine.sessions == 0


def test_nothing_is_traced_where_the_filter_answers(machine: Any, lab: Lab) -> None:
    machine.names({CLOSED: "\\??\\D:\\a"})
    assert [each.path for each in physical.files()] == ["", "D:\\a"]
    assert lab.count("StartTraceW") == 0


@pytest.mark.parametrize("function", TRACING)
def test_a_refusal_leaves_keys_and_no_session(machine: Any, lab: Lab, function: str) -> None:
    lab.fail(function, code=5)
    found = physical.summary(files=True)
    assert lab.refused == 1
    assert found.files is not None
    assert [each.path for each in found.files] == ["", ""]
    assert found.names_refused
    assert found.names_refused.status == NO_SUCH_VERSION
    assert machine.sessions == 0
    assert "D:\\Games\\world.pak" in [each.path for each in physical.files()]


def test_who_is_no_administrator_is_told_what_the_filter_said(machine: Any, lab: Lab) -> None:
    lab.model("privileges").standard_user()
    lab.model("privileges").hold("SeProfileSingleProcessPrivilege")
    found = physical.summary(files=True)
    assert isinstance(found.names_refused, errors.AccessDeniedError)
    assert machine.sessions == 0


def test_where_nothing_is_open_there_are_keys(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0, 100))
    door.lay(Stretch(pages=3, use=FILE, list=STANDBY, priority=5, detail=CLOSED))
    door.log(b"", version=99)
    assert [each.path for each in physical.files()] == [""]
    assert lab.count("ProcessTrace") == 1


def test_a_session_that_a_process_left_behind_is_ended(machine: Any, lab: Lab) -> None:
    lab.fail("ControlTraceW", times=2, code=5)  # what an end of the process comes to
    assert physical.files()[0].path == ""
    assert machine.sessions == 1
    assert physical.files()[0].path == "D:\\Games\\world.pak"
    assert machine.sessions == 0


def test_where_there_is_no_place_for_a_log_there_are_keys(
    machine: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine
    monkeypatch.setattr("tempfile.tempdir", "Z:\\there is\\no such folder")
    assert [each.path for each in physical.files()] == ["", ""]
    assert lab.count("StartTraceW") == 0


def test_what_is_dropped_can_not_be_verified_by_the_names_of_open_files(
    machine: Any, tmp_path: Path
) -> None:
    assert machine
    file = tmp_path / "cold.bin"
    file.write_bytes(b"x" * PAGE)
    found = memory_lists.drop_file(str(file))
    assert (found.before, found.after) == (None, None)
    assert found.refused
    assert found.refused.status == NO_SUCH_VERSION


def test_the_model_traces_for_administrators_and_into_logs_alone(lab: Lab) -> None:
    """As ``StartTrace()`` is described, whatever ntpages asks of it."""
    lab.model("physical")

    def start(
        size: int = 1024, flags: int = 0x20000, mode: int = 0x02000001, log: int = 600
    ) -> int:
        asked = (ctypes.c_uint8 * 1024)()
        words = (ctypes.c_uint32 * 256).from_buffer(asked)
        words[0], words[11] = size, flags
        words[16], words[18] = mode, 0x200
        words[28], words[29] = log, 200
        handle, name = ctypes.c_uint64(), ctypes.create_unicode_buffer("name")
        return lab.reach("StartTraceW")(ctypes.byref(handle), name, asked) & 0xFFFFFFFF

    bad_length, bad_path, exists, invalid = 24, 161, 183, 87
    assert start(size=100) == bad_length
    assert start(flags=0) == invalid
    assert start(log=0) == bad_path
    assert start(mode=1) == invalid
    lab.model("privileges").standard_user()
    assert start() == 5
    lab.model("privileges").elevate()
    assert start() == 0
    assert start() == exists
