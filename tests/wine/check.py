"""Checks what the host promises of streams, exit codes, paths and bytecode.

Needs a host that is set up:

    python3 -m unittest tests/wine/check.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
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


if __name__ == "__main__":
    unittest.main()
