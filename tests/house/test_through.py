"""That one test of many cases hides nothing."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from house.through import through

if TYPE_CHECKING:
    from pathlib import Path


def test_each_combination_is_tried_and_all_that_fail_are_told() -> None:
    tried = []

    @through(number=[1, 2, 3], letter=iter("ab"))
    def rule(number: int, letter: str) -> None:
        tried.append(f"{number}{letter}")
        assert number != 2, "no two"
        if letter == "b":
            raise LookupError(letter)

    with pytest.raises(pytest.fail.Exception) as failed:
        rule()
    assert tried == ["1a", "1b", "2a", "2b", "3a", "3b"]
    said = str(failed.value)
    assert said.startswith("4 of 6 cases:")
    for case, why in (
        ("number=1, letter='b'", "LookupError: b"),
        ("number=2, letter='a'", "AssertionError: no two"),
        ("number=2, letter='b'", "AssertionError: no two"),
        ("number=3, letter='b'", "LookupError: b"),
    ):
        told = said.partition(f"---- {case}\n")[2].partition("---- ")[0]
        assert why in told
        assert "in rule" in told


def test_a_case_that_is_skipped_or_fails_by_a_word_is_none_that_holds() -> None:
    for end in (pytest.skip, pytest.fail):

        @through(case=[1])
        def rule(case: int) -> None:
            end(f"case {case}")  # noqa: B023 (it is called at once)

        with pytest.raises(pytest.fail.Exception, match="case 1"):
            rule()


def test_no_cases_are_refused() -> None:
    with pytest.raises(AssertionError):
        through(case=[])


def test_what_is_no_case_is_a_fixture() -> None:
    given: list[tuple[object, str]] = []

    @through(case="ab")
    def rule(tmp_path: Path, case: str) -> None:
        given.append((tmp_path, case))

    assert [*inspect.signature(rule).parameters] == ["tmp_path"]
    rule(tmp_path="here")
    assert given == [("here", "a"), ("here", "b")]
