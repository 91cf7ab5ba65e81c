"""``ntpages metrics``."""

from __future__ import annotations

import re
import time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ntpages import extras, metrics
from ntpages.cli.arguments import Seconds, as_json, choose_one, parse_number, refuse_unused
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents

if TYPE_CHECKING:
    from collections.abc import Callable

_PORT = 9189
_WAYS = ("textfile", "serve", "otlp", "as_json", "families")


def _place(_: click.Context, param: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    found = re.fullmatch(r"(?:([0-9.]+|\[[0-9a-fA-F:.]+\]):)?([0-9]{1,5})", value)
    if not found or int(found[2]) > 65_535:
        msg = f"{value!r} is no [HOST:]PORT: write {_PORT}, 0.0.0.0:{_PORT} or [::1]:{_PORT}"
        raise click.BadParameter(msg, param=param)
    return (found[1] or "127.0.0.1").strip("[]"), int(found[2])


def _first_line(_: click.Context, param: click.Parameter, value: Path | None) -> str | None:
    if value is None:
        return None
    try:
        return value.read_text(encoding="utf-8-sig").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeError) as wrong:
        raise click.BadParameter(str(wrong), param=param) from None


def _top(_: click.Context, param: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    try:
        top = parse_number(value)
        metrics.Collector(top=top)
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param=param) from None
    return top


@click.command("metrics")
@click.option(
    "--textfile",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="FOLDER",
    help="Write ntpages.prom there, for windows_exporter's textfile collector.",
)
@click.option(
    "--serve",
    callback=_place,
    metavar="[HOST:]PORT",
    help=f"Let Prometheus scrape http://HOST:PORT/metrics, such as {_PORT}; 127.0.0.1 unless said.",
)
@click.option("--anyone", is_flag=True, help="HOST may be one that other machines reach.")
@click.option(
    "--certificate",
    type=click.Path(dir_okay=False, exists=True),
    metavar="FILE",
    help="Speak TLS, with this chain (PEM).",
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, exists=True),
    metavar="FILE",
    help="Its private key, where the chain's file has none.",
)
@click.option(
    "--credentials",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    callback=_first_line,
    metavar="FILE",
    help="Ask scrapers for what its first line says: USER:PASSWORD.",
)
@click.option(
    "--otlp",
    metavar="URL",
    help="Send it to a collector of OpenTelemetry, such as http://127.0.0.1:4318/v1/metrics.",
)
@click.option(
    "--every",
    type=Seconds(above=True),
    metavar="SECONDS",
    help="Go on sending, or writing the file, so often; Ctrl-C ends it.",
)
@click.option("--families", is_flag=True, help="List all metrics, with units and sources.")
@click.option(
    "--top", callback=_top, metavar="N", help="Programs and pool tags with series; 20 unless said."
)
@click.option("--pids", is_flag=True, help="Series of processes, too: N of them.")
@as_json
def metrics_command(
    *,
    textfile: Path | None,
    serve: tuple[str, int] | None,
    anyone: bool,
    certificate: str | None,
    key: str | None,
    credentials: str | None,
    otlp: str | None,
    every: float | None,
    families: bool,
    top: int | None,
    pids: bool,
    as_json: bool,
) -> Exit:
    """Print what fleets are watched by, in the OpenMetrics format.

    Exit code 2: Windows refused some of it, which is absent.
    """
    for first, second in combinations(_WAYS, 2):
        if (first, second) != ("as_json", "families"):
            choose_one(first, second)
    if serve is None:
        refuse_unused("anyone", "certificate", "key", "credentials", where="without --serve")
    if textfile is None and otlp is None:
        refuse_unused("every", where="without --textfile or --otlp")
    if families:
        refuse_unused("top", "pids", where="with --families")
        return _list_families(as_json=as_json)
    if not as_json and otlp is None and extras.missing("metrics"):
        msg = f"metrics need prometheus_client: {extras.install_line('metrics')}"
        raise click.ClickException(msg)
    most = 20 if top is None else top
    if serve is not None:
        host, port = serve
        with metrics.Exporter(
            port,
            host=host,
            anyone=anyone,
            top=most,
            pids=pids,
            certificate=certificate,
            key=key,
            credentials=credentials,
        ) as exporter:
            consoles.words().print(f"serving {exporter.url}; Ctrl-C ends it")
            _wait()
    collector = metrics.Collector(top=most, pids=pids)
    if every is not None:
        _go_on(lambda: _hand_over(collector.collect(), textfile, otlp), every)
    collection = collector.collect()
    if textfile is not None or otlp is not None:
        _hand_over(collection, textfile, otlp)
    elif as_json:
        documents.print_document(_document(collection))
    else:
        click.echo(metrics.openmetrics(collection), nl=False)
    for each in collection.refused:
        consoles.words().print(f"not told: {each.message}", markup=False)
    return Exit.PARTLY if collection.refused else Exit.OK


def _wait() -> NoReturn:
    while True:  # Ctrl-C does not end one long wait on Windows
        time.sleep(1)


def _go_on(hand_over: Callable[[], None], every: float) -> NoReturn:
    while True:
        begun = time.monotonic()
        try:
            hand_over()
        except OSError as wrong:  # a collector that is away comes back
            consoles.words().print(str(wrong), markup=False)
        while (left := begun + every - time.monotonic()) > 0:
            time.sleep(min(left, 1))  # Ctrl-C does not end one long wait on Windows


def _document(collection: metrics.Collection) -> dict[str, object]:
    return {
        "seconds": collection.seconds,
        "metrics": (
            {
                "name": family.name,
                "kind": family.kind,
                "unit": family.unit,
                "samples": [
                    {
                        "labels": dict(zip(family.labels, each.labels, strict=True)),
                        "value": each.value,
                    }
                    for each in samples
                ],
            }
            for family, samples in collection.by_family()
        ),
        "refused": collection.refused,
    }


def _hand_over(collection: metrics.Collection, textfile: Path | None, otlp: str | None) -> None:
    if textfile is not None:
        consoles.words().print(f"wrote {metrics.write_textfile(collection, str(textfile))}")
    if otlp is not None:
        metrics.push(collection, otlp)
        consoles.words().print(f"{len(collection.samples)} values sent to {otlp}", markup=False)


def _list_families(*, as_json: bool) -> Exit:
    if as_json:
        documents.print_document({"families": metrics.FAMILIES})
        return Exit.OK
    from ntpages.report.tables import table  # noqa: PLC0415 (only this prints one)

    shown = table("metric", "kind", "labels", "what it is", "source")
    for each in metrics.FAMILIES:
        shown.add_row(each.name, each.kind.value, ", ".join(each.labels), each.help, each.source)
    consoles.data().print(shown)
    return Exit.OK
