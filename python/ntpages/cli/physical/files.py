"""``ntpages files``, and ``ntpages files diff`` and ``drop`` behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import memory_lists, physical
from ntpages.cli.arguments import COUNT, as_json
from ntpages.cli.exits import Exit
from ntpages.cli.listing import Listing, Look, listing
from ntpages.cli.nouns import NounCommand
from ntpages.cli.saved import Kind, before_and_after, number, text
from ntpages.errors import explain
from ntpages.physical import CachedFileRow
from ntpages.processes.names import Names
from ntpages.report import consoles, documents
from ntpages.report.cells import size
from ntpages.report.physical import files as shown
from ntpages.report.physical.looking import Looking, notes
from ntpages.report.physical.where import files_table
from ntpages.report.physical.where import look as account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntpages.table import Table

_TOP = 25
_SAVED = Kind(
    "ntpages files",
    "files",
    {"key": number, "path": text, "total": number, "standby": number},
    of_process=False,
)


@click.command("diff")
@click.option(
    "--top", type=COUNT, metavar="N", default=_TOP, show_default=True, help="Only the first N."
)
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
@listing(names=CachedFileRow._fields, sort="total")
def files_command(*, listing: Listing, pattern: str | None) -> Exit:
    """Show what of which file is in memory; only of those like PATTERN (wildcards * and ?).

    A name alone is that of files in any folder. On a screen the first 25 are shown unless --top
    says how many; --json and --csv tell all of them.
    """

    def look() -> Look:
        with Looking() as looking:
            found = physical.summary(files=True, progress=looking.goes_on)
        assert found.files is not None
        every = _like(found.files, pattern)
        if pattern and not every:
            msg = f"nothing of a file like {pattern!r} is in memory"
            raise click.ClickException(msg)
        together = f"{len(every):,} files, {size(sum(every['total'].tolist()))} in memory."
        return Look(
            names=CachedFileRow._fields,
            rows=every,
            key="files",
            document={"look": account(found), "names_refused": found.names_refused},
            people=files_table,
            most=_TOP,
            words=[*([] if listing.for_programs else [together]), *notes(found), *_nameless(found)],
        )

    return listing.show(look)


def _nameless(found: physical.Summary) -> Iterator[str]:
    if found.names_refused:
        assert found.files is not None
        few = "Only files that are open have names" if any(found.files["path"]) else (
            "Files have no names"
        )  # fmt: skip
        yield f"{few} here: {explain(found.names_refused)}"


def _like(files: Table[CachedFileRow], pattern: str | None) -> Table[CachedFileRow]:
    if pattern is None:
        return files
    alone = not {"\\", "/"} & {*pattern}
    wanted = Names([f"*\\{pattern}", pattern] if alone else [pattern.replace("/", "\\")])
    return files.where([wanted.match(path) for path in files["path"]])
