"""The machine's own switch of segment heaps, for programs that nothing else is said of."""

from __future__ import annotations

import winreg
from contextlib import suppress
from typing import Literal

from ntpages import arguments, errors
from ntpages.heaps.image import Change

__all__ = ["machine_segment_heap", "set_machine_segment_heap"]

_KEY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Segment Heap"
_VALUE = "Enabled"
_READ = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
_WRITE = winreg.KEY_SET_VALUE | winreg.KEY_WOW64_64KEY
_NUMBERS = {"on": 1, "off": 0, "default": None}


def machine_segment_heap() -> Literal["on", "off", "default"]:
    r"""Return whether the machine gives segment heaps to programs.

    What a program's own options and its manifest say wins: see ``image_options()``.

    Returns:
        ``"default"`` where nobody has decided: Windows gives them to its own services, to apps of
        the Store and to programs that ask for them.

    Raises:
        AccessDeniedError: The registry may not be read.
        NtError: It can't be read for another reason.

    Source: the registry's ``Session Manager\Segment Heap``, ``Enabled`` (undocumented, Windows
    10).
    """
    number = _enabled()
    return "default" if number is None else "on" if number else "off"


def set_machine_segment_heap(
    segment_heap: Literal["on", "off", "default"], *, dry_run: bool = False
) -> tuple[Change, ...]:
    """Give segment heaps to all programs, or to none, from the next start of the machine on.

    Programs that were never tried with them may show faults of their own, and take more or less
    memory: ``set_image_options()`` is for one at a time.

    Args:
        segment_heap: Force segment heaps on or off, or leave it to Windows again.
        dry_run: Whether only to say what would be changed.

    Returns:
        The value that was changed; empty if it was as wanted.

    Raises:
        ValueError: ``segment_heap`` breaks its rule.
        AccessDeniedError: Only an elevated administrator may do this.
        NtError: The registry refused for another reason.

    Source: as ``machine_segment_heap()``.
    """
    wanted = _NUMBERS[arguments.choice("segment_heap", segment_heap, tuple(_NUMBERS))]
    dry_run = arguments.boolean("dry_run", dry_run)
    before = _enabled()
    if before == wanted:
        return ()
    if not dry_run:
        try:
            _write(wanted)
        except OSError as error:
            raise _refused(error, "RegSetValueExW") from error
    return (Change(_VALUE, before, wanted),)


def _enabled() -> int | None:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY, 0, _READ) as key:
            number, kind = winreg.QueryValueEx(key, _VALUE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(error, "RegOpenKeyExW") from error
    return int(number) if kind == winreg.REG_DWORD else None


def _write(number: int | None) -> None:
    with winreg.CreateKeyEx(winreg.HKEY_LOCAL_MACHINE, _KEY, 0, _WRITE) as key:
        if number is not None:
            winreg.SetValueEx(key, _VALUE, 0, winreg.REG_DWORD, number)
            return
        with suppress(FileNotFoundError):
            winreg.DeleteValue(key, _VALUE)


def _refused(error: OSError, call: str) -> errors.NtError:
    code = error.winerror or 5
    remedy = ": run it as an elevated administrator" if code == 5 else ""  # ERROR_ACCESS_DENIED
    return errors.from_call(call, code, 0, error.strerror or "", f"the machine's heaps{remedy}")
