"""Which guard is meant, where several stand side by side: its name, and the store it writes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages.guard import service
from ntpages.guard.places import store_path
from ntpages.guard.serving import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.cli.exits import Exit

    Command = Callable[..., Exit]


def _store_option(unless: str) -> Callable[[Command], Command]:
    help_text = f"Where the guard writes; unless said, {unless}."
    return click.option("--store", type=click.Path(dir_okay=False), metavar="FILE", help=help_text)


store_option = _store_option("ProgramData for administrators, your own folder for others")
written_option = _store_option("where its service does, if there is one")
name_option = click.option(
    "--name", metavar="NAME", help=f"Of the service, or the task; {NAME} unless said."
)


def name_of(name: str | None) -> str:
    """Return what it is called, and refuse what neither services nor tasks can be called."""
    if name is None:
        return NAME
    if not name.strip() or set(name) & {*'/\\:*?"<>|'} or len(name) > 200:
        msg = f'--name must be 1 to 200 characters, none of / \\ : * ? " < > |, not {name!r:.60}'
        raise click.UsageError(msg)
    return name


def store_of(name: str | None, store: str | None) -> str:
    """Return where a guard writes: what is said, what its service was told, or the usual place."""
    called = name_of(name)
    if store is not None:
        return store
    installed = service.state(called)
    return installed.store if installed and installed.store else store_path()
