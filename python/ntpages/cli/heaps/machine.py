"""``ntpages heap machine``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from ntpages import heaps
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit, told_if_interrupted
from ntpages.report import consoles, documents
from ntpages.report.heaps.image import changes_table

if TYPE_CHECKING:
    from ntpages.heaps import Change


@click.command("machine")
@click.option(
    "--segment-heap",
    type=click.Choice(["on", "off", "default"]),
    help="Give all programs segment heaps, or none, or leave it to Windows again.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be changed; change nothing.")
@as_json
def machine_command(
    *, segment_heap: Literal["on", "off", "default"] | None, dry_run: bool, as_json: bool
) -> Exit:
    """Show or change whether the machine gives segment heaps to programs.

    It is for those whose own options and manifest say nothing (`ntpages heap image EXE`), from the
    next start of the machine on, and for elevated administrators to change.
    """
    changes: tuple[Change, ...] = ()
    if segment_heap is not None:
        with told_if_interrupted("it may be set: see `ntpages heap machine`"):
            changes = heaps.set_machine_segment_heap(segment_heap, dry_run=dry_run)
        words = "This would be changed." if dry_run else "Changed, for the machine's next start."
        consoles.words().print(words if changes else "Nothing to change: it is so already.")
    elif dry_run:
        msg = "--dry-run is for a change: add --segment-heap"
        raise click.UsageError(msg)
    found = heaps.machine_segment_heap()
    if as_json:
        changed = {"dry_run": dry_run, "changed": bool(changes), "changes": changes}
        documents.print_document({"segment_heap": found, **changed})
        return Exit.OK
    consoles.data().print(f"segment heap  {found}")
    if changes:
        consoles.data().print()
        consoles.data().print(changes_table(changes))
    return Exit.OK
