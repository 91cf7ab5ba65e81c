"""How the heaps of a program start out: what its file asks for, what the registry says of it."""

from __future__ import annotations

import os
import re
import shutil
import winreg
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import IntFlag
from mmap import ACCESS_READ, mmap
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Literal

from ntpages import arguments, errors, extras

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "Change",
    "GlobalFlag",
    "ImageOptions",
    "PageHeapFlag",
    "image_options",
    "set_image_options",
]

_KEY = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options"
_READ = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
_FLAGS = "GlobalFlag"
_FRONT_END = "FrontEndHeapDebugOptions"
_PAGE_HEAP = "PageHeapFlags"
_STACKS = "StackTraceDatabaseSizeInMb"
_FILTERED = "UseFilter"
_FILTER = "FilterFullPath"
_MIB = 1 << 20
_LEAST_STACKS, _MOST_STACKS = 8 * _MIB, 128 * _MIB  # of the oldest and of the newest Windows
_SEGMENT_OFF = 4
_SEGMENT_ON = 8
_FRONT_ENDS = {"on": _SEGMENT_ON, "off": _SEGMENT_OFF, "default": 0}


class GlobalFlag(IntFlag):
    """The bits of a program's GlobalFlag that concern heaps. All but the first one cost time.

    Source: the ``gflags`` tool's documentation; the values are Windows' own.
    """

    HEAP_DISABLE_COALESCING = 0x0020_0000
    """Do not merge free blocks that are neighbours."""
    HEAP_TAIL_CHECK = 0x0000_0010
    """Write a pattern behind each block, and look at it when the block is freed."""
    HEAP_FREE_CHECK = 0x0000_0020
    """Fill freed blocks with a pattern, and look at it when they are given out again."""
    HEAP_VALIDATE_PARAMETERS = 0x0000_0040
    """Check the heap around each block that a call is about."""
    HEAP_VALIDATE_ALL = 0x0000_0080
    """Check the whole heap at every call."""
    HEAP_TAGGING = 0x0000_0800
    """Keep a tag with each block."""
    USER_STACK_TRACES = 0x0000_1000
    """Keep the call stack of each allocation."""
    HEAP_TAG_BY_DLL = 0x0000_8000
    """Tag blocks by the DLL that allocated them."""
    HEAP_PAGE_ALLOCATIONS = 0x0200_0000
    """Page heap: each block at the end of pages of its own, so that overruns stop at once."""


_HEAP_FLAGS = GlobalFlag(0)
for _flag in GlobalFlag:
    _HEAP_FLAGS |= _flag


class PageHeapFlag(IntFlag):
    """The bits of a program's PageHeapFlags, which say how its page heap works.

    They count where ``GlobalFlag.HEAP_PAGE_ALLOCATIONS`` is on.

    Source: Application Verifier's and ``gflags``'s documentation; the values are Windows' own.
    """

    ENABLE_PAGE_HEAP = 0x0001
    """Full page heap: a page without access behind each block; else patterns alone."""
    COLLECT_STACK_TRACES = 0x0002
    """Keep the call stack of each allocation."""
    CATCH_BACKWARD_OVERRUNS = 0x0010
    """Put the page without access before the block."""
    UNALIGNED_ALLOCATIONS = 0x0020
    """Put the end of each block at the page's very end, whatever its alignment."""
    SMART_MEMORY_USAGE = 0x0040
    """Use address space without memory for pages without access."""
    USE_SIZE_RANGE = 0x0080
    """Only for blocks of some sizes."""
    USE_DLL_RANGE = 0x0100
    """Only for what is allocated from some addresses."""
    USE_RANDOM_DECISION = 0x0200
    """Only for some blocks, by chance."""
    USE_DLL_NAMES = 0x0400
    """Only for what some DLLs allocate."""
    USE_FAULT_INJECTION = 0x0800
    """Refuse allocations by chance."""
    PROTECT_META_DATA = 0x1000
    """Let nobody write to the heap's own records."""
    CHECK_NO_SERIALIZE_ACCESS = 0x2000
    """Find threads that use a heap without a lock at the same time."""
    NO_LOCK_CHECKS = 0x4000
    """Do not look for locks in memory that is freed."""


_NO_PAGE_HEAP = PageHeapFlag(0)
_PAGE_HEAP_FLAGS = _NO_PAGE_HEAP
for _page_heap_flag in PageHeapFlag:
    _PAGE_HEAP_FLAGS |= _page_heap_flag


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How the heaps of a program start out."""

    name: str
    """File name of the program, by which the registry knows it."""
    path: str | None
    """The file whose header was read; ``None`` if it was not found."""
    heap_reserve: int | None
    """Bytes of address space that its file asks for the default heap."""
    heap_commit: int | None
    """Bytes that its file wants committed of them at once."""
    note: str | None
    """Why the two are unknown, where they are."""
    segment_heap: Literal["on", "off", "default"]
    """Whether its heaps are segment heaps, whatever Windows would choose."""
    flags: GlobalFlag
    """Heap debugging that is switched on."""
    filter: str | None
    """Full path of the one program that these options are for; ``None`` for all of the name."""
    filters: tuple[str, ...]
    """Full paths of programs of this name that have options of their own."""
    page_heap: PageHeapFlag = _NO_PAGE_HEAP
    """How its page heap works, where ``flags`` switch it on."""
    stack_database: int | None = None
    """Bytes for the call stacks that Windows keeps; ``None``: as many as it likes."""
    heap_type: str | None = None
    """What the manifest in its file asks for: ``"SegmentHeap"``, or ``None`` for nothing. Windows
    heeds it from Windows 10 2004 on."""


@dataclass(frozen=True, slots=True)
class Change:
    """A registry value that was changed, or would be."""

    value: str
    """Its name."""
    before: int | None
    """``None``: there was none."""
    after: int | None
    """``None``: it is deleted."""
    filter: str | None = None
    """Full path of the one program that it is for; ``None`` for all of the name that have no
    options of their own."""


def image_options(exe: str | PurePath) -> ImageOptions:
    """Return how the heaps of a program start out.

    Args:
        exe: File name (``"notepad.exe"``, which is then looked for on the ``PATH``) or path.

    Returns:
        What the program's file and the registry say. Reading the file takes ``pefile``; where it
        can't be read (an alias of the Store's, a file that is locked), the ``note`` says why.

    Raises:
        ValueError: ``exe`` is no file name with an extension, or the file is no program.
        AccessDeniedError: The registry may not be read.
        NtError: It can't be read for another reason.

    Source: ``SizeOfHeapReserve``, ``SizeOfHeapCommit`` (winnt.h); the registry's Image File
    Execution Options: ``GlobalFlag``, ``PageHeapFlags``, ``StackTraceDatabaseSizeInMb``,
    ``UseFilter``, ``FilterFullPath``, Windows XP and 7, and ``FrontEndHeapDebugOptions``
    (undocumented, Windows 8); ``heapType`` of an application's manifest, Windows 10 2004.
    """
    name = _name_of(exe)
    path = shutil.which(exe)
    nothing = (None, None, None, f"{exe} was not found")
    reserve, commit, heap_type, note = _read_header(path) if path else nothing
    filters = _filters(name)
    key = _key_for(name, path or exe, filters)
    front_end = _read(key, _FRONT_END) or 0
    stacks = _read(key, _STACKS)
    return ImageOptions(
        name,
        path,
        reserve,
        commit,
        note,
        "on" if front_end & _SEGMENT_ON else "off" if front_end & _SEGMENT_OFF else "default",
        GlobalFlag((_read(key, _FLAGS) or 0) & _HEAP_FLAGS),
        filters.get(key),
        tuple(filters.values()),
        PageHeapFlag((_read(key, _PAGE_HEAP) or 0) & _PAGE_HEAP_FLAGS),
        None if stacks is None else stacks * _MIB,
        heap_type,
    )


def set_image_options(
    exe: str | PurePath,
    *,
    segment_heap: Literal["on", "off", "default"] | None = None,
    flags: GlobalFlag | None = None,
    page_heap: PageHeapFlag | None = None,
    stack_database: int | None = None,
    only_path: bool = False,
    dry_run: bool = False,
) -> tuple[Change, ...]:
    """Change how the heaps of a program start out, from its next start on.

    Args:
        exe: File name or path. The registry knows programs by name: it is for all of that name,
            but for those whose paths have options of their own (``ImageOptions.filters``), which
            Windows asks instead. The full path of one of these changes that one's.
        segment_heap: Force segment heaps on or off, or leave it to Windows again.
        flags: Heap debugging to have on; what is not named is switched off. Bits of GlobalFlag that
            do not concern heaps are left alone.
        page_heap: How the page heap works, which ``flags`` switch on.
        stack_database: Bytes for call stacks, whole MiB from 8 to 128; today's Windows takes 24 for
            fewer. 0 leaves it to Windows again.
        only_path: Whether to give the program at the path ``exe`` options of its own, where it has
            none yet. They begin empty: Windows doesn't ask those of its name any more.
        dry_run: Whether only to say what would be changed.

    Returns:
        The values that were changed; empty if all was as wanted.

    Raises:
        ValueError: ``exe`` is no file name with an extension, or another argument breaks its rule.
        AccessDeniedError: Only an elevated administrator may do this.
        NtError: The registry refused for another reason. Whatever the refusal, all is as it was
            before; else the message names what is not.

    Source: as ``image_options()``.
    """
    name = _name_of(exe)
    if segment_heap is not None:
        arguments.choice("segment_heap", segment_heap, tuple(_FRONT_ENDS))
    if flags is not None:
        flags = GlobalFlag(arguments.constant("flags", flags, GlobalFlag))
        if flags & ~_HEAP_FLAGS:
            msg = f"flags must be of GlobalFlag, not {int(flags):#x}"
            raise ValueError(msg)
    if page_heap is not None:
        page_heap = PageHeapFlag(arguments.constant("page_heap", page_heap, PageHeapFlag))
        if page_heap & ~_PAGE_HEAP_FLAGS:
            msg = f"page_heap must be of PageHeapFlag, not {int(page_heap):#x}"
            raise ValueError(msg)
    if stack_database is not None:
        stack_database = arguments.integer("stack_database", stack_database)
        if stack_database:
            arguments.multiple(
                "stack_database", stack_database, _MIB, least=_LEAST_STACKS, most=_MOST_STACKS
            )
    only_path = arguments.boolean("only_path", only_path)
    if only_path and PureWindowsPath(exe).name == str(exe):
        msg = f"exe must be a path with only_path, not {exe!r}"
        raise ValueError(msg)
    dry_run = arguments.boolean("dry_run", dry_run)
    filters = _filters(name)
    path = _key_for(name, exe, filters)
    wanted = list(_wanted(segment_heap, flags, page_heap, stack_database))
    if only_path and path == name:
        return _filter(name, os.path.abspath(exe), wanted, dry_run=dry_run)  # noqa: PTH100 (as above)
    changes = tuple(_changes(path, filters.get(path), wanted))
    if changes and not dry_run:
        with _opened(path) as key:
            _write_all(name, key, changes)
    return changes


def _filter(
    name: str, path: str, wanted: list[tuple[str, int, int]], *, dry_run: bool
) -> tuple[Change, ...]:
    """Give the program at a path a key of its own, which is complete before Windows asks for it."""
    used = _read(name, _FILTERED)
    switch = () if used else (Change(_FILTERED, used, 1),)
    below = _keys_below(name) if _exists(name) else []
    number = next(str(each) for each in range(len(below) + 1) if str(each) not in below)
    key_name = rf"{name}\{number}"
    changes = tuple(_changes(key_name, path, wanted))
    if dry_run:
        return (*changes, *switch)
    with ExitStack() as undo:
        with _opened(key_name) as key:
            undo.callback(_forget, key_name)
            _write_all(name, key, changes)
            _set(name, key, _FILTER, path)
        if switch:
            with _opened(name) as key:
                _write_all(name, key, switch)
        undo.pop_all()
    return (*changes, *switch)


def _set(name: str, key: winreg.HKEYType, value: str, text: str) -> None:
    try:
        winreg.SetValueEx(key, value, 0, winreg.REG_SZ, text)
    except OSError as error:
        raise _refused(name, error, call="RegSetValueExW") from error


def _forget(name: str) -> None:
    with suppress(OSError):  # a key without FilterFullPath says nothing to Windows
        winreg.DeleteKeyEx(winreg.HKEY_LOCAL_MACHINE, rf"{_KEY}\{name}", winreg.KEY_WOW64_64KEY)
    with suppress(OSError), _opened(str(PureWindowsPath(name).parent)):
        pass  # which leaves no empty key above it


def _exists(name: str) -> bool:
    try:
        winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_KEY}\{name}", 0, _READ).Close()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _refused(name, error, call="RegOpenKeyExW") from error
    return True


def _filters(name: str) -> dict[str, str]:
    """The keys below a program's own that Windows asks instead, each for the program at a path."""
    if not _read(name, _FILTERED):
        return {}
    found = {}
    for each in _keys_below(name):
        key = rf"{name}\{each}"
        path, _ = _value(key, _FILTER) or ("", 0)
        if isinstance(path, str) and path:
            found[key] = path
    return found


def _key_for(name: str, exe: str | PurePath, filters: dict[str, str]) -> str:
    """The key that Windows asks when it starts a program: one for its path, else that of its name.

    A name without a folder may be of any of them: it stands for all that have no key of their own.
    """
    if PureWindowsPath(exe).name == str(exe):
        return name
    wanted = os.path.abspath(exe).casefold()  # noqa: PTH100 (no link is followed: Windows does not)
    return next((key for key, path in filters.items() if path.casefold() == wanted), name)


def _name_of(exe: str | PurePath) -> str:
    text = str(exe) if isinstance(exe, PurePath) else arguments.instance("exe", exe, str)
    path = PureWindowsPath(text)
    if not path.suffix or path.name != path.name.strip() or "\0" in text:
        msg = f"exe must be a file name with its extension, or a path to one, not {exe!r}"
        raise ValueError(msg)
    return path.name


def _wanted(
    segment_heap: str | None,
    flags: GlobalFlag | None,
    page_heap: PageHeapFlag | None,
    stack_database: int | None,
) -> Iterator[tuple[str, int, int]]:
    """Values of the registry, the bits of each that are ours, and which of those shall be on."""
    if segment_heap is not None:
        yield _FRONT_END, _SEGMENT_ON | _SEGMENT_OFF, _FRONT_ENDS[segment_heap]
    if flags is not None:
        yield _FLAGS, int(_HEAP_FLAGS), int(flags)
    if page_heap is not None:
        yield _PAGE_HEAP, int(_PAGE_HEAP_FLAGS), int(page_heap)
    if stack_database is not None:
        yield _STACKS, 2**32 - 1, stack_database // _MIB


def _changes(
    key: str, filtered: str | None, wanted: Iterable[tuple[str, int, int]]
) -> Iterator[Change]:
    for value, ours, bits in wanted:
        before = _read(key, value)
        after = ((before or 0) & ~ours) | bits
        if after != (before or 0):
            yield Change(value, before, after or None, filtered)


def _read_header(path: str) -> tuple[int | None, int | None, str | None, str | None]:
    """What the file asks for: reserve, commit, heap type; and why they are unknown."""
    try:
        import pefile  # type: ignore[import-untyped]  # noqa: PLC0415 (optional, and slow to import)
    except ImportError:
        return None, None, None, f"reading the file takes pefile: {extras.install_line('image')}"
    try:
        # Not opened by pefile, which tells of what it may not open in no class of its own.
        with (
            open(path, "rb") as file,  # noqa: PTH123
            mmap(file.fileno(), 0, access=ACCESS_READ) as data,
        ):
            image = pefile.PE(data=data, fast_load=True)
            header = image.OPTIONAL_HEADER
            return header.SizeOfHeapReserve, header.SizeOfHeapCommit, _heap_type(image), None
    except OSError as error:  # an alias of the Store's, a file that somebody keeps to himself
        return None, None, None, f"{path} can't be read: {error.strerror}"
    except (pefile.PEFormatError, ValueError) as error:  # an empty file can't be mapped
        msg = f"exe must be a program, and {path} is none: {error}"
        raise ValueError(msg) from error


def _heap_type(image: Any) -> str | None:
    """What the manifest in a file says of heaps; ``None`` where it has none, or says nothing."""
    import pefile  # noqa: PLC0415 (it is there)

    found: list[bytes] = []
    with suppress(pefile.PEFormatError, AttributeError, ValueError):  # broken, or without resources
        image.parse_data_directories(
            directories=[pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]]
        )
        for kind in image.DIRECTORY_ENTRY_RESOURCE.entries:
            if kind.id == pefile.RESOURCE_TYPE["RT_MANIFEST"]:
                for named in kind.directory.entries:
                    for language in named.directory.entries:
                        where = language.data.struct
                        found.append(image.get_data(where.OffsetToData, where.Size))
    for manifest in found:
        encoding = "utf-16" if manifest[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        words = re.sub("<!--.*?-->", "", manifest.decode(encoding, "replace"), flags=re.DOTALL)
        if told := re.search(r"<(?:\w+:)?heapType\b[^>]*>\s*(\w+)\s*</", words):
            return told[1]
    return None


def _read(name: str, value: str) -> int | None:
    stored = _value(name, value)
    if stored is None:
        return None
    found, kind = stored
    if kind == winreg.REG_DWORD:
        return int(found)
    for base in (0, 10):  # as older tools wrote it: Windows takes leading zeros for decimal ones
        with suppress(ValueError):
            return int(str(found), base)
    return None


def _value(name: str, value: str) -> tuple[Any, int] | None:
    """A value of a key below that of all programs, and its kind; ``None`` if there is none."""
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_KEY}\{name}", 0, _READ) as key:
            return winreg.QueryValueEx(key, value)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(name, error, call="RegOpenKeyExW") from error


def _keys_below(name: str) -> list[str]:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_KEY}\{name}", 0, _READ) as key:
            return [winreg.EnumKey(key, n) for n in range(winreg.QueryInfoKey(key)[0])]
    except OSError as error:
        raise _refused(name, error, call="RegEnumKeyExW") from error


@contextmanager
def _opened(name: str) -> Iterator[winreg.HKEYType]:
    """The key of a program, to be changed; it is made where there is none, and not left empty."""
    access = winreg.KEY_READ | winreg.KEY_WRITE | winreg.KEY_WOW64_64KEY
    path = rf"{_KEY}\{name}"
    try:
        key = winreg.CreateKeyEx(winreg.HKEY_LOCAL_MACHINE, path, 0, access)
    except OSError as error:
        raise _refused(name, error, call="RegCreateKeyExW") from error
    try:
        yield key
    finally:
        keys, values, _ = winreg.QueryInfoKey(key)
        key.Close()
        if not keys and not values:
            with suppress(OSError):  # an empty key says as much as none
                winreg.DeleteKeyEx(winreg.HKEY_LOCAL_MACHINE, path, winreg.KEY_WOW64_64KEY)


def _write_all(name: str, key: winreg.HKEYType, changes: tuple[Change, ...]) -> None:
    """Write all values, or none."""
    before = {change.value: _stored(key, change.value) for change in changes}
    done: list[str] = []
    try:
        for change in changes:
            after = None if change.after is None else (change.after, winreg.REG_DWORD)
            _store(key, change.value, after)
            done.append(change.value)
    except OSError as error:
        left = [value for value in done if not _put_back(key, value, before[value])]
        rest = f"{', '.join(left)} was changed and could not be put back" if left else ""
        raise _refused(name, error, call="RegSetValueExW", rest=rest) from error


def _stored(key: winreg.HKEYType, value: str) -> tuple[Any, int] | None:
    try:
        return winreg.QueryValueEx(key, value)
    except FileNotFoundError:
        return None


def _store(key: winreg.HKEYType, value: str, stored: tuple[Any, int] | None) -> None:
    if stored is None:
        winreg.DeleteValue(key, value)
    else:
        data, kind = stored
        winreg.SetValueEx(key, value, 0, kind, data)


def _put_back(key: winreg.HKEYType, value: str, stored: tuple[Any, int] | None) -> bool:
    try:
        _store(key, value, stored)
    except OSError:
        return False
    return True


def _refused(name: str, error: OSError, *, call: str, rest: str = "") -> errors.NtError:
    code = error.winerror or 5
    subject = f"the options of {name}"
    if code == 5:  # ERROR_ACCESS_DENIED
        subject += ": run it as an elevated administrator"
    if rest:
        subject += f"; {rest}"
    return errors.from_call(call, code, 0, error.strerror or "", subject)
