#!/usr/bin/env python3
"""Lets a real Prometheus scrape ntpages, and asks it what ntpages says itself.

usage: python tests/fleet/run.py

Needs Debian's package prometheus, which brings promtool. Checks, in this order: the text of
`ntpages metrics` by promtool's rules; the alert rules of docs/fleet, with their unit tests; and,
with a Prometheus over an exporter that serves, each query of docs/fleet/dashboard.json and the
totals of `ntpages system --json`.
"""

from __future__ import annotations

import json
import re
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FLEET = ROOT / "docs" / "fleet"
NTPAGES = [sys.executable, str(ROOT / "dev.py"), "run"]
PARTLY = 2  # exit code of ntpages where Windows (or Wine) did not tell everything
LIMIT = 60.0  # seconds, for what takes one or two
# PromQL -> where `ntpages system --json` has the same.
SAME = {
    "ntpages_memory_total_bytes": ("memory", "total"),
    "ntpages_memory_installed_bytes": ("memory", "installed"),
    "ntpages_memory_commit_limit_bytes": ("memory", "commit_limit"),
}

CONFIGURATION = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs: [{{job_name: ntpages, static_configs: [{{targets: ["{target}"]}}]}}]
"""


def ask(*command: str) -> str:
    """What a command prints; one that failed ends all."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in {0, PARTLY}:
        sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def promtool(*arguments: str, text: str = "") -> None:
    done = subprocess.run(
        ["promtool", *arguments], input=text, capture_output=True, text=True, check=False
    )
    # What it would rather have otherwise goes to its standard error, with code 0.
    if done.returncode or done.stderr.strip():
        sys.exit(f"promtool {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    print(f"promtool {' '.join(arguments[:2])}: fine")


@contextmanager
def running(command: list[str], ready: str) -> Iterator[str]:
    """The group that `ready` finds in what a program prints; the program runs meanwhile."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as program:
        try:
            assert program.stdout
            said = []
            for line in program.stdout:
                said.append(line)
                if found := re.search(ready, line):
                    break
            else:
                sys.exit(f"{' '.join(command)} ended:\n{''.join(said)}")
            yield found[1]
        finally:
            program.send_signal(signal.SIGINT)
            try:
                program.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                program.kill()


def query(prometheus: str, expression: str) -> list[Any]:
    """The samples that a query of now finds."""
    words = urllib.parse.urlencode({"query": expression})
    with urllib.request.urlopen(f"http://{prometheus}/api/v1/query?{words}") as answer:
        result: list[Any] = json.load(answer)["data"]["result"]
        return result


def scraped(prometheus: str) -> None:
    """Wait until there were two scrapes, for rates."""
    end = time.monotonic() + LIMIT
    found: list[Any] = []
    while time.monotonic() < end:
        with suppress(urllib.error.HTTPError):  # it listens before it is ready
            found = query(prometheus, "count_over_time(ntpages_memory_total_bytes[1m])")
        if found and float(found[0]["value"][1]) > 1:
            return
        time.sleep(0.2)
    sys.exit(f"Prometheus scraped nothing in {LIMIT} s: {query(prometheus, 'up')}")


def compare(prometheus: str, system: dict[str, Any]) -> None:
    for expression, (noun, name) in SAME.items():
        [sample] = query(prometheus, expression)
        if float(sample["value"][1]) != system[noun][name]:
            sys.exit(f"{expression}: {sample['value'][1]}, and ntpages says {system[noun][name]}")
    print(f"{len(SAME)} values: as `ntpages system --json` says")


def dashboard(prometheus: str) -> None:
    """Run each panel's queries: all must be valid, and what Wine tells must be there."""
    made = json.loads((FLEET / "dashboard.json").read_text())
    if made != runpy.run_path(str(FLEET / "dashboard.py"))["dashboard"]():
        sys.exit("dashboard.json is not what dashboard.py makes: run it")
    panels = made["panels"]
    found = 0
    for panel in panels:
        for target in panel.get("targets", ()):
            expression = target["expr"].replace("$__rate_interval", "1m")
            expression = expression.replace("$instance", ".*")
            found += bool(query(prometheus, expression))
    if not found:
        sys.exit("dashboard.json: no query found anything")
    print(f"dashboard: {len(panels)} panels, {found} queries with an answer here")


def main() -> None:
    """Check all of it."""
    promtool("check", "rules", str(FLEET / "ntpages.rules.yml"))
    ask("promtool", "test", "rules", str(FLEET / "ntpages.rules.test.yml"))
    print("promtool test rules: fine")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ask(*NTPAGES, "metrics", "--textfile", f"Z:{folder}")
        promtool("check", "metrics", text=(folder / "ntpages.prom").read_text())
        system = json.loads(ask(*NTPAGES, "system", "--json"))
        with running([*NTPAGES, "metrics", "--serve", "0"], r"serving http://([^/]+)/") as target:
            rules = FLEET / "ntpages.rules.yml"
            settings = folder / "prometheus.yml"
            settings.write_text(CONFIGURATION.format(rules=rules, target=target))
            promtool("check", "config", str(settings))
            command = ["prometheus", f"--config.file={settings}"]
            command += [
                f"--storage.tsdb.path={folder}/data",
                "--web.listen-address=127.0.0.1:0",
            ]
            with running(command, r"Listening on.*address=([0-9.:]+)") as prometheus:
                scraped(prometheus)
                compare(prometheus, system)
                dashboard(prometheus)


if __name__ == "__main__":
    main()
