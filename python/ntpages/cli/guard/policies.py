"""``ntpages guard policies``, and how a policy is named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.guard import Policy, PolicyError
from ntpages.report import consoles, documents
from ntpages.report.guard.policies import policies_table

if TYPE_CHECKING:
    _Policy = click.ParamType[Policy]
else:  # older ones are not generic
    _Policy = click.ParamType


def not_right(named: str, wrong: PolicyError) -> click.ClickException:
    """Return all that is wrong with a policy, as an error of the command line."""
    lines = "\n".join(f"  {each}" for each in wrong.problems)
    return click.ClickException(f"{named} is not right:\n{lines}")


class _PolicyType(_Policy):
    """A policy: the path of a file, or the name of one that comes with ntpages."""

    name = "policy"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Policy:
        """Read it."""
        if isinstance(value, Policy):
            return value
        try:
            return Policy.ready(value) if value in Policy.ready_names() else Policy.load(value)
        except PolicyError as wrong:
            raise not_right(value, wrong) from None
        except FileNotFoundError:
            self.fail(
                f"{value!r} is no file, and none of the policies that come with ntpages: "
                f"{', '.join(Policy.ready_names())}",
                param,
                ctx,
            )
        except (OSError, ValueError) as wrong:
            self.fail(str(wrong), param, ctx)


POLICY = _PolicyType()


@click.command("policies")
@click.argument("name", required=False, type=click.Choice(Policy.ready_names()))
@as_json
def policies_command(*, name: str | None, as_json: bool) -> Exit:
    """List the policies that come with ntpages, or print the one called NAME, to begin with."""
    chosen = [name] if name else [*Policy.ready_names()]
    if as_json:
        policies = [(each, Policy.ready(each)) for each in chosen]
        documents.print_document(
            {
                "policies": [
                    {
                        "name": called,
                        "about": policy.about,
                        "rules": [
                            {"name": rule.name, "words": rule.words(), "reason": rule.reason}
                            for rule in policy.rules
                        ],
                    }
                    for called, policy in policies
                ]
            }
        )
    elif name:
        click.echo(Policy.ready_text(name), nl=False)
    else:
        consoles.data().print(policies_table([Policy.ready(each) for each in chosen]))
        consoles.words().print("`ntpages guard policies NAME > my.toml` makes one your own")
    return Exit.OK
