"""Results that an earlier command printed with --json, read back from a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_Result = TypeVar("_Result")


def load(path: Path, command: str, parse: Callable[[Any], _Result]) -> _Result:
    """Return what ``parse`` makes of a saved document.

    Shells save in encodings of their own: Windows PowerShell writes UTF-16 for ``>``, and puts a
    byte order mark before UTF-8. All that JSON may be written in is read.

    Args:
        path: The file.
        command: What prints such a document, for people.
        parse: Takes what was in the file, and raises what any wrong guess of its shape does.

    Raises:
        UsageError: It is no such document.
    """
    try:
        return parse(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError, OverflowError) as wrong:
        msg = f"{path} holds no result of `{command}`: {wrong!r}"
        raise click.UsageError(msg) from wrong
