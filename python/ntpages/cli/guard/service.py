"""``ntpages guard install``, ``start``, ``stop`` and ``uninstall``: the service, or the task."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from ntpages.cli.arguments import as_json, choose_one
from ntpages.cli.exits import Exit
from ntpages.cli.guard.policies import not_right
from ntpages.cli.guard.which import name_of, name_option, store_option
from ntpages.guard import Policy, PolicyError, service, task
from ntpages.guard.places import store_path
from ntpages.guard.policy import ready_path
from ntpages.guard.serving import NAME
from ntpages.report import consoles, documents

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Exit]


def of_either(command: Command) -> Command:
    """Let options say whether the service is meant or the task, and which; or print a document."""

    @wraps(command)
    def chosen(
        *, service_meant: bool, task_meant: bool, name: str | None, as_json: bool, **more: Any
    ) -> Exit:
        choose_one("service_meant", "task_meant")
        meant = task if task_meant and not service_meant else service
        called = name_of(name)
        code = command(meant=meant, name=called, **more)
        if as_json:
            kind = "task" if meant is task else "service"
            documents.print_document({"changed": True, "kind": kind, "name": called})
        return code

    options = (
        as_json,
        name_option,
        click.option("--task", "task_meant", is_flag=True, help="The task, which is yours."),
        click.option(
            "--service", "service_meant", is_flag=True, help="The service; meant unless said."
        ),
    )
    for option in options:
        chosen = option(chosen)
    return chosen


@click.command("install")
@click.option(
    "--policy",
    required=True,
    metavar="POLICY",
    help="A file, read again when it changes, or the name of one that comes with ntpages.",
)
@of_either
@store_option
def install_command(*, policy: str, meant: Any, name: str, store: str | None) -> Exit:
    """Make a service that keeps POLICY, or a task.

    The service starts with Windows and runs as the system; the task runs while you are logged on.
    The file, its folders and Python must be writable by administrators alone, or whoever may write
    there could have commands run: who can is told, and nothing is installed. So it is with a task
    that an administrator makes.
    """
    path = ready_path(policy) if policy in Policy.ready_names() else policy
    try:
        unknown = meant.install(path, store=store_path() if store is None else store, name=name)
    except PolicyError as wrong:
        raise not_right(policy, wrong) from None
    for setting in unknown:
        consoles.words().print(f"this Windows has no setting for it, so it goes without: {setting}")
    more = (" --task" if meant is task else "") + (f" --name {name}" if name != NAME else "")
    consoles.words().print(f"Installed. `ntpages guard start{more}` starts it now.", markup=False)
    return Exit.OK


@click.command("start")
@of_either
def start_command(*, meant: Any, name: str) -> Exit:
    """Start the service, or the task, now."""
    try:
        meant.start(name)
    except TimeoutError as wrong:
        msg = f"{wrong}: `ntpages guard log` says why, and so does the event log"
        raise click.ClickException(msg) from None
    consoles.words().print("Started.")
    return Exit.OK


@click.command("stop")
@of_either
def stop_command(*, meant: Any, name: str) -> Exit:
    """Stop the service until Windows starts again, or the task until you log on again."""
    meant.stop(name)
    consoles.words().print("Stopped.")
    return Exit.OK


@click.command("uninstall")
@of_either
def uninstall_command(*, meant: Any, name: str) -> Exit:
    """Stop the service and delete it, or delete the task. What it wrote down stays."""
    if not meant.uninstall(name):
        words = "Windows deletes it as soon as nobody has it open, as the console of services may."
        consoles.words().print(words)
    consoles.words().print("Uninstalled.")
    return Exit.OK
