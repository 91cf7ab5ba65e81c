"""Sections: names, sizes, files, security, and how long what lives."""

from __future__ import annotations

import os
import re
import stat
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import errors, system
from ntpages.regions import Protection
from ntpages.sections import Attributes, Section

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

PAGE, GRAIN = 4096, 65536


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that nobody else uses."""
    return f"ntpages {os.getpid()} " + re.sub(r"\W", " ", request.node.name)


# ---- sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "had"), [(1, PAGE), (PAGE, PAGE), (5000, 2 * PAGE)])
def test_maker_and_opener_are_told_one_size(name: str, asked: int, had: int) -> None:
    with Section(asked, name=name) as made, Section.open(name) as opened:
        assert made.size == opened.size == had
        assert made.view().size == opened.view().size == had


def test_the_kernel_says_what_a_section_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"words")
    with Section(PAGE) as committed, Section(PAGE, reserve=True) as reserved:
        assert committed.attributes & Attributes.COMMIT
        assert reserved.attributes & Attributes.RESERVE
        assert not reserved.attributes & Attributes.COMMIT
    with Section(file=tmp_path / "file") as mapped:
        assert mapped.attributes & Attributes.FILE


@pytest.mark.parametrize("size", [0, -1, 2**47 + 1])
def test_a_size_that_cant_be_is_named(size: int) -> None:
    with pytest.raises(ValueError, match=rf"^size must be from 1 to .* bytes, not {size}$"):
        Section(size)


def test_memory_needs_a_size() -> None:
    with pytest.raises(ValueError, match=r"size must be given where there is no file"):
        Section()


# ---- names --------------------------------------------------------------------------------------


def test_a_name_that_is_taken_is_told_with_the_size_that_is_there(name: str) -> None:
    with Section(PAGE, name=name) as first:
        first.view().view(0, 1)[0] = 7
        with pytest.raises(
            errors.AlreadyExistsError, match=rf"{name}, 4096 bytes.*open.. opens it"
        ):
            Section(3 * PAGE, name=name)
        with pytest.raises(FileExistsError) as refused:
            Section(PAGE, name=name)
        assert (refused.value.code, refused.value.call) == (183, "CreateFileMappingNumaW")  # type: ignore[attr-defined]
        assert first.view().view(0, 1)[0] == 7


def test_what_exists_already_may_do_if_it_is_as_large(name: str) -> None:
    with Section(PAGE, name=name, exist_ok=True) as first:
        with Section(100, name=name, exist_ok=True) as second:
            assert (first.created, second.created) == (True, False)
            first.view().view(0, 1)[0] = 7
            assert second.view().view(0, 1)[0] == 7
        with pytest.raises(errors.AlreadyExistsError, match=r"4096 bytes"):
            Section(PAGE + 1, name=name, exist_ok=True)


def test_a_name_dies_with_the_last_handle_and_memory_with_the_last_view(name: str) -> None:
    first, second = Section(PAGE, name=name), Section.open(name)
    view = second.view()
    view.view(0, 1)[0] = 7
    first.close()
    Section.open(name).close()  # the other handle keeps the name
    second.close()
    with pytest.raises(errors.NotFoundError, match=name):
        Section.open(name)
    with Section(PAGE, name=name) as new:
        assert new.created
        assert new.view().view(0, 1)[0] == 0
    assert view.view(0, 1)[0] == 7
    view.close()


def test_whoever_is_not_there_is_the_builtin_that_a_stranger_would_catch() -> None:
    with pytest.raises(FileNotFoundError, match=r"OpenFileMappingW failed .nobody of this name"):
        Section.open("nobody of this name")


@pytest.mark.parametrize(
    "bad", ["a\\b", "Global\\", "global\\x", "Local\\a\\b", "\\x", "Session\\x"]
)
def test_a_backslash_is_for_the_prefix_alone(bad: str) -> None:
    words = r"^name must be without a backslash but that of Global"
    with pytest.raises(ValueError, match=words):
        Section(1, name=bad)
    with pytest.raises(ValueError, match=words):
        Section.open(bad)


@pytest.mark.parametrize("prefix", ["Local\\", "Global\\"])
def test_a_prefix_names_the_place(name: str, prefix: str) -> None:
    with Section(PAGE, name=prefix + name) as section:
        assert section.name == prefix + name
        with Section.open(prefix + name) as opened:
            assert (opened.name, opened.created) == (prefix + name, False)


@pytest.mark.parametrize("bad", ["", "a\0b", 5, b"name"])
def test_what_is_no_name_is_named(bad: Any) -> None:
    kind = ValueError if isinstance(bad, str) else TypeError
    with pytest.raises(kind, match=r"^name must"):
        Section(1, name=bad)
    with pytest.raises(kind, match=r"^name must"):
        Section.open(bad)


def test_no_name_is_none() -> None:
    with Section(PAGE) as section:
        assert section.name is None
        assert repr(section) == "<Section: 4096 bytes>"
    assert repr(section) == "<Section: closed>"


def test_a_denial_in_global_is_explained(lab: Lab, name: str) -> None:
    lab.fail("CreateFileMappingNumaW", code=5)
    with pytest.raises(errors.AccessDeniedError, match=r"takes SeCreateGlobalPrivilege"):
        Section(PAGE, name=f"Global\\{name}")
    lab.fail("CreateFileMappingNumaW", code=5)
    with pytest.raises(errors.AccessDeniedError) as refused:
        Section(PAGE, name=name)
    assert "SeCreateGlobalPrivilege" not in str(refused.value)


# ---- protections --------------------------------------------------------------------------------


def test_whoever_opens_for_reading_cant_write(name: str) -> None:
    with (
        Section(PAGE, name=name) as made,
        Section.open(name, protection=Protection.READONLY) as opened,
        made.view() as writing,
        opened.view() as reading,
    ):
        assert opened.protection is Protection.READONLY
        writing.view(0, 1)[0] = 7
        seen = reading.view()
        assert seen.readonly
        assert seen[0] == 7
        seen.release()
        with pytest.raises(errors.AccessDeniedError):
            opened.view(protection=Protection.READWRITE)


@pytest.mark.parametrize("bad", [0, Protection.NOACCESS, Protection.READWRITE | Protection.GUARD])
def test_a_protection_is_one_of_six(bad: int) -> None:
    with pytest.raises(ValueError, match=rf"^protection must be one of READONLY, .*, not {bad:#x}"):
        Section(PAGE, protection=Protection(bad))


@pytest.mark.parametrize(
    "wishes",
    [
        {"reserve": True, "large_pages": True},
        {"file": "x", "large_pages": True},
        {"file": "x", "reserve": True},
    ],
)
def test_wishes_that_dont_go_together_are_refused(wishes: Any) -> None:
    with pytest.raises(ValueError, match=r"reserve"):
        Section(system.large_page_size(), **wishes)


# ---- security -----------------------------------------------------------------------------------


def test_security_goes_in_as_it_comes_out() -> None:
    with Section(PAGE, security="D:(A;;GA;;;WD)(D;;GA;;;AN)") as section:
        told = section.security
    entries = set(re.findall(r"\((\w);[^)]*;(\w\w)\)", told))
    assert {("A", "WD"), ("D", "AN")} <= entries, told


def test_security_that_is_none_is_refused_by_windows() -> None:
    with pytest.raises(errors.NtError, match=r"ConvertStringSecurityDescriptor"):
        Section(PAGE, security="nonsense")
    with pytest.raises(ValueError, match=r"^security must not be empty"):
        Section(PAGE, security="")


# ---- files --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mapped"
    path.write_bytes(b"0123456789")
    return path


def test_a_file_is_mapped_as_long_as_it_is(file: Path) -> None:
    with Section(file=file) as section, section.view() as view:
        assert (section.size, view.size) == (10, 10)
        assert bytes(view) == b"0123456789"


def test_what_is_written_is_in_the_file_when_flush_returns(file: Path) -> None:
    with Section(file=str(file)) as section, section.view() as view:
        view.view(2, 3)[:] = b"abc"
        view.flush()
        assert file.read_bytes() == b"01abc56789"


def test_flushing_asks_for_the_disk_where_there_is_one(lab: Lab, file: Path) -> None:
    with Section(file=file) as section, section.view() as view, Section(PAGE) as memory:
        view.flush(0, 1)
        assert (lab.count("FlushViewOfFile"), lab.count("FlushFileBuffers")) == (1, 1)
        memory.view().flush()
        reading = section.view(protection=Protection.READONLY)
        reading.flush()
        assert (lab.count("FlushViewOfFile"), lab.count("FlushFileBuffers")) == (3, 1)
        reading.close()


def test_a_shorter_file_is_made_longer(file: Path) -> None:
    with Section(100_000, file=file) as section, section.view(GRAIN) as view:
        assert section.size == 100_000
        view.view(100_000 - GRAIN - 1, 1)[0] = 7
    assert len(file.read_bytes()) == 100_000
    assert file.read_bytes()[:11] == b"0123456789\0"


def test_only_what_may_be_written_makes_a_file_longer(file: Path) -> None:
    with pytest.raises(ValueError, match=r"^size must be at most 10 bytes.*, not 11"):
        Section(11, file=file, protection=Protection.READONLY)
    assert file.stat().st_size == 10


def test_a_copy_on_write_stays_in_its_view(file: Path) -> None:
    copied = Section(file=file, protection=Protection.WRITECOPY)
    with copied, copied.view() as one, copied.view() as other:
        one.view(0, 1)[:] = b"X"
        assert bytes(one) == b"X123456789"
        assert bytes(other) == b"0123456789"
    assert file.read_bytes() == b"0123456789"


def test_an_empty_file_needs_a_size(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(ValueError, match=r"^file must hold something .* give it a size"):
        Section(file=empty)
    with Section(PAGE, file=empty) as section:
        assert section.size == PAGE


def test_an_open_file_may_be_closed_later_and_its_buffer_is_written_first(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"ab")
        section = Section(file=opened)
        assert Section(file=opened.fileno()).size == 10
    with section, section.view() as view:
        assert bytes(view) == b"ab23456789"
        view.view(0, 1)[:] = b"A"
        view.flush()
    assert file.read_bytes() == b"Ab23456789"


def test_a_sparse_file_is_read_and_not_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = file.stat()
    sparse = SimpleNamespace(
        st_mode=known.st_mode, st_size=10, st_file_attributes=stat.FILE_ATTRIBUTE_SPARSE_FILE
    )
    monkeypatch.setattr(os, "fstat", lambda _: sparse)
    with pytest.raises(ValueError, match=r"^file must not be sparse .* Map it READONLY"):
        Section(file=file)
    for way in (Protection.READONLY, Protection.WRITECOPY):
        with Section(file=file, protection=way) as section, section.view() as view:
            assert bytes(view) == b"0123456789"


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    wrong: list[Any] = [5.0, object(), True, [1]]
    for bad in wrong:
        with pytest.raises(TypeError, match=r"^file must be a path, an open file or its number"):
            Section(file=bad)
    with pytest.raises(FileNotFoundError):
        Section(file=tmp_path / "none")
    with pytest.raises(OSError, match=r"WinError 6|Errno 9"):
        Section(file=9_999)
    reading, writing = os.pipe()
    with pytest.raises(ValueError, match=r"^file must be an ordinary file"):
        Section(PAGE, file=reading)
    os.close(reading)
    os.close(writing)


# ---- ends ---------------------------------------------------------------------------------------


def test_closing_twice_is_harmless_and_what_is_closed_says_so() -> None:
    section = Section(PAGE)
    section.close()
    section.close()
    assert section.closed
    for use in (lambda: section.size, section.view, lambda: section.security):
        with pytest.raises(ValueError, match=r"^Section is closed$"):
            use()


def test_a_refused_name_leaves_no_handle(lab: Lab, name: str) -> None:
    with Section(PAGE, name=name):
        before = lab.footprint()
        for _ in range(3):
            with pytest.raises(errors.AlreadyExistsError):
                Section(PAGE, name=name)
        assert "handles" not in lab.footprint().growth_since(before)
