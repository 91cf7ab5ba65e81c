"""The border of the report: it renders what it is given, and asks nobody."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from house.layout import PACKAGE, sources
from house.through import through

if TYPE_CHECKING:
    from collections.abc import Iterator

REPORT = sources(PACKAGE / "report", "*.py")
SCREEN = PACKAGE / "report" / "top"  # of the extra [tui]
DRAWING = PACKAGE / "report" / "drawing.py"  # of the extra [plot]


def imports(node: ast.AST) -> Iterator[str]:
    """What is imported when code runs, at the top of a module or in its functions."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{each.name}" for each in node.names)
    elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        for child in ast.iter_child_nodes(node):
            yield from imports(child)


def package_of(module: str) -> str:
    """What a module is part of: the report, or a package."""
    own = f"{module}.".startswith("ntpages.report.")
    return "ntpages.report" if own else module.partition(".")[0]


@through(path=REPORT)
def test_a_report_imports_the_report_alone(path: Path) -> None:
    allowed = {"ntpages.report", "rich", *sys.stdlib_module_names}
    allowed |= {"textual"} if path.parent == SCREEN else set()
    allowed |= {"matplotlib"} if path == DRAWING else set()
    found = imports(ast.parse(path.read_text(encoding="utf-8")))
    assert {package_of(module) for module in found} - allowed == set()


@through(path=REPORT)
def test_a_report_knows_no_command(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert [module for module in modules if module.startswith("ntpages.cli")] == []


def test_every_report_renders_plain_data_where_nothing_else_of_ntpages_is() -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [plot]")
    pytest.importorskip("textual", reason="the screen needs the extra [tui]")
    child = Path(__file__).with_name("rendering.py")
    done = subprocess.run(
        [sys.executable, str(child)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []  # functions that rendered nothing
