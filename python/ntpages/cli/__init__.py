"""The ``ntpages`` command. Each module here gathers; ``ntpages.report`` renders.

Exit codes: 0 done, 1 wrong usage or failure, 2 partly done, 3 a privilege is missing, 4 not
available on this Windows. Data goes to stdout, words to stderr. With --json what goes to stdout is
a document in any case, also of what went wrong.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, cast

import click

from ntpages import __version__, errors
from ntpages.cli import elevation, examples, streams
from ntpages.cli.exits import Exit, exit_code
from ntpages.report.origin import origin

if TYPE_CHECKING:
    from collections.abc import Sequence


# Command -> the module here that holds it as <command>_command; imported when it is asked for.
_COMMANDS = {
    "bench": "bench",
    "clean": "memory_lists.clean",
    "defrag": "memory_lists.clean",
    "doctor": "doctor",
    "dsc": "dsc",
    "files": "physical.files",
    "guard": "guard",
    "heap": "heaps",
    "limits": "working_sets.limits",
    "lists": "memory_lists.lists",
    "map": "regions.map",
    "metrics": "metrics",
    "numa": "numa",
    "pools": "physical.pools",
    "privileges": "privileges",
    "ps": "processes.ps",
    "read": "processes.read",
    "scan": "processes.scan",
    "strings": "processes.strings",
    "system": "system",
    "top": "top",
    "trim": "working_sets.trim",
    "where": "physical.where",
}


_COMPLETE = "_NTPAGES_COMPLETE"
"""The variable by which a shell asks what may be typed next."""

# What is told in words; anything else is a mistake of ours.
_TOLD = (click.ClickException, click.Abort, KeyboardInterrupt, OSError, ValueError, MemoryError)

# To whom Windows says more, or lets do more, where they run as administrator.
_FOR_ADMINISTRATORS = {
    *("clean", "defrag", "doctor", "files", "heap", "limits", "lists", "map", "pools"),
    *("privileges", "ps", "read", "scan", "strings", "trim", "where"),
    *("guard install", "guard start", "guard stop", "guard uninstall"),
}

# Those that open other processes.
_INTO_OTHERS = {"dsc", "heap", "limits", "map", "ps", "read", "scan", "strings", "top", "trim"}


class _Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(_COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named first, or say which may have been meant."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from ntpages.processes.names import did_you_mean  # noqa: PLC0415 (for this alone)

            there = f": there are {', '.join(self.list_commands(ctx))}"
            hint = did_you_mean(name, {each: each for each in _COMMANDS})
            msg = f"no command {name!r}{hint or there}"
            raise click.UsageError(msg, ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"ntpages.cli.{_COMMANDS[cmd_name]}")
        command = cast("click.Command", getattr(module, f"{cmd_name}_command"))
        others = getattr(command, "commands", {})
        whole = {cmd_name: command} | {f"{cmd_name} {name}": each for name, each in others.items()}
        for name, each in whole.items():
            each.epilog = examples.section(name)
            if {cmd_name, name} & _FOR_ADMINISTRATORS:
                elevation.offer(each)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ntpages")
@click.pass_context
def ntpages(context: click.Context) -> None:
    """Windows memory, from the command line.

    PROCESS is the id of a process or the name of its program: 4711, chrome.exe, chrome.
    """
    if context.invoked_subcommand in _INTO_OTHERS:
        from ntpages.cli.others import debug_privilege  # noqa: PLC0415 (others open no process)

        context.with_resource(debug_privilege())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never a traceback for what Windows or the user said."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == [elevation.HELPER]:
        from ntpages.cli import administrator  # noqa: PLC0415 (few are one)

        administrator.serve(given[1:], main)
        return
    with streams.usable():
        sys.exit(copy_context().run(_run, given))


def _origin() -> dict[str, object]:
    from ntpages import system  # noqa: PLC0415 (nothing but documents says so)

    return {"version": __version__, "host": system.windows()}


def _run(given: list[str]) -> int:
    if _COMPLETE in os.environ:
        importlib.import_module("ntpages.cli.completion")
    origin.set(_origin)
    try:
        # Wildcards are for names of programs and steps here, never for files.
        code = ntpages.main(
            given,
            prog_name="ntpages",
            complete_var=_COMPLETE,
            standalone_mode=False,
            windows_expand_args=False,
            obj=given,
        )
        sys.stdout.flush()  # here, where failing to is told
    except _TOLD as wrong:
        return _tell(wrong, as_json="--json" in given)
    return code if isinstance(code, int) else Exit.OK


def _tell(wrong: BaseException, *, as_json: bool) -> Exit:
    """Say what went wrong; where a document is waited for, in one, too."""
    words = _words(wrong)
    if isinstance(wrong, click.ClickException):
        wrong.show()
    elif words:
        click.echo(f"ntpages: {words}", err=True)
    if as_json and words and not isinstance(wrong, streams.UnwrittenError):
        from ntpages.report import documents  # noqa: PLC0415 (nobody else needs it here)

        with suppress(OSError):
            documents.print_error(wrong, words)
    return exit_code(wrong)


def _words(wrong: BaseException) -> str:
    """Return what to say; nothing where the reader of the output has had enough."""
    if isinstance(wrong, click.ClickException):
        return wrong.format_message()
    if isinstance(wrong, (click.Abort, KeyboardInterrupt)):
        return "interrupted"
    if isinstance(wrong, errors.NtError):
        return errors.explain(wrong)
    if isinstance(wrong, streams.UnwrittenError) and wrong.errno in {errno.EPIPE, errno.EINVAL}:
        return ""
    if isinstance(wrong, MemoryError) and not str(wrong):
        return "there is not enough memory for this"
    return str(wrong) or f"{type(wrong).__name__}, without a reason"
