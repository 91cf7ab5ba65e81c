"""``ntpages scan``."""

from __future__ import annotations

import re
import time
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from ntpages.arguments import LAST_ADDRESS, PAGE
from ntpages.cli import saved
from ntpages.cli.arguments import (
    COUNT,
    NUMBER,
    PLACE,
    REAL,
    as_json,
    choose_one,
    csv_option,
    refuse_unused,
)
from ntpages.cli.exits import Exit
from ntpages.cli.processes.named import PROCESS
from ntpages.cli.processes.scan_values import FIRST, KINDS, LATER, Content, look
from ntpages.processes import Pattern, Process, ScanResult
from ntpages.processes.modules import Modules
from ntpages.processes.pattern import ENCODINGS
from ntpages.report import consoles, documents
from ntpages.report.cells import size
from ntpages.report.processes.scan import Match, match_lines, verdict
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

_SCAN = saved.Kind("ntpages scan", "matches", {"address": saved.number, "pattern": saved.number})
_CONTEXT = 24  # bytes on either side of a match
_BATCH = 4096  # matches whose surroundings are read at once
_SCREEN = 1000  # matches that somebody looks at


@click.command("scan")
@click.argument("pid", type=PROCESS, metavar="PROCESS")
@click.option("--hex", "hexadecimal", metavar="DIGITS", help="Bytes, ? for any: '48 8B ? ?? 0?'.")
@click.option("--mask", metavar="LETTERS", help="x or ? for each byte: which of them count.")
@click.option("--text", help="Text, in UTF-8 and UTF-16.")
@click.option("--integer", type=NUMBER, help="A number.")
@click.option(
    "--encoding", "encodings", multiple=True, help="Of the text, instead; may be repeated."
)
@click.option("--ignore-case", is_flag=True, help="Let letters match in either case.")
@click.option("--regex", metavar="EXPRESSION", help="A regular expression, as Python writes them.")
@click.option("--kind", type=click.Choice(KINDS), help="Numbers of this kind, to be followed.")
@click.option("--compare", type=click.Choice(FIRST), help="How to compare; == by default.")
@click.option("--value", "values", type=REAL, multiple=True, help="With what; may be repeated.")
@click.option("--tolerance", type=REAL, help="How far from it a number may be and equal it.")
@click.option(
    "--session",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where what is left of numbers, --text or --hex is kept, for --next.",
)
@click.option(
    "--next",
    "later",
    type=click.Choice((*LATER, *FIRST)),
    help="Look again at what the session has left.",
)
@click.option("--size", type=click.Choice(list("1248")), help="Bytes of the number; 4 by default.")
@click.option("--anywhere", is_flag=True, help="Find numbers that are not aligned, too.")
@click.option("--start", type=PLACE, default=0, help="Address to begin at.")
@click.option("--end", type=PLACE, default=LAST_ADDRESS, help="Address to end before.")
@click.option("--writable", is_flag=True, help="Only pages that the process can write.")
@click.option(
    "--limit",
    type=COUNT,
    help=f"Stop after so many matches; {_SCREEN} by default on a terminal.",
)
@click.option(
    "--within",
    type=saved.FILE,
    help="Only where an earlier scan, saved from --json, found something.",
)
@as_json
@csv_option
def scan_command(
    *,
    pid: int,
    start: int | str,
    end: int | str,
    writable: bool,
    limit: int | None,
    within: Path | None,
    regex: str | None,
    kind: str | None,
    compare: str | None,
    values: tuple[float, ...],
    tolerance: float | None,
    session: Path | None,
    later: str | None,
    as_json: bool,
    csv_file: IO[str] | None,
    **what: Any,
) -> Exit:
    """Search all the memory of a process that can be read.

    Memory that can't be is named as a hole; guard pages are not touched. Save the JSON of one
    scan and give it to the next with --within to narrow the matches.

    Numbers are followed: the first look, with --kind, keeps what is compared as asked, or all
    numbers where none is known yet, in the file of --session; the next, with --next, looks at what
    is left, as in `--next increased`, and keeps what is left of that. So are --text and --hex with
    a --session, as in `--next changed`, or `--next ==` with another --text.

    Addresses may be written by a module, as in kernel32.dll+0x1f40, and are shown so where they
    lie in one.
    """
    choose_one("as_json", "csv_file")
    choose_one("hexadecimal", "text", "integer", "regex", "kind")
    for other in ("integer", "regex", "kind"):
        choose_one(other, "later")
    if kind is None and later is None:
        refuse_unused("values", "tolerance", where="without --kind or --next")
        if what["text"] is None and what["hexadecimal"] is None:
            refuse_unused("session", where="without --kind, --text, --hex or --next")
    if kind is None:
        refuse_unused("compare", where="without --kind")
    if kind is not None or later is not None or session is not None:
        refuse_unused("within", where="with --kind, --session and --next")
        if later is not None:
            refuse_unused("start", "end", "writable", where="with --next")
            refuse_unused("encodings", "ignore_case", where="with --next: the session knows")
            for other in ("text", "hexadecimal"):
                choose_one("values", other)
        _require_session(session, values, later)
        with consoles.words().status("looking ...") as status:
            look(
                pid,
                kind=kind,
                compare=compare,
                later=later,
                values=values,
                content=_content(**what),
                tolerance=tolerance,
                session=session,
                limit=limit,
                as_json=as_json,
                csv_file=csv_file,
                progress=_told(status),
                start=start,
                end=end,
                writable=writable,
            )
        return Exit.OK
    if regex is not None:
        refuse_unused("within", where="with --regex")
        return _search(pid, regex, start, end, limit, csv_file, writable=writable, as_json=as_json)
    pattern = _pattern(**what)
    if limit is None and not (as_json or csv_file) and consoles.is_watched():
        limit = _SCREEN
    with Process(pid) as process:
        with consoles.words().status("scanning ...") as status:
            result = process.scan(
                pattern,
                within=_load(within, pid) if within else None,
                start=start,
                end=end,
                writable=writable,
                limit=limit,
                progress=_told(status),
            )
        if as_json:
            documents.print_document(_document(pid, pattern, result))
            return Exit.OK
        if csv_file:
            documents.write_csv(csv_file, result.matches.names, result.matches)
            return Exit.OK
        found = _surroundings(process, result, pattern)
        lines = match_lines(found, [needle.name for needle in pattern.needles])
        while some := list(islice(lines, _BATCH)):
            click.echo("\n".join(some))
    consoles.words().print(verdict(result))
    return Exit.OK


def _told(status: Status) -> Callable[[int], None]:
    """Return what shows how far a scan is, and how fast."""
    begun = time.monotonic()

    def tell(done: int) -> None:
        speed = round(done / max(time.monotonic() - begun, 0.001))
        status.update(f"scanned {size(done)}, {size(speed)}/s ...")

    return tell


def _require_session(session: Path | None, values: tuple[float, ...], later: str | None) -> None:
    if session is None and (later is not None or not values):
        what = "--next" if later is not None else "--kind without --value"
        msg = f"{what} needs a --session: nobody could go on from there"
        raise click.UsageError(msg)
    if session is not None and later is not None and not session.exists():
        msg = f"{session} is no session: begin one with --kind, --text or --hex"
        raise click.UsageError(msg)


def _search(
    pid: int,
    regex: str,
    start: int | str,
    end: int | str,
    limit: int | None,
    csv_file: IO[str] | None,
    *,
    writable: bool,
    as_json: bool,
) -> Exit:
    try:
        expression = re.compile(regex.encode())
    except (re.error, UnicodeEncodeError) as wrong:
        msg = f"--regex {regex!r} is no regular expression: {wrong}"
        raise click.UsageError(msg) from wrong
    if limit is None and not (as_json or csv_file) and consoles.is_watched():
        limit = _SCREEN
    with Process(pid) as process:
        with consoles.words().status("searching ...") as status:
            result = process.search(
                expression,
                start=start,
                end=end,
                writable=writable,
                limit=limit,
                progress=_told(status),
            )
        if as_json:
            documents.print_document(
                {
                    "pid": pid,
                    "regex": regex,
                    "matches": (row._asdict() for row in result.matches),
                    "holes": result.holes,
                    "scanned": result.scanned,
                    "complete": result.complete,
                }
            )
            return Exit.OK
        if csv_file:
            documents.write_csv(csv_file, result.matches.names, result.matches)
            return Exit.OK
        place = _places(process)
        found = (
            Match(
                row.address,
                "",
                process.read(row.address, min(row.size, PAGE), partial=True),
                place(row.address),
            )
            for row in result.matches
        )
        for line in match_lines(found, [""]):
            click.echo(line)
    consoles.words().print(verdict(result))
    return Exit.OK


def _content(*, encodings: tuple[str, ...], ignore_case: bool, **what: Any) -> Content:
    """Return the text or the bytes that are followed, if they are."""
    _refuse_alone(**what)
    pattern = None
    if what["hexadecimal"] is not None:
        pattern = Pattern.hexadecimal(what["hexadecimal"], mask=what["mask"])
    return Content(what["text"], encodings or ENCODINGS, ignore_case, pattern)


def _refuse_alone(
    *, hexadecimal: str | None, text: str | None, integer: int | None, **_: Any
) -> None:
    if hexadecimal is None:
        refuse_unused("mask", where="without --hex")
    if text is None:
        refuse_unused("encodings", "ignore_case", where="without --text")
    if integer is None:
        refuse_unused("size", "anywhere", where="without --integer")


def _pattern(hexadecimal: str | None, text: str | None, integer: int | None, **how: Any) -> Pattern:
    _refuse_alone(hexadecimal=hexadecimal, text=text, integer=integer)
    if hexadecimal is None and text is None and integer is None:
        msg = "say what to look for with one of --hex, --text and --integer, --regex or --kind"
        raise click.UsageError(msg)
    if hexadecimal is not None:
        return Pattern.hexadecimal(hexadecimal, mask=how["mask"])
    if text is not None:
        encodings = how["encodings"] or ENCODINGS
        try:
            return Pattern.text(text, encodings=encodings, ignore_case=how["ignore_case"])
        except LookupError as unknown:
            raise click.UsageError(str(unknown)) from unknown
    assert integer is not None
    alignment = 1 if how["anywhere"] else None
    return Pattern.integer(integer, size=int(how["size"] or 4), alignment=alignment)


def _load(path: Path, pid: int) -> ScanResult:
    """Return a scan that was printed with --json."""
    scan = _SCAN.load(path)
    if scan.pid != pid:
        consoles.words().print(
            f"{path} is of process {scan.pid}, whose addresses may mean nothing here."
        )
    nothing = Table("Hole", {"address": [], "size": [], "reason": []})
    return ScanResult(Table("Match", scan.columns), nothing, 0, complete=True)


def _document(pid: int, pattern: Pattern, result: ScanResult) -> dict[str, object]:
    return {
        "pid": pid,
        "patterns": [
            {"bytes": each.data.hex(), "mask": each.mask.hex(), "name": each.name}
            for each in pattern.needles
        ],
        "matches": ({"address": row.address, "pattern": row.pattern} for row in result.matches),
        "holes": result.holes,
        "scanned": result.scanned,
        "complete": result.complete,
    }


def _surroundings(process: Process, result: ScanResult, pattern: Pattern) -> Iterator[Match]:
    """Read what is around each match, from the pages that it lies in alone.

    The page before or behind may be a guard page, which must not be touched.
    """
    place = _places(process)
    longest = max(len(needle.data) for needle in pattern.needles)
    room = min(longest + 2 * _CONTEXT, PAGE)
    rows = iter(result.matches)
    while batch := list(islice(rows, _BATCH)):
        starts = []
        for row in batch:
            first = row.address // PAGE * PAGE
            last = row.address + len(pattern.needles[row.pattern].data) - 1
            end = (last // PAGE + 1) * PAGE
            starts.append(max(first, min(row.address - _CONTEXT, end - room)))
        for row, piece in zip(batch, process.read_many(starts, room), strict=True):
            needle = pattern.needles[row.pattern]
            around = piece or process.read(row.address, len(needle.data), partial=True)
            yield Match(row.address, needle.name, around, place(row.address))


def _places(process: Process) -> Callable[[int], str]:
    """Return what tells an address by its module, and nothing of one that lies in none."""
    modules = Modules(process.modules())
    return lambda address: modules.describe(address) if modules.at(address) else ""
