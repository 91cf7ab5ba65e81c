"""Checks what the host promises of Ctrl-C, and of what Wine says while it starts.

Needs a host that is set up, and nothing else that runs in it: it is ended, and processes that are
left behind are looked for.

    python3 -m unittest tests/wine/check_alone.py
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from wine import prefix  # noqa: E402 (needs the line above)
from wine.check import PYTHON  # noqa: E402 (needs the line above)


class Start(unittest.TestCase):
    def test_wine_says_nothing_of_its_own(self) -> None:
        desktop = "import ctypes; ctypes.windll.user32.GetDesktopWindow()"
        prefix.kill()  # whose desktop is there already says nothing
        bare = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
        done = subprocess.run([*PYTHON, "-c", desktop], env=bare, capture_output=True)
        self.assertEqual(done.stderr, b"")


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
    ours = f"WINEPREFIX={prefix.PREFIX}".encode()
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
