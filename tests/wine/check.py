"""Checks what the host promises of streams, exit codes and Ctrl-C.

Needs a host that is set up, and nothing else that runs in it:

    python3 -m unittest tests/wine/check.py
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from wine import build, prefix  # noqa: E402 (needs the line above)

PYTHON = [sys.executable, str(ROOT / "dev.py"), "python"]
ECHO = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
EVERY_BYTE = bytes(range(256)) * 4096


class Streams(unittest.TestCase):
    def test_bytes_pass_unchanged_through_pipes(self) -> None:
        done = subprocess.run([*PYTHON, "-c", ECHO], input=EVERY_BYTE, capture_output=True)
        self.assertEqual(done.stdout, EVERY_BYTE)

    def test_bytes_pass_unchanged_through_files(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            given, taken = Path(folder, "given"), Path(folder, "taken")
            given.write_bytes(EVERY_BYTE)
            with given.open("rb") as stdin, taken.open("wb") as stdout:
                subprocess.run([*PYTHON, "-c", ECHO], stdin=stdin, stdout=stdout, check=True)
            self.assertEqual(taken.read_bytes(), EVERY_BYTE)

    def test_it_starts_with_every_stream_closed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            script = f"open(r'{folder}/ran', 'w').close()"
            closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
            subprocess.run([*closed, *PYTHON, "-c", script], check=True)
            self.assertTrue(Path(folder, "ran").exists())

    def test_wine_says_nothing_of_its_own(self) -> None:
        desktop = "import ctypes; ctypes.windll.user32.GetDesktopWindow()"
        prefix.kill()  # whose desktop is there already says nothing
        bare = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
        done = subprocess.run([*PYTHON, "-c", desktop], env=bare, capture_output=True)
        self.assertEqual(done.stderr, b"")

    def test_a_reader_may_leave(self) -> None:
        endless = "while True: print('line')"
        with subprocess.Popen(
            [*PYTHON, "-c", endless], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as inner:
            assert inner.stdout
            self.assertEqual(inner.stdout.readline().strip(), b"line")
            inner.stdout.close()
            inner.wait(30)


class Codes(unittest.TestCase):
    def test_the_exit_code_is_passed_on(self) -> None:
        done = subprocess.run([*PYTHON, "-c", "raise SystemExit(37)"])
        self.assertEqual(done.returncode, 37)

    def test_a_crash_is_no_success(self) -> None:
        # The last byte of this code, all that Linux keeps of it, is 0.
        crash = "ctypes.windll.kernel32.TerminateProcess(ctypes.c_void_p(-1), 0x80000100)"
        done = subprocess.run([*PYTHON, "-c", f"import ctypes; {crash}"])
        self.assertNotEqual(done.returncode, 0)


class Arguments(unittest.TestCase):
    def test_host_paths_and_the_working_folder_work(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "script.py").write_text(
                "import sys; print(open('data').read(), *sys.argv[1:])"
            )
            Path(folder, "data").write_text("read")
            for script in ("script.py", f"{folder}/script.py"):
                done = subprocess.run(
                    [*PYTHON, script, "two words", "é\"'"], cwd=folder, capture_output=True
                )
                self.assertEqual(done.stdout.decode().strip(), "read two words é\"'")


class Bytecode(unittest.TestCase):
    def test_it_is_kept_in_the_state_folder_whatever_is_wished_for_others(self) -> None:
        code = "import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)"
        wish = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([*PYTHON, "-c", code], env=wish, capture_output=True, text=True)
        self.assertEqual(done.stdout.strip(), f"False {build.windows_path(prefix.BYTECODE)}")


class Interruption(unittest.TestCase):
    def test_nothing_is_left_behind(self) -> None:
        parent = (
            "import subprocess, sys, time; "
            "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
            "print('started', flush=True); time.sleep(600)"
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen(
                [*PYTHON, "-c", parent], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as outer:
                assert outer.stdout
                assert outer.stderr
                self.assertEqual(outer.stdout.readline().strip(), b"started")
                outer.send_signal(number)
                self.assertEqual(outer.wait(30), 128 + number)
                self.assertIn(b"KeyboardInterrupt", outer.stderr.read())
            time.sleep(0.5)
            self.assertEqual(in_our_prefix(), [])


def in_our_prefix() -> list[str]:
    """The command lines of all processes of this checkout's Wine prefix."""
    ours = f"WINEPREFIX={ROOT / '.ntpages' / 'prefix'}".encode()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != str(os.getpid()):
            try:
                if ours in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().decode())
            except OSError:
                continue  # it has ended, or is somebody else's
    return found


if __name__ == "__main__":
    unittest.main()
