"""What all commands that list something share: which rows and columns, in which form, how often."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial, wraps
from itertools import count
from typing import IO, TYPE_CHECKING, Any

import click

from ntpages.cli.arguments import (
    COUNT,
    Seconds,
    as_json,
    choose_one,
    csv_option,
    refuse_unused,
)
from ntpages.cli.exits import Exit
from ntpages.processes.names import did_you_mean
from ntpages.report import consoles, documents
from ntpages.report import listing as shown
from ntpages.report.columns import runs_upwards
from ntpages.report.timeline import timeline_picture
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import RenderableType


def objects(rows: Any, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield these columns of each row."""
    if isinstance(rows, Table):
        for cells in zip(*map(rows.column, names), strict=True):
            yield dict(zip(names, cells, strict=True))
    else:
        for row in rows:
            yield {name: getattr(row, name) for name in names}


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, and how it is told unless somebody chooses."""

    names: Sequence[str] = ()
    """Columns there are."""
    rows: Any = ()
    key: str = ""
    """What a document calls the rows; none has them where all is in ``document``."""
    document: Mapping[str, object] = field(default_factory=dict)
    """What a document says besides the rows."""
    people: Callable[[Any], RenderableType] | None = None
    """Makes of the rows what people see."""
    usual: Sequence[str] = ()
    """Or which columns of them."""
    most: int | None = None
    """Rows that people see."""
    objects: Callable[[Any, Sequence[str]], Iterator[dict[str, Any]]] = objects
    """Yields columns of each row."""
    whole: bool = True
    """Whether a document has the rows as they are, where no columns are asked for."""
    words: Sequence[str] = ()
    """Sentences for who sees this look alone, or first."""
    draw: Callable[[Path], None] | None = None
    series: Mapping[str, int] = field(default_factory=dict)
    """What a picture shows over time: amounts by name."""
    unit: str = ""
    """What they count, if not bytes."""
    title: str = ""
    code: Exit = Exit.OK


@dataclass(frozen=True, slots=True)
class Listing:
    """How somebody wants something listed."""

    sort: str | None = None
    ascending: bool = False
    columns: tuple[str, ...] | None = None
    top: int | None = None
    as_json: bool = False
    csv_file: IO[str] | None = None
    watch: float | None = None
    picture: Path | None = None

    @property
    def for_programs(self) -> bool:
        """Whether a document or values are asked for, and all that is known is told."""
        return self.as_json or self.csv_file is not None

    def show(self, look: Callable[[], Look]) -> Exit:
        """Look, and show what is found; with --watch, again and again until Ctrl-C."""
        if self.watch is not None:
            return self._watch(look, self.watch)
        found = look()
        if self.picture and found.draw:
            found.draw(self.picture)
        elif self.as_json:
            documents.print_document(self._document(found))
        elif self.csv_file:
            names, rows = self._values(found)
            documents.write_csv(self.csv_file, names, rows)
        else:
            people, left_out = self._people(found)
            shown.show(people)
            _say([left_out])
        _say(found.words)
        return found.code

    def check(self, names: Sequence[str]) -> None:
        """Refuse a column that there is not.

        Raises:
            UsageError: The message says what there is.
        """
        for name in (*(() if self.sort is None else (self.sort,)), *(self.columns or ())):
            if name not in names:
                hint = did_you_mean(name, {each.casefold(): each for each in names})
                there = f"{' There' if hint else ': there'} are {', '.join(names)}"
                msg = f"no column {name!r}{hint}{there}"
                raise click.UsageError(msg)

    def ordered(self, rows: Any) -> Any:
        """Return rows in the order that is asked for: words upwards, sizes downwards."""
        if self.sort is None:
            return rows
        name = self.sort
        descending = not (self.ascending or runs_upwards(name))
        if not isinstance(rows, Table):
            by = [(getattr(row, name), at) for at, row in enumerate(rows)]
            known = sorted((each for each in by if each[0] is not None), reverse=descending)
            unknown = (each for each in by if each[0] is None)
            return [rows[at] for _, at in (*known, *unknown)]
        if name not in rows.names:
            msg = f"nothing can be sorted by {name!r}: Windows does not tell it here"
            raise click.UsageError(msg)
        return rows.sort(name, descending=descending)

    def _chosen(self, found: Look) -> Any:
        self.check(found.names)
        return self.ordered(found.rows)

    def _document(self, found: Look) -> dict[str, Any]:
        if not found.key:
            return dict(found.document)
        rows = self._chosen(found)[: self.top]
        whole = found.whole and self.columns is None
        told = rows if whole else found.objects(rows, self.columns or found.names)
        return {**found.document, found.key: documents.each(told)}

    def _values(self, found: Look) -> tuple[Sequence[str], Iterator[tuple[Any, ...]]]:
        names = self.columns or found.names
        rows = found.objects(self._chosen(found)[: self.top], names)
        return names, (tuple(map(documents.value, each.values())) for each in rows)

    def _people(self, found: Look) -> tuple[RenderableType, str]:
        """Return what people see, and a sentence on what they do not."""
        rows = self._chosen(found)
        rows = rows[: self.top or found.most]
        if found.people and self.columns is None:
            return found.people(rows), ""
        names = self.columns or found.usual or found.names
        table = shown.columns_table(rows, names)
        return table, shown.left_out(len(names) - len(table.columns))

    def _watch(self, look: Callable[[], Look], seconds: float) -> Exit:
        looks: list[tuple[float, Mapping[str, int]]] = []
        title = unit = ""
        try:
            with suppress(KeyboardInterrupt):  # the way to end it
                found = look()
                title, unit = found.title, found.unit
                _say(found.words)
                with self._again() as show:
                    while True:
                        show(found)
                        looks.append((time.time(), found.series))
                        time.sleep(seconds)
                        found = look()
        finally:  # the process that was looked at may have ended
            if self.picture and looks:
                timeline_picture(looks, self.picture, title=title, unit=unit)
        return Exit.OK

    @contextmanager
    def _again(self) -> Iterator[Callable[[Look], None]]:
        """Give what tells of one look after another."""
        if self.as_json:
            yield self._print_line
        elif self.csv_file:
            yield partial(self._append, self.csv_file, count())
        else:
            with shown.watched() as show:
                yield lambda found: show(self._people(found)[0])

    def _append(self, file: IO[str], number: Iterator[int], found: Look) -> None:
        """Write the rows of a look behind those of the one before, each with its time."""
        names, rows = self._values(found)
        now = time.time()
        heading = () if next(number) else ("time", *names)
        documents.write_csv(file, heading, ((now, *row) for row in rows))

    def _print_line(self, found: Look) -> None:
        documents.print_document(self._document(found), compact=True)
        sys.stdout.flush()  # whoever reads the pipe waits for it


def _say(sentences: Sequence[str]) -> None:
    for each in filter(None, sentences):
        consoles.words().print(each)


def _columns(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(","))


_ORDER = ("sort", "ascending", "columns", "top")
_FORM = ("as_json", "csv_file")


def listing(
    *,
    names: Sequence[str] = (),
    sort: str | None = None,
    rows: bool = True,
    csv: bool = True,
    watch: bool = True,
    picture: Callable[..., Any] | None = None,
    still: bool = True,
) -> Callable[[Callable[..., Exit]], Callable[..., Exit]]:
    """Give a command what listings share, and one argument, ``listing``, with what is asked for.

    Args:
        names: Columns, where they are known before anything is looked at.
        sort: Column by which it is sorted unless another is asked for.
        rows: Whether rows can be chosen and sorted, and columns.
        csv: Whether they can be written as values between commas.
        watch: Whether it can be looked at again and again.
        picture: The option that asks for a picture, if there can be one.
        still: Whether there can be one of a single look, too.
    """
    order = (
        click.option(
            "--sort", default=sort, show_default=True, metavar="COLUMN", help="Column to sort by."
        ),
        click.option("--ascending", is_flag=True, help="Smallest first."),
        click.option(
            "--columns", callback=_columns, metavar="NAME,...", help="These alone, in this order."
        ),
        click.option("--top", type=COUNT, metavar="N", help="Only the first N."),
    )
    again = click.option(
        "--watch", type=Seconds(0.1), metavar="SECONDS", help="Look again and again, until Ctrl-C."
    )
    options = (
        *(order if rows else ()),
        *((again,) if watch else ()),
        *((picture,) if picture else ()),
        as_json,
        *((csv_option,) if csv else ()),
    )
    taken = (
        *(_ORDER if rows else ()),
        *(_FORM if csv else _FORM[:1]),
        *(("watch",) if watch else ()),
        *(("picture",) if picture else ()),
    )

    def add(command: Callable[..., Exit]) -> Callable[..., Exit]:
        @wraps(command)
        def run(**given: Any) -> Exit:
            asked = Listing(**{name: given.pop(name) for name in taken})
            choose_one(*_FORM, *(("picture",) if asked.watch is None else ()))
            if asked.picture and asked.watch is None:
                if not still:
                    msg = "--picture shows what changes over time: add --watch"
                    raise click.UsageError(msg)
                refuse_unused(*_ORDER, where="with --picture, but with --watch")
            if asked.sort is None:
                refuse_unused("ascending", where="without --sort")
            if names:
                asked.check(names)
            return command(listing=asked, **given)

        decorated: Callable[..., Exit] = run
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return add
