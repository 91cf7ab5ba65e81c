"""Which processes are shown, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from cli.top.made import Made, processes
from ntpages.cli.top.choice import Choice
from ntpages.report.top.history import History

if TYPE_CHECKING:
    from ntpages.table import Table


def shown(table: Table, **wanted: Any) -> list[str]:
    """The names that a choice leaves of a table, with the branches before them."""
    history = History()
    history.add(Made(table).sample())
    order = Choice(**wanted).order(history)
    names = history.column("name")
    branches = order.branches or [""] * len(order.rows)
    return [branch + names[row] for branch, row in zip(branches, order.rows, strict=True)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["alpha.exe", "beta.exe", "gamma.exe", "beta2.exe"]),
        ("BETA", ["beta.exe", "beta2.exe"]),
        ("beta?.exe", ["beta2.exe"]),
        ("*a.exe", ["alpha.exe", "beta.exe", "gamma.exe"]),
        ("104", ["beta.exe"]),
        ("10", []),
        ("nobody", []),
    ],
)
def test_words_are_part_of_a_name_a_pattern_or_an_id(words: str, found: list[str]) -> None:
    assert shown(processes(), words=words) == found


def test_a_name_with_brackets_is_one() -> None:
    table = processes(name=["setup[1].exe", "setup1.exe", "a.exe", "b.exe"])
    assert shown(table, words="p[1]") == ["setup[1].exe"]


def test_names_are_sorted_in_any_case() -> None:
    table = processes(name=["b.exe", "A.exe", "a.exe", "B.exe"])
    assert shown(table, sort="name", descending=False)[2:] == ["b.exe", "B.exe"]


def test_who_is_wanted_brings_those_along_that_it_stands_below() -> None:
    table = processes(parent=[0, 100, 104, 100])
    assert shown(table, words="gamma", tree=True) == ["alpha.exe", "└ beta.exe", "  └ gamma.exe"]


def test_branches_show_who_is_below_whom() -> None:
    table = processes(6, parent=[0, 100, 104, 104, 100, 999])
    assert shown(table, tree=True) == [
        *("alpha.exe", "├ beta.exe", "│ ├ gamma.exe", "│ └ beta2.exe", "└ alpha.exe", "beta.exe")
    ]


def test_who_is_younger_started_nobody() -> None:
    table = processes(parent=[0, 108, 0, 0])  # 108 began later: it has the id of one that is gone
    assert shown(table, tree=True) == ["alpha.exe", "beta.exe", "gamma.exe", "beta2.exe"]


@pytest.mark.parametrize("parent", [[100, 100, 0, 0], [104, 100, 0, 0], [104, 108, 100, 0]])
def test_nobody_stands_below_itself(parent: list[int]) -> None:
    table = processes(parent=parent, started=[5.0] * 4)
    for words in ("", "beta"):
        found = shown(table, tree=True, words=words)
        assert len(found) == (len(table) if not words else len(set(found)))
        assert found
