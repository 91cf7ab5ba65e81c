"""Sparse memory in a process of its own: what others see of its faults, and how a process ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ACCESS_VIOLATION = 0xC0000005
TIMEOUT = 120  # seconds; the children take one

START = f"""
import ctypes, faulthandler, os, sys, threading, time
ctypes.WinDLL("kernel32").SetErrorMode(2)  # no dialog and no debugger for a crash: it is wanted
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from ntpages.sparse import SparseBuffer
"""


def child(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh Python, to its end."""
    command = [sys.executable, *options, "-c", START + dedent(script)]
    environment = {**os.environ, "PYTHONFAULTHANDLER": ""}
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env=environment,
        check=False,
    )


def code_of(done: subprocess.CompletedProcess[str]) -> int:
    return done.returncode & 0xFFFFFFFF


# ---- A touch that can't be served --------------------------------------------------------------


def test_a_blind_touch_past_the_limit_ends_the_process_with_a_last_message() -> None:
    done = child("""
        view = memoryview(SparseBuffer(1 << 40, limit=1 << 20))
        for offset in range(0, 2 << 20, 4096):
            view[offset] = 1
        print("not reached")
    """)
    assert code_of(done) == ACCESS_VIOLATION
    assert done.stdout == ""
    assert "no memory for the touch of byte 1048576: its limit of 1048576 bytes" in done.stderr
    assert done.stderr.count("ntpages:") == 1


@pytest.mark.parametrize("nth", [1, 2, 5])
def test_a_blind_touch_at_the_commit_limit_ends_the_process_with_a_last_message(
    lab: object, nth: int
) -> None:
    assert lab
    done = child(f"""
        import ntlab
        from ntpages import _native
        laboratory = ntlab.Lab(os.environ["NTPAGES_LAB_DLL"], _native.__file__)
        view = memoryview(SparseBuffer(1 << 40))
        laboratory.fail("VirtualAlloc", nth={nth}, every=True, code=1455)
        for offset in range(0, 64 << 20, 4096):
            view[offset] = 1
        print("not reached")
    """)
    assert code_of(done) == ACCESS_VIOLATION
    assert done.stdout == ""
    assert "VirtualAlloc failed with error 1455. An access violation follows." in done.stderr


# ---- Other people's handlers -------------------------------------------------------------------

TOUCH = """
        first = SparseBuffer(1 << 40)
        memoryview(first)[0] = 1
"""


def test_faulthandler_enabled_before_sees_nothing_of_a_touch() -> None:
    done = child(f"""
        faulthandler.enable()
        {TOUCH}
        print("done")
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_faulthandler_enabled_after_is_noisy_and_harmless() -> None:
    done = child(f"""
        {TOUCH}
        faulthandler.enable()
        memoryview(first)[1 << 30] = 1
        print(first.committed)
    """)
    assert (done.returncode, done.stdout) == (0, "131072\n")
    assert "Windows fatal exception: access violation" in done.stderr


def test_a_new_buffer_comes_before_faulthandler_again() -> None:
    done = child(f"""
        {TOUCH}
        faulthandler.enable()
        second = SparseBuffer(1 << 40)
        memoryview(first)[1 << 30] = 1
        memoryview(second)[1 << 30] = 1
        print("done")
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_another_access_violation_reaches_faulthandler_and_ends_the_process() -> None:
    done = child(f"""
        {TOUCH}
        faulthandler.enable()
        faulthandler._read_null()
    """)
    assert code_of(done) == ACCESS_VIOLATION
    assert "Windows fatal exception: access violation" in done.stderr


def test_another_access_violation_reaches_other_vectored_handlers() -> None:
    done = child(f"""
        {TOUCH}
        seen = []
        class Record(ctypes.Structure):
            _fields_ = [("code", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                        ("next", ctypes.c_void_p), ("at", ctypes.c_void_p),
                        ("count", ctypes.c_uint32), ("access", ctypes.c_size_t),
                        ("address", ctypes.c_size_t)]
        @ctypes.WINFUNCTYPE(ctypes.c_long, ctypes.POINTER(ctypes.POINTER(Record)))
        def handler(pointers):
            seen.append((hex(pointers[0][0].code), hex(pointers[0][0].address)))
            return 0
        kernel32 = ctypes.WinDLL("kernel32")
        kernel32.AddVectoredExceptionHandler.restype = ctypes.c_void_p
        assert kernel32.AddVectoredExceptionHandler(0, handler)
        memoryview(first)[1 << 30] = 1
        for address in (16, first.address + (1 << 40)):  # nobody's, and just past ours
            try:
                ctypes.string_at(address, 1)
            except OSError:
                pass
            assert seen.pop() == ("0xc0000005", hex(address)), seen
        print(seen)
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


# ---- How a process ends ------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["os._exit(7)", "sys.exit(7)"])
def test_a_process_ends_while_its_threads_touch_and_close(ending: str) -> None:
    done = child(f"""
        def touch():
            buffer = SparseBuffer(1 << 40, chunk=4096, ahead=0)
            while True:
                for offset in range(0, 1 << 24, 8192):
                    ctypes.memset(buffer.address + offset, 1, 1)
                buffer.decommit()
        def churn():
            while True:
                with SparseBuffer(1 << 30) as buffer:
                    ctypes.memset(buffer.address, 1, 1)
        for work in (touch, touch, churn, churn):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.3)
        {ending}
    """)
    assert (done.returncode, done.stderr) == (7, "")


def test_buffers_left_open_at_the_end_are_no_trouble() -> None:
    done = child(f"""
        {TOUCH}
        import ntpages
        ntpages.kept = (first, memoryview(first))
        print("done")
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
