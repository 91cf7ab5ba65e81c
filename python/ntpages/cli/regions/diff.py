"""``ntpages map diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ntpages import report
from ntpages.cli import Exit, saved
from ntpages.cli.arguments import as_json
from ntpages.report.regions import diff as shown

_SNAPSHOT = click.Path(exists=True, dir_okay=False, path_type=Path)


def _regions(document: Any) -> list[dict[str, Any]]:
    regions = document["regions"]
    for each in regions:
        for name in ("address", "size", "state", "protection", "type", "use"):
            each[name]
    return list(regions)


def _load(path: Path) -> list[dict[str, Any]]:
    """Return the regions of a map that was printed with --json."""
    return saved.load(path, "ntpages map --json", _regions)


@click.command("diff")
@click.argument("before", type=_SNAPSHOT)
@click.argument("after", type=_SNAPSHOT)
@as_json
def diff_command(before: Path, after: Path, *, as_json: bool) -> Exit:
    """Show what changed between two maps of a process, saved with `ntpages map PID --json`."""
    changes = shown.compare(_load(before), _load(after))
    if as_json:
        report.print_json(
            {"changes": changes, "totals": [each for each in shown.totals(changes) if each.change]}
        )
        return Exit.OK
    report.data().print(shown.totals_table(changes))
    report.data().print()
    report.data().print(shown.changes_table(changes))
    return Exit.OK


class MapCommand(click.Command):
    """``ntpages map [PID]``, and ``ntpages map diff BEFORE AFTER``."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand over to ``diff`` where its name stands in the place of a process id."""
        if args[:1] == ["diff"]:
            return diff_command.make_context(f"{info_name} diff", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)
