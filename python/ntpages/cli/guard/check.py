"""``ntpages guard check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import guard
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.cli.guard.policies import POLICY
from ntpages.report import consoles, documents
from ntpages.report.guard.check import print_check

if TYPE_CHECKING:
    from ntpages.guard import Policy


@click.command("check")
@click.argument("policy", type=POLICY)
@as_json
def check_command(*, policy: Policy, as_json: bool) -> Exit:
    """Say in words what POLICY would do, on the numbers of now. Nothing is done.

    POLICY is a file, or the name of one that comes with ntpages. What is wrong with it is told
    with its line, all at once, and the exit code is 1.
    """
    checked = guard.check(policy)
    if as_json:
        documents.print_document({"check": checked})
    else:
        print_check(checked)
    for words in checked.refused:
        consoles.words().print(f"not told: {words}", markup=False)
    return Exit.OK
