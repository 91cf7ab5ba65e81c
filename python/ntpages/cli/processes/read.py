"""``ntpages read``."""

from __future__ import annotations

import sys

import click

from ntpages.cli.arguments import PLACE, SIZE, as_json, choose_one
from ntpages.cli.exits import Exit
from ntpages.cli.processes.named import PROCESS
from ntpages.processes import Process
from ntpages.report import consoles, documents
from ntpages.report.processes.read import hex_lines


@click.command("read")
@click.argument("pid", type=PROCESS, metavar="PROCESS")
@click.argument("address", type=PLACE)
@click.argument("size", type=SIZE)
@click.option("--partial", is_flag=True, help="Be content with what can be read.")
@click.option("--raw", is_flag=True, help="Write the bytes themselves to stdout.")
@as_json
def read_command(
    *, pid: int, address: int | str, size: int, partial: bool, raw: bool, as_json: bool
) -> Exit:
    """Show SIZE bytes at ADDRESS in the memory of a process.

    ADDRESS may be written by a module, as in kernel32.dll+0x1f40.
    """
    choose_one("raw", "as_json")
    with Process(pid) as process:
        at = process.address_of(address)
        data = process.read(at, size, partial=partial)
    if raw:
        sys.stdout.buffer.write(data)
    elif as_json:
        documents.print_document({"pid": pid, "address": at, "size": len(data), "hex": data.hex()})
    else:
        for line in hex_lines(data, at):
            click.echo(line)
    if len(data) < size:
        consoles.words().print(f"Only {len(data)} of {size} bytes can be read.")
        return Exit.PARTLY
    return Exit.OK
