"""``ntpages top``."""

from __future__ import annotations

from dataclasses import replace

import click

from ntpages import extras
from ntpages.cli import streams
from ntpages.cli.arguments import Seconds
from ntpages.cli.exits import Exit
from ntpages.cli.top import settings


def _columns(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(","))


@click.command("top")
@click.option(
    "--sort",
    default="working_set",
    show_default=True,
    metavar="COLUMN",
    help="Column to sort by.",
)
@click.option("--ascending", is_flag=True, help="Smallest first.")
@click.option("--filter", "words", default="", help="Show names with this in them, or like it.")
@click.option("--accessible", is_flag=True, help="Show only processes that can be opened.")
@click.option("--tree", is_flag=True, help="Show each below the process that started it.")
@click.option("--columns", callback=_columns, metavar="NAME,...", help="Columns to show.")
@click.option("--theme", type=click.Choice(settings.THEMES), help="Colours; none does without.")
@click.option(
    "--every",
    type=Seconds(0.1),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Look so often.",
)
def top_command(
    *,
    sort: str,
    ascending: bool,
    words: str,
    accessible: bool,
    tree: bool,
    columns: tuple[str, ...] | None,
    theme: str | None,
    every: float,
) -> Exit:
    """Watch this machine's memory and all processes, and give the commands of the memory lists.

    Shows a minute of physical memory by list, of commit charge, hard faults and compression, and
    each process with its details. ? tells every key. Columns and colours that are chosen there are
    remembered. Needs the extra [tui].
    """
    if extras.missing("tui"):
        msg = f"the screen needs Textual: {extras.install_line('tui')}"
        raise click.ClickException(msg)
    if not streams.have_a_terminal():
        msg = "the screen needs a terminal, with a keyboard: `ntpages ps --watch 1` needs none"
        raise click.ClickException(msg)
    from ntpages.cli.top.choice import Choice  # noqa: PLC0415 (an extra)
    from ntpages.cli.top.cockpit import Cockpit  # noqa: PLC0415
    from ntpages.cli.top.machine import Machine  # noqa: PLC0415

    remembered, trouble = settings.load()
    remembered = replace(
        remembered, columns=columns or remembered.columns, theme=theme or remembered.theme
    )
    with Machine() as machine:
        app = Cockpit(
            machine,
            choice=Choice(sort, not ascending, words, accessible, tree),
            settings=remembered,
            every=every,
            note=trouble,
        )
        for name in (sort, *(columns or ())):
            if name not in app.columns:
                msg = f"no column {name!r}: there are {', '.join(app.columns)}"
                raise click.UsageError(msg)
        app.run()
    return Exit.OK
