"""What ``ntpages top`` remembers: which columns, and which colours."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

THEMES = ("dark", "light", "none")
"""What there is to choose from; ``none`` does without colour."""
_MOST = 1 << 16  # bytes of a file that could be one of ours


@dataclass(frozen=True, slots=True)
class Settings:
    """What is remembered."""

    columns: tuple[str, ...] | None = None
    """``None`` for the usual ones."""
    theme: str = "dark"


def path() -> Path:
    """Return the file that keeps them, in the user's own folder."""
    return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "ntpages" / "top.json"


def load() -> tuple[Settings, str]:
    """Return what is remembered, and why the file is not used, where it is not.

    Whatever is wrong with it, nothing but the usual settings comes of it.
    """
    file = path()
    try:
        if not file.exists():
            return Settings(), ""
        with file.open("rb") as opened:
            content = opened.read(_MOST)
        return _read(json.loads(content)), ""
    except (OSError, ValueError, RecursionError) as wrong:
        return Settings(), f"{file} is not used: {wrong}"


def save(settings: Settings) -> None:
    """Remember them. The file is there whole or as it was.

    Raises:
        OSError: It can't be written.
    """
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=file.parent, prefix="top", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            json.dump(asdict(settings), opened, indent=1)
        Path(scratch).replace(file)
    except OSError:
        Path(scratch).unlink(missing_ok=True)
        raise


def _read(found: Any) -> Settings:
    if not isinstance(found, dict):
        msg = f"it holds {type(found).__name__}, no settings"
        raise ValueError(msg)
    columns, theme = found.get("columns"), found.get("theme", "dark")
    settings = Settings()
    if columns is not None:
        if not isinstance(columns, list) or not all(isinstance(each, str) for each in columns):
            msg = "its columns are no list of names"
            raise ValueError(msg)
        settings = replace(settings, columns=tuple(columns))
    if theme not in THEMES:
        msg = f"its theme is none of {', '.join(THEMES)}"
        raise ValueError(msg)
    return replace(settings, theme=theme)
