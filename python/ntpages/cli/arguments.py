"""What commands take: sizes with a unit, numbers in any base, processes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from ntpages import extras

_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str) -> int:
    """Return the bytes that a size with a unit means: ``4096``, ``64K``, ``1.5GiB``.

    Raises:
        ValueError: It is no size.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if not found:
        msg = f"{text!r} is no size: write 4096, 64K or 1.5GiB"
        raise ValueError(msg)
    return int(float(found[1]) * 1024 ** _UNITS[found[2]])


if TYPE_CHECKING:
    _WholeNumber = click.ParamType[int]
else:  # older ones are not generic
    _WholeNumber = click.ParamType


class _Size(_WholeNumber):
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_size(value)
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


class _Number(_WholeNumber):
    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return int(value, 0)
        except ValueError:
            self.fail(f"{value!r} is no number: write 4096 or 0x1000", param, ctx)


SIZE = _Size()
"""Bytes, with a unit if one is given: ``64K``, ``1.5GiB``."""

NUMBER = _Number()
"""A whole number, decimal or with ``0x``: an address, a value."""

PID = click.IntRange(1, (1 << 32) - 1)
"""A process id."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes in bytes.")
"""Asks for a document instead of what is for people."""

csv_option = click.option(
    "--csv",
    "csv_file",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Write comma-separated values; - for standard output.",
)


def refuse_both(*, as_json: bool, csv_file: IO[str] | None) -> None:
    """Refuse ``--json`` with ``--csv``.

    Raises:
        UsageError: Both are asked for.
    """
    if as_json and csv_file:
        msg = "--json and --csv: choose one of the two"
        raise click.UsageError(msg)


def _drawable(_: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value and value.suffix.lower() not in {".svg", ".png", ".pdf"}:
        msg = f"{value.name!r} must end in .svg, .png or .pdf"
        raise click.BadParameter(msg, param=param)
    if value and extras.missing("plot"):
        msg = f"pictures need matplotlib: {extras.install_line('plot')}"
        raise click.ClickException(msg)
    return value


picture_option = click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_drawable,
    metavar="FILE",
    help="Draw it instead: .svg, .png or .pdf.",
)
