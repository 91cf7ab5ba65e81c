"""The process that ``--elevate`` starts: what it prints comes back by a pipe, and how it ended.

Windows asks the user, and starts it without our streams. Nobody can guess the pipe's name, and
nothing that comes through it is run.
"""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import sys
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ntpages.cli.elevation import HELPER
from ntpages.cli.exits import Exit, NobodyConsentedError, told_if_interrupted
from ntpages.report import consoles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection, PipeConnection

    _Pipe = Connection[Any, Any] | PipeConnection[Any, Any]

_PIPE = r"\\.\pipe\ntpages-"
_OUT, _WORDS, _CODE = b"o", b"w", b"c"
_HIDDEN = 0  # SW_HIDE: it has nothing to show
_CANCELLED = 1223  # ERROR_CANCELLED: nobody consented


def run(words: Sequence[str]) -> int:
    """Run the command line as administrator; print what it prints, and return its exit code.

    Raises:
        ClickException: Nobody consented, or it ended without a word.
    """
    name = f"{_PIPE}{secrets.token_hex(16)}"
    width = consoles.data().width if consoles.is_watched() else 0
    here = [str(Path.cwd()), sys.stdout.encoding, sys.stderr.encoding, str(width)]
    with (
        told_if_interrupted("what was begun as administrator may go on"),
        Listener(name, "AF_PIPE") as listener,
    ):
        _start([HELPER, name, *here, *words])
        with listener.accept() as helped:
            try:
                return _pass_on(helped)
            except EOFError:
                msg = "what was begun as administrator has ended without a word"
                raise click.ClickException(msg) from None


def _start(words: Sequence[str]) -> None:
    line = subprocess.list2cmdline(["-m", "ntpages", *words])
    home = Path(sys.executable).parent  # `-m` looks for modules where it is started
    try:
        os.startfile(sys.executable, "runas", line, str(home), _HIDDEN)
    except OSError as refused:
        if refused.winerror == _CANCELLED:
            msg = "nobody consented: nothing was done"
            raise NobodyConsentedError(msg) from None
        raise


def _pass_on(helped: _Pipe) -> int:
    streams = {_OUT: sys.stdout, _WORDS: sys.stderr}
    while True:
        message = helped.recv_bytes()
        kind, data = message[:1], message[1:]
        if kind == _CODE:
            return int(data)
        stream = streams[kind]
        stream.flush()
        stream.buffer.write(data)
        stream.flush()


class _Sent(io.RawIOBase):
    """What is written goes through a pipe, marked as what it is."""

    def __init__(self, pipe: _Pipe, kind: bytes) -> None:
        self._pipe = pipe
        self._kind = kind

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        sent = bytes(data)
        self._pipe.send_bytes(self._kind + sent)
        return len(sent)


def serve(given: Sequence[str], main: Callable[[Sequence[str]], None]) -> None:
    """Run the command line for who asked for it, at the other end of a pipe.

    Args:
        given: The pipe, where they are, encodings of output and of words, how wide a line may be,
            and what they typed.
        main: The command line.
    """
    name, folder, out, words, width, *command = given
    if not name.startswith(_PIPE):
        return
    os.chdir(folder)
    with Client(name, "AF_PIPE") as pipe:
        sys.stdout, sys.stderr = (
            io.TextIOWrapper(io.BufferedWriter(_Sent(pipe, kind)), encoding, write_through=True)
            for kind, encoding in ((_OUT, out), (_WORDS, words))
        )
        consoles.fit(int(width))
        code: object = Exit.FAILURE
        try:
            main(command)
        except SystemExit as ended:
            code = ended.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            pipe.send_bytes(_CODE + str(int(code) if isinstance(code, int) else 0).encode())
