"""Where the host keeps what it makes, and how it knows that nothing has to be made again."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "wine"
STATE = ROOT / ".ntpages"


def say(words: str) -> None:
    """Tell the person what is going on. Stdout is left to the inner command."""
    print(f"dev.py: {words}", file=sys.stderr, flush=True)


class SetupError(SystemExit):
    """Setting up failed. Nobody needs a traceback to know why: the message says it."""

    def __init__(self, message: str) -> None:
        super().__init__(f"dev.py: {message}")


class Interrupted(KeyboardInterrupt):
    """A signal asked us to stop."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def raise_on_signals() -> None:
    """Make the ways of being told to stop one exception, so that all of them clean up."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)  # once is enough: let the cleaning up finish
        raise Interrupted(number)

    for number in numbers:
        signal.signal(number, stop)


_running: set[subprocess.Popen[bytes]] = set()
"""What is waited for, by any thread."""


def call(
    command: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> str:
    """Run a step of the setup quietly and return what it printed; show that if it fails."""
    words = [str(word) for word in command]
    with subprocess.Popen(
        words,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that it and all it started can be ended together
    ) as step:
        _running.add(step)
        try:
            output = step.communicate()[0].decode(errors="replace")
        except BaseException:
            _end(step)
            raise
        finally:
            _running.discard(step)
    if step.returncode:
        sys.stderr.write(output)
        msg = f"{Path(words[0]).name} ended with {step.returncode}: see above"
        raise SetupError(msg)
    return output


def side_by_side(*jobs: Callable[[], None]) -> None:
    """Do several things at once. What stops one of them, or us, ends what the others run."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        doing = [pool.submit(job) for job in jobs]
        try:
            for each in as_completed(doing):
                each.result()
        except BaseException as stopped:
            if isinstance(stopped, KeyboardInterrupt):
                say("stopping when what can't be stopped has ended")
            while not all(each.done() for each in doing):  # each goes on until its next call fails
                for step in [*_running]:
                    _end(step)
                time.sleep(0.05)
            raise


def _end(step: subprocess.Popen[bytes]) -> None:
    """End a step and all it started: by asking first, because Ninja then ends its compilers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(step.pid, signal.SIGTERM)
        for _ in range(100):
            step.poll()
            os.killpg(step.pid, 0)  # raises when the last of them is gone
            time.sleep(0.05)
        os.killpg(step.pid, signal.SIGKILL)


def files_of(folder: Path) -> list[Path]:
    """Every source file below a folder, in a fixed order."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )


@dataclass(frozen=True)
class Step:
    """A part of the setup. It is done again when what it is made from has changed."""

    name: str
    doing: str
    """What to tell the person who waits."""
    inputs: Callable[[], Iterable[Path | str]]
    made: Path
    """What there is when it is done."""
    make: Callable[[], None]

    @property
    def fresh(self) -> bool:
        stamp = self._stamp
        return self.made.exists() and stamp.exists() and stamp.read_text() == self._digest()

    def bring_up_to_date(self) -> None:
        if self.fresh:
            return
        say(self.doing)
        digest = self._digest()
        self._stamp.unlink(missing_ok=True)  # an interrupted step is not a done one
        self.make()
        self._stamp.parent.mkdir(exist_ok=True)
        self._stamp.write_text(digest)

    @property
    def _stamp(self) -> Path:
        return STATE / "stamps" / self.name

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for item in self.inputs():
            digest.update(str(item).encode() + b"\0")
            if isinstance(item, Path) and item.exists():
                digest.update(item.read_bytes() + b"\0")
        return digest.hexdigest()


class Lock:
    """One lock for the state folder: shared while a command runs in it, exclusive to change it.

    It is held until this process ends; inner processes do not inherit it.
    """

    def __init__(self) -> None:
        STATE.mkdir(exist_ok=True)
        self._file = (STATE / "lock").open("w")

    def shared(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def exclusive(self) -> None:
        if not self.try_exclusive():
            say("waiting for another dev.py in this checkout")
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def try_exclusive(self) -> bool:
        """Whether nobody else uses the state folder."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def clean_environment() -> dict[str, str]:
    """The environment without what would lead another Python astray."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "PIP_TARGET"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}
