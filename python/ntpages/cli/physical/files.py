"""``ntpages files``, and ``ntpages files diff`` and ``drop`` behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import memory_lists, physical
from ntpages.cli.arguments import COUNT, as_json
from ntpages.cli.exits import Exit
from ntpages.cli.nouns import NounCommand
from ntpages.cli.saved import Kind, before_and_after, number, text
from ntpages.errors import explain
from ntpages.processes.names import Names
from ntpages.report import consoles, documents
from ntpages.report.cells import size
from ntpages.report.physical import files as shown
from ntpages.report.physical.looking import Looking, notes
from ntpages.report.physical.where import files_table, look

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.physical import CachedFileRow
    from ntpages.table import Table

_TOP = 25
_SORTS = ("total", "data", "image", "active", "standby", "modified")
_SAVED = Kind(
    "ntpages files",
    "files",
    {"key": number, "path": text, "total": number, "standby": number},
    of_process=False,
)


@click.command("diff")
@click.option("--top", type=COUNT, default=_TOP, show_default=True, help="Only the first N.")
@before_and_after
@as_json
def files_diff_command(*, before: Path, after: Path, top: int, as_json: bool) -> Exit:
    """Compare two results of ``ntpages files --json``: which files came into memory, and left."""
    old, new = _SAVED.load_both(before, after)
    changes = shown.changes(old.columns, new.columns)
    if as_json:
        documents.print_document({"changes": [documents.fields(each) for each in changes]})
    elif changes:
        consoles.data().print(shown.changes_table(changes[:top]))
        shown.say_more(len(changes) - top)
    else:
        consoles.words().print("Nothing has changed.")
    return Exit.OK


@click.command("drop")
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@as_json
def files_drop_command(*, path: str, as_json: bool) -> Exit:
    """Drop what is cached of one file: the next who reads it reads the disk.

    What a program has mapped, and what is not written yet, stays.
    """
    dropped = memory_lists.drop_file(path)
    if as_json:
        changed = None if dropped.refused else dropped.before != dropped.after
        documents.print_document({"changed": changed, "dropped": dropped})
    else:
        consoles.data().print(shown.drop_line(dropped))
    if dropped.refused:
        consoles.words().print(f"It can't be verified: {explain(dropped.refused)}")
    return Exit.PARTLY if dropped.after else Exit.OK


@click.command("files", cls=NounCommand, commands=(files_diff_command, files_drop_command))
@click.argument("pattern", required=False)
@click.option("--top", type=COUNT, metavar="N", help=f"Only the first N; {_TOP} unless said.")
@click.option("--sort", type=click.Choice(_SORTS), default="total", show_default=True)
@as_json
def files_command(*, pattern: str | None, top: int | None, sort: str, as_json: bool) -> Exit:
    """Show what of which file is in memory; only of those like PATTERN (wildcards * and ?).

    A name alone is that of files in any folder. With --json all of them are told.
    """
    with Looking() as looking:
        found = physical.summary(files=True, progress=looking.goes_on)
    assert found.files is not None
    every = _like(found.files, pattern).sort(sort, descending=True)
    if pattern and not every:
        msg = f"nothing of a file like {pattern!r} is in memory"
        raise click.ClickException(msg)
    if as_json:
        rows = documents.plain(every[:top])
        documents.print_document(
            {
                "look": look(found),
                "names_refused": found.names_refused,
                "files": iter(rows),  # type: ignore[call-overload]
            }
        )
    else:
        consoles.data().print(files_table(every[: top or _TOP]))
        together = sum(every["total"].tolist())
        consoles.words().print(f"{len(every):,} files, {size(together)} in memory.")
    for sentence in notes(found):
        consoles.words().print(sentence)
    if found.names_refused:
        few = "Only files that are open have names" if any(every["path"]) else "Files have no names"
        consoles.words().print(f"{few} here: {explain(found.names_refused)}")
    return Exit.OK


def _like(files: Table[CachedFileRow], pattern: str | None) -> Table[CachedFileRow]:
    if pattern is None:
        return files
    alone = not {"\\", "/"} & {*pattern}
    wanted = Names([f"*\\{pattern}", pattern] if alone else [pattern.replace("/", "\\")])
    return files.where([wanted.match(path) for path in files["path"]])
