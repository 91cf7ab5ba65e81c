"""``ntpages ps``, ``ntpages scan`` and ``ntpages read``."""

from __future__ import annotations

import json
import sys
import time
from array import array
from contextlib import suppress
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ntpages import processes, report
from ntpages.arguments import check_address
from ntpages.cli import Exit, saved
from ntpages.cli.arguments import NUMBER, PID, SIZE, as_json
from ntpages.processes import Pattern, Process, ScanResult
from ntpages.report.processes import ps as shown
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable


# ---- ps ------------------------------------------------------------------------------------------


def _columns(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in value.split(",")) if value else None


@click.command("ps")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--pid", "pids", type=PID, multiple=True, help="Only this process; repeatable.")
@click.option("--floor", type=SIZE, default=0, help="Only working sets of at least this size.")
@click.option("--sort", default="working_set", show_default=True, help="Column to sort by.")
@click.option("--ascending", is_flag=True, help="Smallest first.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N.")
@click.option("--columns", callback=_columns, metavar="NAME,...", help="Columns to show.")
@click.option("--all", "every", is_flag=True, help="Show all columns.")
@click.option("--limits", is_flag=True, help="Add the working-set limits.")
@click.option("--full", is_flag=True, help="Add shared commit; for administrators.")
@click.option("--watch", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Repeat.")
@as_json
def ps_command(
    *,
    names: tuple[str, ...],
    pids: tuple[int, ...],
    floor: int,
    sort: str,
    ascending: bool,
    top: int | None,
    columns: tuple[str, ...] | None,
    every: bool,
    limits: bool,
    full: bool,
    watch: float | None,
    as_json: bool,
) -> Exit:
    """Show the memory of all processes, or of those called NAME (wildcards * and ?).

    One question to the kernel answers for everybody: no process is left out for want of access.
    With --watch and --json every look is one line.
    """

    def look() -> Table:
        table = processes.list_processes(full=full, limits=limits)
        for name in (sort, *(columns or ())):
            if name not in table.names:
                msg = f"no column {name!r}: there are {', '.join(table.names)}"
                raise click.UsageError(msg)
        table = shown.select(table, names=names, pids=pids, floor=floor)
        return table.sort(sort, descending=not ascending)[:top]

    def document() -> dict[str, object]:
        return {"time": time.time(), "processes": look()}

    if as_json:
        if watch is None:
            report.print_json(document())
            return Exit.OK
        with suppress(KeyboardInterrupt):  # the way to end it
            while True:
                click.echo(json.dumps(report.plain(document())))
                time.sleep(watch)
        return Exit.OK
    wanted = shown.columns(columns, every=every, limits=limits, full=full)
    shown.print_table(look, wanted, watch=watch)
    return Exit.OK


# ---- scan ----------------------------------------------------------------------------------------


def _pattern(hexadecimal: str | None, text: str | None, integer: int | None, **how: Any) -> Pattern:
    given = [each for each in (hexadecimal, text, integer) if each is not None]
    if len(given) != 1:
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

    def parse(document: Any) -> tuple[int, list[int]]:
        found = [check_address(index(each["address"])) for each in document["matches"]]
        return index(document["pid"]), found

    whose, matches = saved.load(path, "ntpages scan --json", parse)
    if whose != pid:
        report.words().print(
            f"{path} is of process {whose}, whose addresses may mean nothing here."
        )
    nothing = Table("Hole", {"address": [], "size": [], "reason": []})
    table = Table("Match", {"address": array("Q", matches)})
    return ScanResult(table, nothing, 0, complete=True)


@click.command("scan")
@click.argument("pid", type=PID)
@click.option("--hex", "hexadecimal", metavar="DIGITS", help="Bytes, ? for any: '48 8B ?? 0?'.")
@click.option("--text", help="Text, in UTF-8 and UTF-16.")
@click.option("--integer", type=NUMBER, help="A number.")
@click.option("--encoding", "encodings", multiple=True, help="Of the text, instead; repeatable.")
@click.option("--ignore-case", is_flag=True, help="Let letters match in either case.")
@click.option("--size", type=click.Choice(list("1248")), default="4", help="Bytes of the number.")
@click.option("--anywhere", is_flag=True, help="Find numbers that are not aligned, too.")
@click.option("--start", type=NUMBER, default=0, help="Address to begin at.")
@click.option("--end", type=NUMBER, default=(1 << 64) - 1, help="Address to end before.")
@click.option("--writable", is_flag=True, help="Only pages that the process can write.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many matches.")
@click.option(
    "--within",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
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
    with Process(pid) as process, report.words().status("scanning ...") as status:
        result = process.scan(
            pattern,
            within=_load(within, pid) if within else None,
            start=start,
            end=end,
            writable=writable,
            limit=limit,
            progress=lambda done: status.update(f"scanned {report.size(done)} ..."),
        )
        context = shown.context(process, result, pattern) if not as_json else []
    if as_json:
        report.print_json(
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
    report.data().print(shown.matches_table(context))
    report.words().print(shown.verdict(result))
    return Exit.OK


# ---- read ----------------------------------------------------------------------------------------


@click.command("read")
@click.argument("pid", type=PID)
@click.argument("address", type=NUMBER)
@click.argument("size", type=SIZE)
@click.option("--partial", is_flag=True, help="Be content with what can be read.")
@click.option("--raw", is_flag=True, help="Write the bytes themselves to stdout.")
@as_json
def read_command(
    *, pid: int, address: int, size: int, partial: bool, raw: bool, as_json: bool
) -> Exit:
    """Show SIZE bytes at ADDRESS in the memory of a process."""
    with Process(pid) as process:
        data = process.read(address, size, partial=partial)
    if raw:
        sys.stdout.buffer.write(data)
    elif as_json:
        report.print_json({"pid": pid, "address": address, "size": len(data), "hex": data.hex()})
    else:
        _print_lines(shown.hex_lines(data, address))
    if len(data) < size:
        report.words().print(f"Only {len(data)} of {size} bytes can be read.")
        return Exit.PARTLY
    return Exit.OK


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
