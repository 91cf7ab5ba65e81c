"""Pages that list commands and names: each is there, and none is left out."""

from __future__ import annotations

import importlib
import re
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.commands import every_command
from house.test_docs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
GLOSSARY = DOCS / "glossary.md"
OTHERS = DOCS / "howto" / "from-others.md"


def rows(text: str) -> Iterator[dict[str, str]]:
    """The rows of a page's tables, by the names of their columns."""
    names: list[str] = []
    for line in text.splitlines():
        cells = [each.strip() for each in line.strip("|").split("|")]
        if not line.startswith("|"):
            names = []
        elif not names:
            names = cells
        elif not line.startswith("| ---"):
            yield dict(zip(names, cells, strict=True))


def test_the_page_of_commands_is_what_the_command_line_says(tmp_path: Path) -> None:
    made = tmp_path / "commands.md"
    # In a process of its own: click keeps how a command's help is asked for when it is first used.
    subprocess.run([sys.executable, str(DOCS / "commands.py"), str(made)], check=True)
    kept = DOCS / "reference" / "commands.md"
    assert kept.read_text("utf-8") == made.read_text("utf-8"), (
        "run: python3 dev.py python docs/commands.py"
    )


def test_the_page_of_benchmarks_is_what_the_saved_run_says() -> None:
    made = runpy.run_path(str(DOCS / "figures.py"))["page"]()
    kept = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
    assert kept == made, "run: python3 dev.py python docs/figures.py"


def test_the_readme_lists_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.partition("\n## Commands\n")[2].partition("\n## ")[0]
    assert [row["command"].strip("`") for row in rows(part)] == sorted(
        name for name in every_command() if " " not in name
    )


# Whom a page begins with: who opens it looks for that.
MAIN = {
    "awe": "PhysicalPages",
    "guard": "Guard",
    "heaps": "Heap",
    "partitions": "Partition",
    "processes": "Process",
    "regions": "Region",
    "sections": "Section",
    "sparse": "SparseBuffer",
    "table": "Table",
    "write_watch": "Snapshots",
}


@pytest.mark.parametrize("noun", MAIN)
def test_a_page_of_the_reference_begins_with_its_main_class_and_leaves_nothing_out(
    noun: str,
) -> None:
    text = (DOCS / "reference" / f"{noun}.md").read_text(encoding="utf-8")
    told = re.findall(
        r"^        - (\w+)$", text.partition(f"::: ntpages.{noun}\n")[2], re.MULTILINE
    )
    assert told[0] == MAIN[noun]
    assert sorted(told) == sorted(importlib.import_module(f"ntpages.{noun}").__all__)


def test_the_glossary_is_in_order_and_names_commands() -> None:
    found = list(rows(GLOSSARY.read_text(encoding="utf-8")))
    words = [row["word"].partition(",")[0] for row in found]
    assert words == sorted(words, key=str.casefold)
    for row in found:
        assert row["what it is"].endswith("."), row
        for command in re.findall("`(.*?)`", row["shown by"]):
            assert is_command(command), row


def is_command(words: str) -> bool:
    """Whether such a command has such options: ``map PROCESS --regions``."""
    name, *options = words.split(" --")
    command = every_command().get(re.sub(" [A-Z]+$", "", name))
    known = {option for each in command.params for option in each.opts} if command else set()
    return command is not None and {f"--{each.partition(' ')[0]}" for each in options} <= known


THEIRS = list(rows(OTHERS.read_text(encoding="utf-8")))


@pytest.mark.parametrize("row", THEIRS, ids=[next(iter(row.values())) for row in THEIRS])
def test_what_others_have_names_for_is_there(row: dict[str, str]) -> None:
    for words in re.findall("`(.*?)`", row.get("command", "")):
        assert is_command(words)
    calls = re.findall(r"`(\w+)\.([\w.]+)\(", row["Python"])
    assert calls or not row["Python"]
    for noun, names in calls:
        found: object = importlib.import_module(f"ntpages.{noun}")
        for name in names.split("."):
            found = getattr(found, name)
        assert callable(found)
