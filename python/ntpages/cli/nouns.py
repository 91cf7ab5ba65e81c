"""Commands about a noun: what it is, and behind its name what else there is to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


class NounCommand(click.Command):
    """A command with others behind its name: ``ntpages map``, and ``ntpages map diff``."""

    def __init__(self, *args: Any, commands: Sequence[click.Command], **attributes: Any) -> None:
        """Make the command itself, and know the others."""
        super().__init__(*args, **attributes)
        self.commands = {str(command.name): command for command in commands}

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand over where the name of another command stands in the place of an argument."""
        other = self.commands.get(args[0]) if args else None
        if other is None:
            return super().make_context(info_name, args, parent, **extra)
        return other.make_context(f"{info_name} {other.name}", args[1:], parent, **extra)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Say in the usage that there are others."""
        return [*super().collect_usage_pieces(ctx), "| COMMAND [ARGS]..."]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the others below the options."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            width = formatter.width
            formatter.write_dl(
                [(name, other.get_short_help_str(width)) for name, other in self.commands.items()]
            )
