"""The ``ntpages`` command. Each module here gathers; ``ntpages.report`` renders.

Exit codes: 0 done, 1 wrong usage or failure, 2 partly done, 3 a privilege is missing, 4 not
available on this Windows. Data goes to stdout, words to stderr.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ntpages import __version__, errors
from ntpages.cli.exits import Exit, exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence


# Command -> the module here that holds it as <command>_command; imported when it is asked for.
_COMMANDS = {
    "bench": "bench",
    "clean": "memory_lists.clean",
    "defrag": "memory_lists.clean",
    "doctor": "doctor",
    "heap": "heaps",
    "lists": "memory_lists.lists",
    "map": "regions.map",
    "numa": "numa",
    "privileges": "privileges",
    "ps": "processes.ps",
    "read": "processes.read",
    "scan": "processes.scan",
    "system": "system",
    "top": "processes.top",
    "trim": "working_sets",
}


# Those that open other processes.
_INTO_OTHERS = {"heap", "map", "ps", "read", "scan", "top", "trim"}


class _Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"ntpages.cli.{_COMMANDS[cmd_name]}")
        return cast("click.Command", getattr(module, f"{cmd_name}_command"))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ntpages")
@click.pass_context
def ntpages(context: click.Context) -> None:
    """Windows memory, from the command line."""
    if context.invoked_subcommand in _INTO_OTHERS:
        from ntpages.cli.others import debug_privilege  # noqa: PLC0415 (others open no process)

        context.with_resource(debug_privilege())


def _accept_any_text() -> None:
    """Let stdout take what its code page lacks, as a question mark.

    A file or a pipe gets text in the system's code page: the name of one program in another script
    must not end the list of all.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _forget_stdout() -> None:
    """Let the interpreter end without a complaint about what it can't write any more."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never a traceback for what Windows or the user said."""
    _accept_any_text()
    try:
        # Wildcards are for names of programs and steps here, never for files.
        code = ntpages.main(
            arguments, prog_name="ntpages", standalone_mode=False, windows_expand_args=False
        )
        sys.stdout.flush()  # here, where failing to is told
    except click.ClickException as wrong:
        wrong.show()
        code = Exit.FAILURE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = Exit.FAILURE
    except errors.NtError as refused:
        click.echo(f"ntpages: {errors.explain(refused)}", err=True)
        code = exit_code(refused)
    except OSError as wrong:
        # Else whoever read the other end of the pipe has had enough.
        if wrong.errno not in {errno.EPIPE, errno.EINVAL} or wrong.filename is not None:
            click.echo(f"ntpages: {wrong}", err=True)
        if wrong.filename is None:
            _forget_stdout()
        code = Exit.FAILURE
    except (ValueError, MemoryError) as wrong:
        click.echo(f"ntpages: {wrong}", err=True)
        code = Exit.FAILURE
    sys.exit(code if isinstance(code, int) else Exit.OK)
