"""``ntpages heap``: which heaps there are, and behind its name the other commands about them."""

from __future__ import annotations

from ntpages.cli.heaps.diff import diff_command
from ntpages.cli.heaps.image import image_command
from ntpages.cli.heaps.listing import list_command
from ntpages.cli.heaps.machine import machine_command
from ntpages.cli.heaps.walk import walk_command
from ntpages.cli.nouns import NounCommand

heap_command = NounCommand(
    "heap",
    commands=[diff_command, image_command, list_command, machine_command, walk_command],
    params=list_command.params,
    callback=list_command.callback,
    help="""Look into the heaps of this process or of another.

    `ntpages heap [PROCESS]` lists them, as `ntpages heap list [PROCESS]` does. Another process is
    asked with one query, which puts a thread into it for a moment: for processes of others run as
    administrator, with SeDebugPrivilege.
    """,
)
