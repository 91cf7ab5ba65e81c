"""What ntpages shows on any machine, in a minute: ``python3 dev.py demo`` runs it.

What a machine can't show for real, Wine above all, the laboratory shows on one that it models.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `import ntlab`

import click

import ntlab
from ntpages import _native, cli, sparse, system
from ntpages.cli.exits import Exit

if TYPE_CHECKING:
    from ntlab import Lab

SHOWABLE = (Exit.OK, Exit.PARTLY, Exit.PRIVILEGE, Exit.UNAVAILABLE)
"""What a command may end with here; all but the first say why."""

NEXT = """\
  python3 dev.py run where --help    every command has examples: also map, ps, scan, heap walk
  python3 dev.py run doctor          what works on this machine, what does not, and why
  python3 dev.py test                the tests; bench measures, docs makes the site
  README.md                          the API in one screen
"""


def say(text: str) -> None:
    """Print a heading."""
    click.secho(f"\n{text}", bold=True)


def run(*words: str) -> None:
    """Run a command as if it had been typed."""
    click.secho(f"\n$ ntpages {' '.join(words)}", fg="cyan")
    sys.stdout.flush()
    try:
        cli.main(list(words))
    except SystemExit as ended:
        sys.stderr.flush()
        code = Exit(int(ended.code or 0))
        if code not in SHOWABLE:
            raise
        if code:
            click.echo(f"(exit code {int(code)}: {code.name.lower()})")


def show_the_main_job(lab: Lab) -> None:
    """Empty the memory lists: for real, then where Windows would."""
    host = "Wine" if system.windows().wine else "this Windows"
    say(f"The main job, for real. What {host} lacks or refuses, it says:")
    run("defrag")
    say("The same on a modelled machine, which answers as Windows does. No figure is of this one:")
    lab.model("memory_lists")
    lab.model("privileges").hold("SeProfileSingleProcessPrivilege")
    run("defrag")
    lab.reset()


def show_an_array() -> None:
    """Touch three pages of a terabyte."""
    say("1 TiB of NumPy, in a process of this machine. Memory comes when it is touched:")
    lines = [
        "array = sparse.array((1 << 20, 1 << 18), 'f4')",
        "array[0, 0] = array[500_000, 7] = array[-1, -1] = 1",
    ]
    for line in lines:
        click.secho(f">>> {line}", fg="cyan")
    array = sparse.array((1 << 20, 1 << 18), "f4")
    array[0, 0] = array[500_000, 7] = array[-1, -1] = 1
    committed = sparse.buffer_of(array).committed
    click.echo(f"array.nbytes is {array.nbytes:,}; committed are {committed:,} bytes")


def show_this_process() -> None:
    """Look into the process that runs this: its heaps, its map, and it among others."""
    say("Real as well: the heaps of this process, what is in its address space, and who else runs.")
    run("heap", "list")
    run("heap", "walk", "--histogram")
    run("map", "--min-size", "1M")
    run("ps", "--top", "5")


def main() -> None:
    """Show everything."""
    assert _native.__file__
    lab = ntlab.Lab(os.environ["NTPAGES_LAB_DLL"], _native.__file__)
    show_the_main_job(lab)
    show_an_array()
    show_this_process()
    say("What next:")
    click.echo(NEXT)


if __name__ == "__main__":
    main()
