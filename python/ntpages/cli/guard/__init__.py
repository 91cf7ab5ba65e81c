"""``ntpages guard``: whether one runs, and behind its name the other commands about it."""

from __future__ import annotations

from ntpages.cli.guard.check import check_command
from ntpages.cli.guard.log import log_command, report_command
from ntpages.cli.guard.policies import policies_command
from ntpages.cli.guard.run import run_command
from ntpages.cli.guard.service import (
    install_command,
    start_command,
    stop_command,
    uninstall_command,
)
from ntpages.cli.guard.status import status_command
from ntpages.cli.nouns import NounCommand

guard_command = NounCommand(
    "guard",
    commands=[
        check_command,
        install_command,
        log_command,
        policies_command,
        report_command,
        run_command,
        start_command,
        status_command,
        stop_command,
        uninstall_command,
    ],
    params=status_command.params,
    callback=status_command.callback,
    help="""Keep rules on this machine, and say of each run what it gained and what it cost.

    `ntpages guard` says whether one runs, as `ntpages guard status` does.
    """,
)
