#!/usr/bin/env python3
"""Drives the Micro Excel example with keys on a virtual screen, and leaves a picture of each step.

usage: python tests/wine/drive_micro_excel.py [FOLDER FOR THE PICTURES]

Needs Xvfb, xdotool and ImageMagick. ``tests/examples/test_micro_excel.py`` checks what the dialog
does; this shows that a person can do it, and what they see.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
STARTING = 120  # seconds; the first start may build and unpack everything
SETTLED = 1.2  # seconds for keys to arrive, and for the status line's timer

# A name for the picture, and the keys before it: xdotool's names for keys, or text to type.
STEPS: Sequence[tuple[str, Sequence[str]]] = (
    ("opened", ()),
    ("written-0-0", ("key alt+t", "type first cell", "key alt+w")),
    ("written-1-0", ("key alt+x", "type 1", "key alt+t", "type , second", "key alt+w")),
    ("other-text", ("key alt+t", "key ctrl+a", "type a row further")),
    ("written-0-1", ("key alt+x", "type 0", "key alt+y", "type 1", "key alt+w")),
    ("read-1-0", ("key alt+x", "type 1", "key alt+y", "type 0", "key alt+r")),
    ("read-uncommitted", ("key alt+x", "type 9", "key alt+r")),
    ("out-of-range", ("key Return", "key alt+x", "type 1024", "key alt+r")),
    ("released", ("key Return", "key alt+x", "type 2", "key alt+l")),
    ("all-released", ("key alt+a",)),
)


@contextmanager
def running(*command: str | Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program for the length of the block."""
    process = subprocess.Popen(command, env={**os.environ, **variables}, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def main(folder: Path) -> None:
    """Go through the steps."""
    folder.mkdir(parents=True, exist_ok=True)
    display = f":{90 + os.getpid() % 100}"
    screen = {**os.environ, "DISPLAY": display}

    def do(*command: str | Path, check: bool = True) -> bool:
        quiet = subprocess.DEVNULL if not check else None
        done = subprocess.run(command, env=screen, check=check, stdout=quiet, stderr=quiet)
        return done.returncode == 0

    with ExitStack() as stack:
        stack.enter_context(running("Xvfb", display, "-screen", "0", "480x340x24"))
        command = (sys.executable, "dev.py", "python", "-m", "ntpages.examples.micro_excel")
        stack.enter_context(running(*command, DISPLAY=display))
        deadline = time.monotonic() + STARTING
        while not do("xdotool", "search", "--name", "Micro Excel", check=False):
            if time.monotonic() > deadline:
                sys.exit(f"no window after {STARTING} seconds")
            time.sleep(0.5)
        for number, (name, keys) in enumerate(STEPS, 1):
            time.sleep(SETTLED)
            for each in keys:
                verb, what = each.split(" ", 1)
                do("xdotool", verb, "--delay", "60", "--clearmodifiers", what)
                time.sleep(0.3)
            time.sleep(SETTLED)
            picture = folder / f"{number:02}-{name}.png"
            do("import", "-window", "root", picture)
            print(picture, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / ".ntpages" / "micro_excel")
