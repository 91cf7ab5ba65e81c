"""The files in memory: their names, and where there are none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ntlab.model_physical import ACTIVE, FILE, MODIFIED, STANDBY, Stretch, log_of
from ntpages import errors, memory_lists, physical

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

PAGE = 4096
KEY = 0xFFFFC00000000100


@pytest.fixture
def machine(lab: Lab) -> Any:
    """One file of which ten pages are in memory."""
    door = lab.model("physical")
    door.ranges((0, 100))
    door.lay(
        Stretch(pages=6, use=FILE, list=STANDBY, priority=5, detail=KEY),
        Stretch(pages=3, use=FILE, list=ACTIVE, detail=KEY),
        Stretch(pages=1, use=FILE, list=MODIFIED, detail=KEY),
    )
    return door


@pytest.mark.parametrize("version", [12, 13, 15, 32])
def test_the_version_of_the_names_is_found(machine: Any, version: int) -> None:
    machine.names({KEY: "\\??\\D:\\a.pak"}, version=version)
    assert [each.path for each in physical.files()] == ["D:\\a.pak"]


@pytest.mark.parametrize(
    ("path", "volume", "shown"),
    [
        ("\\Games\\a.pak", "\\??\\D:", "D:\\Games\\a.pak"),
        ("\\Device\\Mup\\server\\share\\a.txt", "\\Device\\Mup", "\\\\server\\share\\a.txt"),
        ("\\??\\UNC\\server\\a.txt", "\\??\\D:", "\\\\server\\a.txt"),
        ("\\Games\\a.pak", None, "\\Games\\a.pak"),
        ("\\VOLUME{01d}\\a.pak", "\\VOLUME{01d}", "\\VOLUME{01d}\\a.pak"),
    ],
)
def test_paths_are_as_people_write_them(
    machine: Any, path: str, volume: str | None, shown: str
) -> None:
    machine.names({KEY: path}, {} if volume is None else {1: volume})
    assert [each.path for each in physical.files()] == [shown]


def test_without_names_there_are_keys_and_the_reason(lab: Lab, machine: Any) -> None:
    machine.log(b"", version=99)
    found = physical.summary(files=True)
    assert found.files is not None
    assert [(each.key, each.path, each.total) for each in found.files] == [(KEY, "", 10 * PAGE)]
    assert isinstance(found.names_refused, errors.NtError)
    assert found.names_refused.status == 0xC0000355
    machine.names({KEY: "\\??\\D:\\a"})
    lab.fail("NtOpenFile", code=0xC0000022)
    refused = physical.summary(files=True).names_refused
    assert isinstance(refused, errors.AccessDeniedError)


@pytest.mark.parametrize("cut", [0, 39, 40, 55, 60, 83, 90])
def test_a_log_that_is_cut_short_names_what_is_whole(machine: Any, cut: int) -> None:
    whole = log_of({KEY: "\\??\\D:\\a", KEY + 0x70: "\\??\\D:\\b"})
    machine.log(whole[:cut])
    assert [each.path for each in physical.files()] in (["D:\\a"], [""])
    machine.log(whole[:-1])
    assert [each.path for each in physical.files()] == ["D:\\a"]


@pytest.fixture
def cached(machine: Any, tmp_path: Path) -> tuple[Any, str]:
    """A file, of which the modelled machine has ten pages in memory."""
    file = tmp_path / "cold.bin"
    file.write_bytes(b"x" * 10 * PAGE)
    path = os.path.realpath(file)
    machine.cached(path, KEY)
    machine.names({KEY: f"\\??\\{path}"})
    return machine, path


def test_what_is_cached_of_a_file_is_dropped_and_that_is_looked_at(cached: tuple[Any, str]) -> None:
    _, path = cached
    found = memory_lists.drop_file(path)
    assert (found.path, found.before, found.after) == (path, 10 * PAGE, 0)
    assert found.dropped
    assert memory_lists.drop_file(path).before == 0


def test_what_somebody_has_mapped_stays_and_that_is_said(cached: tuple[Any, str]) -> None:
    machine, path = cached
    machine.cached(path, KEY, mapped=True)
    found = memory_lists.drop_file(path)
    assert (found.before, found.after, found.dropped) == (10 * PAGE, 3 * PAGE, False)


def test_who_may_not_look_drops_all_the_same(lab: Lab, cached: tuple[Any, str]) -> None:
    _, path = cached
    lab.model("privileges").standard_user()
    found = memory_lists.drop_file(path)
    assert (found.before, found.after, found.dropped) == (None, None, None)
    assert isinstance(found.refused, errors.PrivilegeNotHeldError)
    lab.model("privileges").hold("SeProfileSingleProcessPrivilege")
    assert [*physical.files()] == []


def test_nobody_looks_where_that_is_not_wished(lab: Lab, cached: tuple[Any, str]) -> None:
    _, path = cached
    before = lab.count("NtQuerySystemInformation")
    found = memory_lists.drop_file(path, verify=False)
    assert lab.count("NtQuerySystemInformation") == before
    assert (found.before, found.after, found.refused) == (None, None, None)


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(errors.NtError, match="absent") as refused:
        memory_lists.drop_file(str(tmp_path / "absent.bin"), verify=False)
    assert refused.value.code == 2
