"""Places: where a guard keeps its store, and the lock that keeps a second one away."""

from __future__ import annotations

import glob
import msvcrt
import os
from pathlib import Path
from typing import IO

from ntpages import privileges
from ntpages._native import guard as native
from ntpages.guard.writers import trust
from ntpages.owner import Owner

__all__ = ["BusyError", "Lock", "holder_of", "make_folder", "ready_store", "store_path"]

_BEHIND = 1 << 20  # a byte beyond what is written: whoever reads who has it is not kept from that


class BusyError(OSError):
    """Another guard runs."""

    def __str__(self) -> str:
        """Return the words alone."""
        return str(self.args[0])


def store_path() -> str:
    """Return where a guard that is not told otherwise keeps its store.

    Elevated ones share one in ProgramData: two of them would undo each other's work. Others have
    one each.
    """
    name = "PROGRAMDATA" if privileges.is_elevated() else "LOCALAPPDATA"
    folder = Path(os.environ.get(name) or Path.home()) / "ntpages"
    return str(folder / "guard.db")


def make_folder(store: str) -> None:
    """Make the folder of a store, where there is none.

    One that an elevated guard makes is administrators' alone. In ProgramData, others could else add
    files to it, such as a journal that the database would be rolled back by.

    Args:
        store: The path of the store.

    Raises:
        OSError: It can't be made.
    """
    folder = Path(store).absolute().parent
    if not privileges.is_elevated():
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        native.make_folder(str(folder))


def ready_store(store: str, *, besides: str = "") -> None:
    """Make the folder of a store; for an administrator, refuse one that others may change.

    Whoever can write there would have the system write where and what he likes.

    Args:
        store: The path of the store.
        besides: An account that may change it as well.

    Raises:
        UntrustedError: Others than administrators may change the folder, or a file of the store.
        OSError: The folder can't be made, or Windows does not say who may change it.
    """
    make_folder(store)
    if not privileges.is_elevated():
        return
    path = Path(store).absolute()
    files = path.parent.glob(f"{glob.escape(path.name)}*")
    for each in (path.parent, *files):
        trust(str(each), besides=besides, instead="move it away, and ntpages makes it anew")


class Lock(Owner):
    """Held by the one guard that writes to a store, until it ends, however it does."""

    __slots__ = ("_file",)

    def __init__(self, store: str) -> None:
        """Take it.

        Args:
            store: The path of the store.

        Raises:
            BusyError: Another guard has it.
            OSError: It can't be made there.
        """
        path = Path(f"{store}.lock")
        make_folder(store)
        self._file: IO[bytes] | None = path.open("a+b")
        try:
            self._file.seek(_BEHIND)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            holder = _holder(self._file)
            self._file.close()
            msg = f"another guard runs on {store}: {holder or 'a process'}"
            raise BusyError(msg) from None
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()}".encode())
        self._file.flush()

    def close(self) -> None:
        """Give it back. Closing twice is harmless."""
        if self._file:
            self._file.seek(_BEHIND)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_UNLCK, 1)
            self._file.close()
            self._file = None


def holder_of(store: str) -> str | None:
    """Return who writes to a store right now, in words; ``None`` where nobody does."""
    path = Path(f"{store}.lock")
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        try:
            file.seek(_BEHIND)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return _holder(file) or "a process"
        file.seek(_BEHIND)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    return None


def _holder(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(100).decode("ascii", "replace").strip()
