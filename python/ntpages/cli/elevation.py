"""``--elevate``: the same command as an administrator, whose output and exit code come back."""

from __future__ import annotations

import click

HELPER = "--administrator"
"""Stands before what an administrator's process runs for ours."""


def offer(command: click.Command) -> None:
    """Give ``--elevate`` to a command that has more to say to administrators."""
    if all(each.name != "elevate" for each in command.params):
        option = click.Option(
            ["--elevate"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_elevate,
            help="Run as administrator: Windows asks for one.",
        )
        command.params = [*command.params, option]  # some commands share theirs


def _elevate(context: click.Context, _: click.Parameter, value: object) -> None:
    if not value or context.resilient_parsing:
        return
    from ntpages import privileges  # noqa: PLC0415 (few ask)

    if not privileges.is_elevated():
        from ntpages.cli import administrator  # noqa: PLC0415 (few need one)

        given: list[str] = context.find_root().obj
        context.exit(administrator.run([each for each in given if each != "--elevate"]))
