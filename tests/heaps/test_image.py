"""How the heaps of a program start out: its file, the registry, and ``ntpages heap image``."""

from __future__ import annotations

import ctypes
import sys
import winreg
from contextlib import suppress
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages import heaps
from ntpages.errors import AccessDeniedError, NtError
from ntpages.heaps import Change, GlobalFlag, image_options, set_image_options

if TYPE_CHECKING:
    from collections.abc import Iterator

Capture = pytest.CaptureFixture[str]

EXE = "nobody.exe"
KEY = r"Software\ntpages test"
FRONT_END, FLAGS = "FrontEndHeapDebugOptions", "GlobalFlag"
OTHER_BIT = 0x0400_0000  # of GlobalFlag, and none of heaps


class Options:
    """The options of EXE where the test may write: the user's own part of the registry."""

    access = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY

    def write(self, value: str, data: Any, kind: int = winreg.REG_DWORD) -> None:
        path = rf"{KEY}\{EXE}"
        with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, path, 0, self.access) as key:
            winreg.SetValueEx(key, value, 0, kind, data)

    def filter(self, number: int, path: str, **values: int) -> None:
        """Give the program at a path options of its own."""
        self.write("UseFilter", 1)
        below = rf"{KEY}\{EXE}\{number}"
        with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, below, 0, self.access) as key:
            winreg.SetValueEx(key, "FilterFullPath", 0, winreg.REG_SZ, path)
            for value, data in values.items():
                winreg.SetValueEx(key, value, 0, winreg.REG_DWORD, data)

    def read(self, below: str = "") -> dict[str, int] | None:
        """All values; None if there is no key."""
        try:
            path = rf"{KEY}\{EXE}{below}"
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, self.access) as key:
                count = winreg.QueryInfoKey(key)[1]
                return {
                    name: data for name, data, _ in (winreg.EnumValue(key, n) for n in range(count))
                }
        except FileNotFoundError:
            return None

    def remove(self) -> None:
        for path in (*(rf"{KEY}\{EXE}\{number}" for number in range(3)), rf"{KEY}\{EXE}", KEY):
            with suppress(FileNotFoundError):
                winreg.DeleteKeyEx(winreg.HKEY_CURRENT_USER, path, winreg.KEY_WOW64_64KEY)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Options]:
    monkeypatch.setattr("ntpages.heaps.image._KEY", KEY)
    options = Options()
    options.remove()
    with monkeypatch.context() as patched:
        patched.setattr(winreg, "HKEY_LOCAL_MACHINE", winreg.HKEY_CURRENT_USER)
        yield options
    options.remove()


@pytest.fixture
def standard_user(registry: Options, monkeypatch: pytest.MonkeyPatch) -> Options:
    """The registry as somebody sees it who may read, and not write."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Access is denied", None, 5)

    monkeypatch.setattr(winreg, "CreateKeyEx", refuse)
    return registry


# ---- The file ------------------------------------------------------------------------------------


def test_a_programs_file_says_how_large_its_heap_starts() -> None:
    pefile = pytest.importorskip("pefile")
    with pefile.PE(sys.executable, fast_load=True) as image:
        header = image.OPTIONAL_HEADER
        found = image_options(sys.executable)
        assert found.heap_reserve == header.SizeOfHeapReserve > 0
        assert found.heap_commit == header.SizeOfHeapCommit > 0
    assert (found.name.lower(), found.note) == ("python.exe", None)


@pytest.mark.usefixtures("registry")
def test_a_program_that_is_not_found_is_known_by_the_registry_alone() -> None:
    found = image_options(EXE)
    assert found == heaps.ImageOptions(
        EXE, None, None, None, f"{EXE} was not found", "default", GlobalFlag(0), None, ()
    )


PROGRAM = Path(sys.executable).read_bytes()[:1024]


@pytest.mark.parametrize(
    "content",
    [b"", b"M", b"MZ", b"no program", PROGRAM[:64], PROGRAM[:300], b"MZ" + bytes(1000)],
    ids=["empty", "a letter", "two", "words", "64 bytes", "300 bytes", "zeros"],
)
def test_a_file_that_is_no_program_is_refused(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("pefile")
    path = tmp_path / "words.exe"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"exe must be a program, and .*words\.exe is none"):
        image_options(str(path))


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "The process cannot access the file", None, 32),  # locked
        OSError(22, "The file cannot be accessed by the system", None, 1920),  # the Store's alias
        FileNotFoundError(2, "The system cannot find the file specified", None, 2),
    ],
    ids=["locked", "alias", "gone"],
)
def test_of_a_file_that_can_not_be_read_the_registry_is_told_and_why_the_other_is_not(
    monkeypatch: pytest.MonkeyPatch, registry: Options, capsys: Capture, error: OSError
) -> None:
    pytest.importorskip("pefile")
    registry.write(FRONT_END, 8)

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("shutil.which", lambda _: EXE)
    monkeypatch.setattr("builtins.open", refuse)
    found = image_options(EXE)
    run = Run(capsys, "heap", "image", EXE, "--json")
    monkeypatch.undo()
    note = f"{EXE} can't be read: {error.strerror}"
    assert found == heaps.ImageOptions(EXE, EXE, None, None, note, "on", GlobalFlag(0), None, ())
    assert (run.code, run.json["note"], run.json["segment_heap"]) == (0, note, "on")


def test_a_file_that_somebody_has_locked_is_no_traceback(registry: Options, tmp_path: Path) -> None:
    pytest.importorskip("pefile")
    path = tmp_path / EXE
    path.write_bytes(PROGRAM)
    registry.write(FRONT_END, 4)
    kernel = ctypes.WinDLL("kernel32")
    kernel.CreateFileW.restype = ctypes.c_void_p
    file = kernel.CreateFileW(str(path), 0x8000_0000, 0, None, 3, 0, None)  # shared with nobody
    try:
        found = image_options(path)
    finally:
        kernel.CloseHandle(ctypes.c_void_p(file))
    assert found.note is not None
    assert "can't be read" in found.note
    assert (found.heap_reserve, found.segment_heap) == (None, "off")


@pytest.mark.parametrize("exe", ["", "notepad", "folder/", "..", " a.exe ", "a.exe "])
def test_a_program_is_named_by_a_file_name(exe: str) -> None:
    for use in (image_options, set_image_options):
        with pytest.raises(ValueError, match="exe must be a file name with its extension"):
            use(exe)


@pytest.mark.usefixtures("registry")
def test_a_program_is_named_by_a_path_as_by_its_text() -> None:
    for path in (PurePath("folder", EXE), PureWindowsPath("C:/folder", EXE)):
        assert image_options(path) == image_options(str(path))
    with pytest.raises(TypeError, match="exe must be a str, not b'"):
        image_options(EXE.encode())  # type: ignore[arg-type]


# ---- The registry --------------------------------------------------------------------------------


def test_options_are_written_and_read_back(registry: Options) -> None:
    wanted = GlobalFlag.HEAP_TAIL_CHECK | GlobalFlag.HEAP_PAGE_ALLOCATIONS
    changes = set_image_options(EXE, segment_heap="on", flags=wanted)
    assert changes == (Change(FRONT_END, None, 8), Change(FLAGS, None, 0x0200_0010))
    assert registry.read() == {FRONT_END: 8, FLAGS: 0x0200_0010}
    found = image_options(EXE)
    assert (found.segment_heap, found.flags) == ("on", wanted)
    assert set_image_options(EXE, segment_heap="on", flags=wanted) == ()


def test_what_is_not_named_is_left_alone(registry: Options) -> None:
    registry.write(FLAGS, OTHER_BIT | GlobalFlag.HEAP_TAGGING)
    registry.write(FRONT_END, 0x10 | 4)
    registry.write("Debugger", "other", winreg.REG_SZ)
    assert image_options(EXE).segment_heap == "off"
    set_image_options(EXE, segment_heap="default")
    assert registry.read() == {
        FLAGS: OTHER_BIT | GlobalFlag.HEAP_TAGGING,
        FRONT_END: 0x10,
        "Debugger": "other",
    }
    set_image_options(EXE, flags=GlobalFlag(0))
    assert registry.read() == {FLAGS: OTHER_BIT, FRONT_END: 0x10, "Debugger": "other"}


def test_nothing_is_left_of_options_that_are_taken_back(registry: Options) -> None:
    set_image_options(EXE, segment_heap="off", flags=GlobalFlag.HEAP_FREE_CHECK)
    set_image_options(EXE, segment_heap="default", flags=GlobalFlag(0))
    assert registry.read() is None


def test_a_dry_run_changes_nothing(registry: Options) -> None:
    changes = set_image_options(EXE, segment_heap="off", dry_run=True)
    assert changes == (Change(FRONT_END, None, 4),)
    assert registry.read() is None


@pytest.mark.parametrize(
    ("text", "flags"), [("0x70", 0x70), ("00000112", 0x70), ("nonsense", 0), ("", 0)]
)
def test_flags_that_older_tools_wrote_as_text_are_read(
    registry: Options, text: str, flags: int
) -> None:
    registry.write(FLAGS, text, winreg.REG_SZ)
    assert image_options(EXE).flags == flags


def after(calls: int, function: Any, error: OSError) -> Any:
    """The function, which refuses once it was called that often."""
    left = iter(range(calls))

    def refuse(*arguments: Any) -> Any:
        if next(left, None) is None:
            raise error
        return function(*arguments)

    return refuse


DENIED = PermissionError(13, "Access is denied", None, 5)
QUOTA = OSError(22, "Not enough quota", None, 1816)


@pytest.mark.parametrize("error", [DENIED, QUOTA], ids=["denied", "quota"])
@pytest.mark.parametrize(
    "before",
    [
        None,
        {FLAGS: (0x20, winreg.REG_DWORD)},
        {FRONT_END: (4, winreg.REG_DWORD), FLAGS: ("0x70", winreg.REG_SZ)},
        {FRONT_END: ("0x4", winreg.REG_SZ), FLAGS: ("00000112", winreg.REG_SZ)},
    ],
    ids=["nothing", "one", "text", "texts"],
)
def test_a_change_whose_later_half_is_refused_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
    registry: Options,
    before: dict[str, tuple[Any, int]] | None,
    error: OSError,
) -> None:
    for value, (data, kind) in (before or {}).items():
        registry.write(value, data, kind)
    was = registry.read()
    store = winreg.SetValueEx

    def refuse_flags(key: Any, value: str, *rest: Any) -> None:
        if value == FLAGS:
            raise error
        store(key, value, *rest)

    monkeypatch.setattr(winreg, "SetValueEx", refuse_flags)
    with pytest.raises(NtError, match=f"the options of {EXE}") as refused:
        set_image_options(EXE, segment_heap="on", flags=GlobalFlag.HEAP_TAGGING)
    assert (refused.value.call, refused.value.code) == ("RegSetValueExW", error.winerror)
    assert isinstance(refused.value, PermissionError) is (error is DENIED)
    assert "put back" not in str(refused.value)
    assert registry.read() == was


def test_what_can_not_be_put_back_is_named(
    monkeypatch: pytest.MonkeyPatch, registry: Options
) -> None:
    registry.write(FRONT_END, 4)
    monkeypatch.setattr(winreg, "SetValueEx", after(1, winreg.SetValueEx, QUOTA))
    with pytest.raises(NtError, match=f"{FRONT_END} was changed and could not be put back"):
        set_image_options(EXE, segment_heap="on", flags=GlobalFlag.HEAP_TAGGING)
    assert registry.read() == {FRONT_END: 8}


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("function", ["OpenKey", "CreateKeyEx"])
def test_whatever_the_registry_refuses_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setattr(winreg, function, after(0, None, QUOTA))
    with pytest.raises(NtError) as refused:
        set_image_options(EXE, segment_heap="on")
    assert refused.value.code == 1816


def test_options_have_rules() -> None:
    with pytest.raises(ValueError, match="segment_heap must be 'on', 'off' or 'default'"):
        set_image_options(EXE, segment_heap="maybe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="flags must be of GlobalFlag, not 0x1"):
        set_image_options(EXE, flags=GlobalFlag(1))


def test_the_flags_are_those_of_gflags() -> None:
    assert {flag.name: int(flag) for flag in GlobalFlag} == {
        "HEAP_TAIL_CHECK": 0x10,  # htc
        "HEAP_FREE_CHECK": 0x20,  # hfc
        "HEAP_VALIDATE_PARAMETERS": 0x40,  # hpc
        "HEAP_VALIDATE_ALL": 0x80,  # hvc
        "HEAP_TAGGING": 0x800,  # htg
        "USER_STACK_TRACES": 0x1000,  # ust
        "HEAP_TAG_BY_DLL": 0x8000,  # htd
        "HEAP_DISABLE_COALESCING": 0x20_0000,  # dhc
        "HEAP_PAGE_ALLOCATIONS": 0x200_0000,  # hpa
    }


@pytest.mark.usefixtures("registry")
def test_options_that_may_not_be_read_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Access is denied", None, 5)

    monkeypatch.setattr(winreg, "OpenKey", refuse)
    with pytest.raises(AccessDeniedError, match=f"the options of {EXE}") as refused:
        image_options(EXE)
    assert (refused.value.call, refused.value.code) == ("RegOpenKeyExW", 5)


@pytest.mark.usefixtures("standard_user")
def test_only_an_administrator_changes_options() -> None:
    with pytest.raises(
        AccessDeniedError, match=r"elevated administrator.*Access is denied"
    ) as refused:
        set_image_options(EXE, segment_heap="on")
    assert (refused.value.call, refused.value.code) == ("RegCreateKeyExW", 5)
    assert set_image_options(EXE, segment_heap="on", dry_run=True)


# ---- The command line ----------------------------------------------------------------------------


def test_image_shows_the_options_of_a_program(capsys: Capture, registry: Options) -> None:
    registry.write(FLAGS, 0x30)
    run = Run(capsys, "heap", "image", EXE, "--json")
    assert run.code == 0
    origin = {"time", "version", "host"}
    said = {name: told for name, told in run.json.items() if name not in origin}
    assert said == {
        "name": EXE,
        "changed": False,
        "path": None,
        "heap_reserve": None,
        "heap_commit": None,
        "note": f"{EXE} was not found",
        "segment_heap": "default",
        "flags": ["heap-tail-check", "heap-free-check"],
        "filter": None,
        "filters": [],
        "page_heap": [],
        "stack_database": None,
        "heap_type": None,
        "changes": [],
        "dry_run": False,
    }
    run = Run(capsys, "heap", "image", EXE)
    assert f"unknown: {EXE} was not found" in run.err
    assert run.out.splitlines()[-1].split(maxsplit=1) == [
        "debugging",
        "heap-tail-check, heap-free-check",
    ]


def test_image_changes_options(capsys: Capture, registry: Options) -> None:
    words = ("heap", "image", EXE, "--segment-heap", "on", "--debug", "heap-tagging")
    run = Run(capsys, *words, "--dry-run", "--json")
    assert run.json["dry_run"]
    assert run.json["segment_heap"] == "default"
    assert run.json["changes"] == [
        {"value": FRONT_END, "before": None, "after": 8, "filter": None},
        {"value": FLAGS, "before": None, "after": 0x800, "filter": None},
    ]
    assert registry.read() is None
    run = Run(capsys, *words)
    assert run.code == 0
    assert "Changed." in run.err
    assert run.out.splitlines()[-1].split() == [FLAGS, "-", "0x800"]
    assert registry.read() == {FRONT_END: 8, FLAGS: 0x800}
    assert "it is so already" in Run(capsys, *words).err
    Run(capsys, "heap", "image", EXE, "--segment-heap", "default", "--debug", "none")
    assert registry.read() is None


@pytest.mark.usefixtures("standard_user")
def test_image_says_in_a_sentence_that_it_takes_an_administrator(capsys: Capture) -> None:
    run = Run(capsys, "heap", "image", EXE, "--segment-heap", "on")
    assert run.code == 1
    assert len(run.err.splitlines()) == 1
    assert "run it as an elevated administrator" in run.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "EXE"),
        (["notepad"], "exe must be a file name with its extension"),
        (["\0.exe"], "exe must be a file name with its extension"),
        ([EXE, "--dry-run"], "add --segment-heap or --debug"),
        ([EXE, "--segment-heap", "maybe"], "maybe"),
        ([EXE, "--debug", "everything"], "everything"),
        ([EXE, "--debug", "none", "--debug", "heap-tagging"], "'none' stands alone"),
    ],
)
def test_bad_arguments_of_image_end_with_1_and_a_sentence(
    capsys: Capture, arguments: list[str], words: str
) -> None:
    run = Run(capsys, "heap", "image", *arguments)
    assert run.code == 1
    assert words in run.err
    assert "Traceback" not in run.err
    assert not run.out


# ---- Options of one path -------------------------------------------------------------------------

HERE, THERE = rf"C:\here\{EXE}", rf"C:\there\{EXE}"


@pytest.fixture
def filtered(registry: Options) -> Options:
    registry.filter(0, HERE, GlobalFlag=0x0200_0000)
    registry.filter(1, THERE, GlobalFlag=0x10, FrontEndHeapDebugOptions=8)
    registry.filter(2, "")  # that says of no path that it is for it
    return registry


@pytest.mark.parametrize(
    ("exe", "flags", "segment_heap"),
    [
        (HERE, GlobalFlag.HEAP_PAGE_ALLOCATIONS, "default"),
        (HERE.upper(), GlobalFlag.HEAP_PAGE_ALLOCATIONS, "default"),
        (THERE, GlobalFlag.HEAP_TAIL_CHECK, "on"),
        (rf"C:\elsewhere\{EXE}", GlobalFlag.HEAP_TAGGING, "default"),
        (EXE, GlobalFlag.HEAP_TAGGING, "default"),
    ],
)
def test_options_of_a_path_win_over_those_of_a_name(
    filtered: Options, exe: str, flags: GlobalFlag, segment_heap: str
) -> None:
    filtered.write(FLAGS, 0x800)
    found = image_options(exe)
    assert (found.flags, found.segment_heap) == (flags, segment_heap)
    assert found.filters == (HERE, THERE)


def test_whose_options_they_are_is_told(filtered: Options) -> None:
    del filtered
    assert image_options(THERE).filter == THERE
    assert image_options(EXE).filter is None


def test_filters_that_are_switched_off_are_none(filtered: Options) -> None:
    filtered.write("UseFilter", 0)
    found = image_options(HERE)
    assert (found.flags, found.filter, found.filters) == (GlobalFlag(0), None, ())


def test_a_change_is_for_the_path_that_has_options_and_says_so(filtered: Options) -> None:
    changes = set_image_options(HERE, segment_heap="off")
    assert changes == (Change(FRONT_END, None, 4, HERE),)
    below = filtered.read(r"\0")
    assert below
    assert below[FRONT_END] == 4
    assert FRONT_END not in (filtered.read() or {})


def test_a_change_by_name_leaves_the_paths_alone_and_tells_which(
    filtered: Options, capsys: Capture
) -> None:
    run = Run(capsys, "heap", "image", EXE, "--segment-heap", "on")
    assert run.code == 0
    assert f"This is not for {HERE}" in run.err
    assert f"This is not for {THERE}" in run.err
    assert (filtered.read() or {})[FRONT_END] == 8
    assert FRONT_END not in (filtered.read(r"\0") or {})
