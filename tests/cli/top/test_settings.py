"""What ``ntpages top`` remembers, and what it makes of a file that is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ntpages.cli.top import settings
from ntpages.cli.top.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_file_all_is_as_usual() -> None:
    assert settings.load() == (Settings(), "")


def test_what_is_saved_is_loaded(folder: Path) -> None:
    for kept in (Settings(("private", "commit"), "light"), Settings(None, "none"), Settings(())):
        settings.save(kept)
        assert settings.load() == (kept, "")
    assert [path.name for path in folder.iterdir()] == ["top.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 65_000,
        b'{"columns": "private"}',
        b'{"columns": [1]}',
        b'{"theme": "pink"}',
        b'{"theme": ["dark"]}',
    ],
)
def test_a_broken_file_is_ignored_with_a_word(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "top.json").write_bytes(content)
    found, trouble = settings.load()
    assert found == Settings()
    assert "top.json is not used: " in trouble
    assert trouble.partition("not used: ")[2]


def test_a_file_that_cant_be_written_is_left_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.save(Settings(theme="light"))

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", refuse)
    with pytest.raises(OSError, match="No space"):
        settings.save(Settings(theme="none"))
    monkeypatch.undo()
    monkeypatch.setenv("LOCALAPPDATA", str(folder.parent))
    assert settings.load() == (Settings(theme="light"), "")
    assert [path.name for path in folder.iterdir()] == ["top.json"]


def test_columns_of_another_version_are_kept_for_it(folder: Path) -> None:
    folder.mkdir()
    (folder / "top.json").write_bytes(b'{"columns": ["private", "flux"], "more": 1}')
    assert settings.load() == (Settings(("private", "flux")), "")
