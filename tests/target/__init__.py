"""Running target.exe, a program whose memory holds known content at known places."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

EXECUTABLE = os.environ.get("NTPAGES_TARGET_EXE", "")
EXECUTABLE32 = os.environ.get("NTPAGES_TARGET32_EXE", "")


class Target:
    """One running target, as a context manager. See target.cpp for what it has."""

    def __init__(self, *arguments: str | int, executable: str = EXECUTABLE) -> None:
        if not executable:
            pytest.skip("NTPAGES_TARGET_EXE or NTPAGES_TARGET32_EXE names no program to look into")
        words = [executable, *map(str, arguments)]
        self._running = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        answered = json.loads(self._answer())
        self.mark = bytes(answered.pop("mark", [])[:-1])
        self.places: dict[str, int] = answered

    @property
    def pid(self) -> int:
        return self._running.pid

    def __getitem__(self, place: str) -> int:
        return self.places[place]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def tell(self, line: str) -> str:
        """Give it an order, and return its answer."""
        assert self._running.stdin
        self._running.stdin.write(f"{line}\n")
        return self._answer()

    def crash(self) -> None:
        """Have it end itself at once, without waiting for that."""
        assert self._running.stdin
        self._running.stdin.write("crash\n")

    def end(self) -> None:
        """End it, and wait until it has."""
        self._running.kill()
        self._running.communicate()

    def _answer(self) -> str:
        assert self._running.stdout
        return self._running.stdout.readline().strip()


CROWD = f"crowd{os.getpid()}.exe"
"""What the targets of a crowd are called, and nobody else: other tests may run meanwhile."""


@contextmanager
def crowd(count: int) -> Iterator[list[Target]]:
    """So many targets that do nothing: all that are called ``CROWD``."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as running:
        executable = EXECUTABLE and str(shutil.copy(EXECUTABLE, Path(folder, CROWD)))
        yield [running.enter_context(Target("idle", executable=executable)) for _ in range(count)]
