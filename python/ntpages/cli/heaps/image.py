"""``ntpages heap image``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

import click

from ntpages import heaps
from ntpages.cli.arguments import SIZE, as_json
from ntpages.cli.exits import Exit, told_if_interrupted
from ntpages.heaps import GlobalFlag, PageHeapFlag
from ntpages.report import consoles, documents
from ntpages.report.cells import word
from ntpages.report.heaps import image as shown

if TYPE_CHECKING:
    from ntpages.heaps import Change

_FLAGS = {word(flag): flag for flag in GlobalFlag}
_PAGE_HEAP = {word(flag): flag for flag in PageHeapFlag}


def _flags(
    _: click.Context, param: click.Parameter, value: tuple[str, ...] | None
) -> GlobalFlag | PageHeapFlag | None:
    """Return the flags that are named; None where no word was said about them."""
    if not value:
        return None
    known: dict[str, Any] = _PAGE_HEAP if param.name == "page_heap" else _FLAGS
    flags = next(iter(known.values())).__class__(0)
    for each in value:
        if each == "none" and len(value) > 1:
            msg = "'none' stands alone"
            raise click.BadParameter(msg, param=param)
        flags |= known.get(each, 0)
    return cast("GlobalFlag | PageHeapFlag", flags)


@click.command("image")
@click.argument("exe")
@click.option(
    "--segment-heap",
    type=click.Choice(["on", "off", "default"]),
    help="Force segment heaps on or off, or leave it to Windows again.",
)
@click.option(
    "--debug",
    "flags",
    type=click.Choice([*_FLAGS, "none"]),
    multiple=True,
    callback=_flags,
    metavar="FLAG",
    help=f"Heap debugging to have on, and no other; may be repeated: {', '.join(_FLAGS)}; or none.",
)
@click.option(
    "--page-heap",
    type=click.Choice([*_PAGE_HEAP, "none"]),
    multiple=True,
    callback=_flags,
    metavar="FLAG",
    help="How the page heap works that --debug heap-page-allocations switches on; may be repeated: "
    f"{', '.join(_PAGE_HEAP)}; or none.",
)
@click.option(
    "--stack-database",
    type=SIZE,
    help="Memory for call stacks, 8M to 128M; 0 leaves it to Windows again.",
)
@click.option(
    "--only-path",
    is_flag=True,
    help="Give the program at the path EXE options of its own, if it has none yet.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be changed; change nothing.")
@as_json
def image_command(
    exe: str,
    *,
    segment_heap: Literal["on", "off", "default"] | None,
    flags: GlobalFlag | None,
    page_heap: PageHeapFlag | None,
    stack_database: int | None,
    only_path: bool,
    dry_run: bool,
    as_json: bool,
) -> Exit:
    """Show or change how the heaps of the program EXE start out.

    EXE is a file name, such as notepad.exe, or a path. What its file asks for is shown only; what
    the registry says (Image File Execution Options) can be changed by an elevated administrator.
    It is for every program of that name, from its next start on; but a path may have options of its
    own in the registry, which Windows takes instead, and which are shown and changed by that path.
    """
    changes: tuple[Change, ...] = ()
    wanted = (segment_heap, flags, page_heap, stack_database)
    if only_path or any(each is not None for each in wanted):
        with told_if_interrupted(f"some may be set: see `ntpages heap image {exe}`"):
            changes = heaps.set_image_options(
                exe,
                segment_heap=segment_heap,
                flags=flags,
                page_heap=page_heap,
                stack_database=stack_database,
                only_path=only_path,
                dry_run=dry_run,
            )
        words = "This would be changed." if dry_run else "Changed."
        consoles.words().print(words if changes else "Nothing to change: it is so already.")
    elif dry_run:
        msg = "--dry-run is for a change: add --segment-heap or --debug"
        raise click.UsageError(msg)
    options = heaps.image_options(exe)
    debugging = [name for name, flag in _FLAGS.items() if flag & options.flags]
    paged = [name for name, flag in _PAGE_HEAP.items() if flag & options.page_heap]
    if as_json:
        fields = {**documents.fields(options), "flags": debugging, "page_heap": paged}
        changed = {"dry_run": dry_run, "changed": bool(changes), "changes": changes}
        documents.print_document({**fields, **changed})
        return Exit.OK
    if options.note:
        consoles.words().print(f"Heap reserve and commit are unknown: {options.note}.")
    for path in options.filters:
        if path != options.filter:
            consoles.words().print(f"This is not for {path}, which has options of its own.")
    consoles.data().print(shown.image_table(options, debugging, paged))
    if changes:
        consoles.data().print()
        consoles.data().print(shown.changes_table(changes))
    return Exit.OK
