"""``ntpages heap image``: page heap, stacks, and options of one path alone."""

from __future__ import annotations

import ctypes
import json
import shutil
import sys
import winreg
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages.errors import NtError
from ntpages.heaps import Change, GlobalFlag, PageHeapFlag, image_options, set_image_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Capture = pytest.CaptureFixture[str]

EXE = "nobody.exe"
KEY = r"Software\ntpages test of images"
MIB = 1 << 20
ACCESS = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY


def read(below: str = "") -> dict[str, Any] | None:
    """All values of the options of EXE, or of a key below; None if there is no key."""
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{KEY}\{EXE}{below}", 0, ACCESS) as key:
            count = winreg.QueryInfoKey(key)[1]
            return dict(winreg.EnumValue(key, number)[:2] for number in range(count))
    except FileNotFoundError:
        return None


def remove(path: str) -> None:
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, ACCESS) as key:
            below = [winreg.EnumKey(key, number) for number in range(winreg.QueryInfoKey(key)[0])]
    except FileNotFoundError:
        return
    for each in below:
        remove(rf"{path}\{each}")
    winreg.DeleteKeyEx(winreg.HKEY_CURRENT_USER, path, winreg.KEY_WOW64_64KEY)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user's own part of the registry, where the test may write."""
    remove(KEY)
    with monkeypatch.context() as patched:
        patched.setattr("ntpages.heaps.image._KEY", KEY)
        patched.setattr(winreg, "HKEY_LOCAL_MACHINE", winreg.HKEY_CURRENT_USER)
        yield
    remove(KEY)


# ---- Page heap and stacks ------------------------------------------------------------------------


def test_page_heap_and_stacks_are_written_and_read_back() -> None:
    wanted = PageHeapFlag.ENABLE_PAGE_HEAP | PageHeapFlag.CATCH_BACKWARD_OVERRUNS
    changes = set_image_options(EXE, page_heap=wanted, stack_database=64 * MIB)
    assert changes == (
        Change("PageHeapFlags", None, 0x11),
        Change("StackTraceDatabaseSizeInMb", None, 64),
    )
    found = image_options(EXE)
    assert (found.page_heap, found.stack_database) == (wanted, 64 * MIB)
    assert set_image_options(EXE, page_heap=wanted, stack_database=64 * MIB) == ()
    set_image_options(EXE, page_heap=PageHeapFlag(0), stack_database=0)
    assert read() is None
    found = image_options(EXE)
    assert (found.page_heap, found.stack_database) == (PageHeapFlag(0), None)


def test_bits_of_page_heap_that_nobody_knows_are_left_alone() -> None:
    with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, rf"{KEY}\{EXE}", 0, ACCESS) as key:
        winreg.SetValueEx(key, "PageHeapFlags", 0, winreg.REG_DWORD, 0x0010_0003)
    assert int(image_options(EXE).page_heap) == 3
    set_image_options(EXE, page_heap=PageHeapFlag.NO_LOCK_CHECKS)
    assert read() == {"PageHeapFlags": 0x0010_4000}


@pytest.mark.parametrize("size", [1, 7 * MIB, 129 * MIB, 8 * MIB + 1, -MIB])
def test_the_stack_database_has_rules(size: int) -> None:
    with pytest.raises(
        ValueError, match="stack_database must be a multiple of 1048576 from 8388608"
    ):
        set_image_options(EXE, stack_database=size)
    assert read() is None


def test_flags_of_page_heap_have_a_rule() -> None:
    with pytest.raises(ValueError, match="page_heap must be of PageHeapFlag, not 0x4"):
        set_image_options(EXE, page_heap=PageHeapFlag(4))


# ---- Options of one path alone -------------------------------------------------------------------

PATH = r"C:\apps\nobody.exe"


def test_a_path_gets_options_of_its_own() -> None:
    set_image_options(EXE, flags=GlobalFlag.HEAP_TAGGING)
    changes = set_image_options(PATH, segment_heap="on", only_path=True)
    assert changes == (
        Change("FrontEndHeapDebugOptions", None, 8, PATH),
        Change("UseFilter", None, 1),
    )
    assert read() == {"GlobalFlag": 0x800, "UseFilter": 1}
    assert read(r"\0") == {"FilterFullPath": PATH, "FrontEndHeapDebugOptions": 8}
    own, others = image_options(PATH), image_options(EXE)
    assert (own.segment_heap, own.flags, own.filter) == ("on", GlobalFlag(0), PATH)
    assert (others.segment_heap, others.flags, others.filters) == (
        "default", GlobalFlag.HEAP_TAGGING, (PATH,)
    )  # fmt: skip


def test_a_path_that_has_options_keeps_its_key() -> None:
    set_image_options(PATH, segment_heap="on", only_path=True)
    again = set_image_options(PATH, segment_heap="off", only_path=True)
    assert again == (Change("FrontEndHeapDebugOptions", 8, 4, PATH),)
    other = PATH.replace("apps", "more")
    assert set_image_options(other, segment_heap="on", only_path=True) == (
        Change("FrontEndHeapDebugOptions", None, 8, other),
    )
    assert read(r"\1") == {"FilterFullPath": other, "FrontEndHeapDebugOptions": 8}


def test_a_path_can_be_spared_what_its_name_has() -> None:
    set_image_options(EXE, flags=GlobalFlag.HEAP_TAGGING)
    set_image_options(PATH, only_path=True)
    assert image_options(PATH).flags == GlobalFlag(0)


def test_a_dry_run_makes_no_key() -> None:
    changes = set_image_options(PATH, segment_heap="on", only_path=True, dry_run=True)
    assert [change.value for change in changes] == ["FrontEndHeapDebugOptions", "UseFilter"]
    assert read() is None


def test_only_a_path_can_have_options_of_its_own() -> None:
    with pytest.raises(ValueError, match="exe must be a path with only_path"):
        set_image_options(EXE, only_path=True)


@pytest.mark.parametrize("refused", ["FilterFullPath", "UseFilter", "FrontEndHeapDebugOptions"])
def test_what_is_refused_half_way_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    write = winreg.SetValueEx

    def refuse(key: Any, value: str, *rest: Any) -> None:
        if value == refused:
            raise PermissionError(13, "Access is denied", None, 5)
        write(key, value, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(winreg, "SetValueEx", refuse)
        with pytest.raises(NtError, match="nobody"):
            set_image_options(PATH, segment_heap="on", only_path=True)
    assert read() is None


# ---- The manifest --------------------------------------------------------------------------------

MANIFEST = """<?xml version="1.0"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <!-- <heapType>Commented</heapType> -->
  <application><windowsSettings>{}</windowsSettings></application>
</assembly>"""
ASKS = (
    '<heapType xmlns="http://schemas.microsoft.com/SMI/2020/WindowsSettings">SegmentHeap</heapType>'
)


def program_with(folder: Path, manifest: bytes) -> Path:
    """This Python's program with another manifest."""
    path = folder / "asks.exe"
    shutil.copy(sys.executable, path)
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    begin, update, end = (
        getattr(kernel, name)
        for name in ("BeginUpdateResourceW", "UpdateResourceW", "EndUpdateResourceW")
    )
    begin.restype = ctypes.c_void_p
    update.argtypes = [
        *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint16),
        *(ctypes.c_char_p, ctypes.c_uint32),
    ]
    end.argtypes = [ctypes.c_void_p, ctypes.c_int]
    changing = begin(str(path), 1)
    assert changing
    assert update(changing, 24, 1, 1033, manifest, len(manifest))  # RT_MANIFEST
    assert end(changing, 0)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("asks", "told"),
    [
        (ASKS, "SegmentHeap"),
        (ASKS.replace("heapType", "asmv3:heapType"), "SegmentHeap"),
        ("<heapType/>", None),
        ("", None),
    ],
)
def test_what_a_manifest_asks_for_is_told(
    tmp_path: Path, encoding: str, asks: str, told: str | None
) -> None:
    pytest.importorskip("pefile")
    path = program_with(tmp_path, MANIFEST.format(asks).encode(encoding))
    assert image_options(path).heap_type == told


@pytest.mark.parametrize("manifest", [b"\xff\xfe<", b"\xff", b"<heapType>", b"\0" * 9])
def test_a_manifest_that_is_broken_asks_for_nothing(tmp_path: Path, manifest: bytes) -> None:
    pytest.importorskip("pefile")
    found = image_options(program_with(tmp_path, manifest))
    assert (found.heap_type, found.note) == (None, None)
    assert found.heap_reserve


def test_this_python_asks_for_nothing() -> None:
    assert image_options(sys.executable).heap_type is None


# ---- The command line ----------------------------------------------------------------------------


def test_all_of_it_is_shown_and_changed(capsys: Capture, tmp_path: Path) -> None:
    path = str(tmp_path / EXE)
    words = (
        *("--page-heap", "enable-page-heap", "--page-heap", "no-lock-checks"),
        *("--stack-database", "32M", "--debug", "heap-page-allocations"),
    )
    run = Run(capsys, "heap", "image", path, *words, "--only-path", "--json")
    assert run.code == 0
    assert run.json["page_heap"] == ["enable-page-heap", "no-lock-checks"]
    assert run.json["stack_database"] == 32 * MIB
    assert run.json["filter"] == path
    values = [change["value"] for change in run.json["changes"]]
    assert values == ["GlobalFlag", "PageHeapFlags", "StackTraceDatabaseSizeInMb", "UseFilter"]
    shown = Run(capsys, "heap", "image", path).out
    assert "enable-page-heap, no-lock-checks" in shown
    assert "32.0 MiB" in shown
    Run(capsys, "heap", "image", path, "--page-heap", "none", "--stack-database", "0")
    assert image_options(path).stack_database is None
    assert Run(capsys, "heap", "image", EXE, "--only-path").code == 1


# ---- As a resource of Desired State Configuration ------------------------------------------------


def test_a_desired_state_is_compared_and_written(capsys: Capture) -> None:
    desired = {"name": EXE, "segment_heap": "on", "flags": ["heap-page-allocations"]}

    def ask(operation: str, state: dict[str, Any]) -> Any:
        run = Run(capsys, "dsc", operation, "image", json.dumps(state))
        assert run.code == 0, run.err
        return json.loads(run.out)

    assert ask("test", desired)["_inDesiredState"] is False
    assert ask("get", {"name": EXE}) == {
        "name": EXE,
        "segment_heap": "default",
        "flags": [],
        "page_heap": [],
        "stack_database": 0,
    }
    done = ask("set", desired)
    assert {name: done[name] for name in desired} == desired
    assert image_options(EXE).flags == GlobalFlag.HEAP_PAGE_ALLOCATIONS
    assert ask("test", desired)["_inDesiredState"] is True
    assert ask("test", {**desired, "page_heap": ["enable-page-heap"]})["_inDesiredState"] is False
    none = {"name": EXE, "segment_heap": "default", "flags": [], "stack_database": 0}
    ask("set", none)
    assert read() is None
    assert ask("test", none)["_inDesiredState"] is True


def test_a_document_says_whether_something_is_other_than_before(capsys: Capture) -> None:
    words = ("heap", "image", EXE, "--segment-heap", "on", "--json")
    would = Run(capsys, *words, "--dry-run").json
    assert (would["changed"], would["segment_heap"]) == (True, "default")
    assert Run(capsys, *words).json["changed"] is True
    assert Run(capsys, *words).json["changed"] is False
    assert Run(capsys, "heap", "image", EXE, "--json").json["changed"] is False
