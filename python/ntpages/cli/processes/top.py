"""``ntpages top``."""

from __future__ import annotations

import click

from ntpages import extras
from ntpages.cli import streams
from ntpages.cli.arguments import Seconds
from ntpages.cli.exits import Exit


@click.command("top")
@click.option("--sort", default="working_set", show_default=True, help="Column to sort by.")
@click.option("--ascending", is_flag=True, help="Smallest first.")
@click.option("--filter", "words", default="", help="Show names with this in them, or like it.")
@click.option("--accessible", is_flag=True, help="Show only processes that can be opened.")
@click.option(
    "--every",
    type=Seconds(0.1),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Look so often.",
)
def top_command(*, sort: str, ascending: bool, words: str, accessible: bool, every: float) -> Exit:
    """Watch the working sets of all processes, empty them, and set their limits.

    Needs the extra [tui].
    """
    if extras.missing("tui"):
        msg = f"the screen needs Textual: {extras.install_line('tui')}"
        raise click.ClickException(msg)
    if not streams.have_a_terminal():
        msg = "the screen needs a terminal, with a keyboard: `ntpages ps --watch 1` needs none"
        raise click.ClickException(msg)
    from ntpages.cli.processes.top_screen import Top  # noqa: PLC0415 (an extra)

    app = Top(sort=sort, descending=not ascending, words=words, accessible=accessible, every=every)
    if sort not in app.columns:
        msg = f"no column {sort!r}: there are {', '.join(app.columns)}"
        raise click.UsageError(msg)
    app.run()
    return Exit.OK
