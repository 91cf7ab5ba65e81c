"""``ntpages scan``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ntpages.arguments import PAGE
from ntpages.cli import saved
from ntpages.cli.arguments import ADDRESS, COUNT, NUMBER, PID, as_json, choose_one, refuse_unused
from ntpages.cli.exits import Exit
from ntpages.processes import Pattern, Process, ScanResult
from ntpages.report import consoles, documents
from ntpages.report.cells import size
from ntpages.report.processes.scan import Match, matches_table, verdict
from ntpages.table import Table

if TYPE_CHECKING:
    from pathlib import Path

_SCAN = saved.Kind("ntpages scan", "matches", {"address": saved.number, "pattern": saved.number})
_CONTEXT = 24  # bytes on either side of a match


@click.command("scan")
@click.argument("pid", type=PID)
@click.option("--hex", "hexadecimal", metavar="DIGITS", help="Bytes, ? for any: '48 8B ?? 0?'.")
@click.option("--text", help="Text, in UTF-8 and UTF-16.")
@click.option("--integer", type=NUMBER, help="A number.")
@click.option("--encoding", "encodings", multiple=True, help="Of the text, instead; repeatable.")
@click.option("--ignore-case", is_flag=True, help="Let letters match in either case.")
@click.option("--size", type=click.Choice(list("1248")), default="4", help="Bytes of the number.")
@click.option("--anywhere", is_flag=True, help="Find numbers that are not aligned, too.")
@click.option("--start", type=ADDRESS, default=0, help="Address to begin at.")
@click.option("--end", type=ADDRESS, default=(1 << 64) - 1, help="Address to end before.")
@click.option("--writable", is_flag=True, help="Only pages that the process can write.")
@click.option("--limit", type=COUNT, help="Stop after so many matches.")
@click.option(
    "--within",
    type=saved.FILE,
    help="Only where an earlier scan, saved from --json, found something.",
)
@as_json
def scan_command(
    *,
    pid: int,
    hexadecimal: str | None,
    text: str | None,
    integer: int | None,
    start: int,
    end: int,
    writable: bool,
    limit: int | None,
    within: Path | None,
    as_json: bool,
    **how: Any,
) -> Exit:
    """Search all the memory of a process that can be read.

    Memory that can't be is named as a hole; guard pages are not touched. Save the JSON of one
    scan and give it to the next with --within to narrow the matches.
    """
    pattern = _pattern(hexadecimal, text, integer, **how)
    with Process(pid) as process, consoles.words().status("scanning ...") as status:
        result = process.scan(
            pattern,
            within=_load(within, pid) if within else None,
            start=start,
            end=end,
            writable=writable,
            limit=limit,
            progress=lambda done: status.update(f"scanned {size(done)} ..."),
        )
        found = [] if as_json else _context(process, result, pattern)
    if as_json:
        documents.print_document(
            {
                "pid": pid,
                "patterns": [
                    {"bytes": each.data.hex(), "mask": each.mask.hex(), "name": each.name}
                    for each in pattern.needles
                ],
                "matches": result.matches,
                "holes": result.holes,
                "scanned": result.scanned,
                "complete": result.complete,
            }
        )
        return Exit.OK
    consoles.data().print(matches_table(found))
    consoles.words().print(verdict(result))
    return Exit.OK


def _pattern(hexadecimal: str | None, text: str | None, integer: int | None, **how: Any) -> Pattern:
    choose_one("hexadecimal", "text", "integer")
    if text is None:
        refuse_unused("encodings", "ignore_case", where="without --text")
    if integer is None:
        refuse_unused("size", "anywhere", where="without --integer")
    if hexadecimal is None and text is None and integer is None:
        msg = "say what to look for with one of --hex, --text and --integer"
        raise click.UsageError(msg)
    if hexadecimal is not None:
        return Pattern.hexadecimal(hexadecimal)
    if text is not None:
        encodings = how["encodings"] or ("utf-8", "utf-16-le")
        return Pattern.text(text, encodings=encodings, ignore_case=how["ignore_case"])
    assert integer is not None
    return Pattern.integer(integer, size=int(how["size"]), alignment=1 if how["anywhere"] else None)


def _load(path: Path, pid: int) -> ScanResult:
    """Return a scan that was printed with --json."""
    scan = _SCAN.load(path)
    if scan.pid != pid:
        consoles.words().print(
            f"{path} is of process {scan.pid}, whose addresses may mean nothing here."
        )
    nothing = Table("Hole", {"address": [], "size": [], "reason": []})
    return ScanResult(Table("Match", scan.columns), nothing, 0, complete=True)


def _context(process: Process, result: ScanResult, pattern: Pattern) -> list[Match]:
    """Read what is around each match, from the pages that it lies in alone.

    The page before or behind may be a guard page, which must not be touched.
    """
    longest = max(len(needle.data) for needle in pattern.needles)
    room = min(longest + 2 * _CONTEXT, PAGE)
    starts = []
    for row in result.matches:
        first = row.address // PAGE * PAGE
        last = row.address + len(pattern.needles[row.pattern].data) - 1
        end = (last // PAGE + 1) * PAGE
        starts.append(max(first, min(row.address - _CONTEXT, end - room)))
    pieces = process.read_many(starts, room) if starts else ()
    found = []
    for row, piece in zip(result.matches, pieces, strict=True):
        needle = pattern.needles[row.pattern]
        around = piece or process.read(row.address, len(needle.data), partial=True)
        found.append(Match(row.address, needle.name, around))
    return found
