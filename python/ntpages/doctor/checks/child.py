"""A process to look into: a command interpreter that waits for a line which never comes."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ntpages.doctor.checks.check import NotHereError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def child(folder: str = "System32") -> Iterator[int]:
    """Start one for the length of a ``with`` block, which gets its process id.

    Args:
        folder: Of Windows' own; ``"SysWOW64"`` for a 32-bit process.

    Raises:
        NotHereError: This Windows has no such program.
    """
    program = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / folder / "cmd.exe"
    if not program.is_file():
        msg = f"there is no {folder}\\cmd.exe"
        raise NotHereError(msg)
    command = [str(program), "/d", "/q"]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=nowhere, stderr=nowhere) as process:
        try:
            yield process.pid
        finally:
            process.kill()
