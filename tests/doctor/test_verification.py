"""What only Windows can prove: each claim has a check, and its answer is told as it came."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from house.layout import ROOT
from ntpages import doctor
from ntpages.doctor import Check, Checked, Verdict, Verification
from ntpages.doctor.checks import CHECKS
from ntpages.doctor.findings import NEEDED_FOR
from ntpages.doctor.verification import run
from ntpages.report.doctor import verification_markdown

if TYPE_CHECKING:
    from ntlab import Lab

NAMES = [check.name for check in CHECKS]
ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


def rows() -> list[list[str]]:
    """The laboratory's table of what is real where, without its head."""
    text = (ROOT / "tests" / "ntlab" / "README.md").read_text(encoding="utf-8")
    _, _, table = text.partition("## What is real where")
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(table)][2:]


def ran(name: str) -> Checked:
    [check] = [each for each in CHECKS if each.name == name]
    return run(check)


def test_every_row_of_what_only_windows_can_prove_names_its_check() -> None:
    unchecked = [row[0] for row in rows() if not set(re.findall(r"`(\w+\.\w+)`", row[-1]))]
    assert unchecked == []


def test_every_check_has_its_row() -> None:
    named = {name for row in rows() for name in re.findall(r"`(\w+\.\w+)`", row[-1])}
    assert named == set(NAMES)


def test_the_names_of_checks_are_told_apart() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_every_check_says_what_it_counts_on() -> None:
    assert [check.name for check in CHECKS if not check.expects] == []


def test_nothing_that_changes_the_machine_runs_unless_it_is_wished(lab: Lab) -> None:
    lab.model("memory_lists")
    lab.record("NtSetSystemInformation")
    begun: list[Check] = []
    found = doctor.verify(on_check=begun.append)
    assert lab.calls("NtSetSystemInformation") == []
    assert [check.name for check in begun if check.changes] == []
    left_out = {each.name for each in found.checks if each.verdict is Verdict.NOT_RUN}
    assert left_out == {check.name for check in CHECKS if check.changes}


def test_with_effects_each_is_named_before_it_runs(lab: Lab) -> None:
    lists = lab.model("memory_lists")
    lab.model("volumes")
    lab.record("NtSetSystemInformation")
    commands = {}
    found = doctor.verify(
        effects=True,
        on_check=lambda check: commands.update(
            {check.name: len(lab.calls("NtSetSystemInformation"))}
        ),
    )
    del lists
    assert found.effects
    assert [*commands] == NAMES
    assert commands["memory_lists.trim"] == 0
    assert len(lab.calls("NtSetSystemInformation")) > commands["memory_lists.purge"]


MODELS = (
    *("awe", "compression", "heaps", "memory_lists", "numa", "physical", "pools", "processes"),
    *("regions", "system", "volumes", "working_sets"),
)


@pytest.fixture(scope="module")
def verification() -> Verification:
    """What is found here, where no model answers."""
    return doctor.verify()


def test_no_check_fails_in_itself(verification: Verification) -> None:
    failed = [each for each in verification.checks if each.came.endswith("in the check itself")]
    assert failed == []


def test_no_check_fails_in_itself_where_everything_answers(lab: Lab) -> None:
    for name in MODELS:
        lab.model(name)
    token = lab.model("privileges")
    for privilege in NEEDED_FOR:
        token.hold(privilege)
    found = doctor.verify(effects=True).checks
    assert [each for each in found if each.came.endswith("in the check itself")] == []
    assert {each.verdict for each in found if each.name.startswith("awe.")} == {Verdict.EXPECTED}


def test_the_lists_are_as_expected_where_the_kernel_is_as_written_down(lab: Lab) -> None:
    lab.model("memory_lists")
    assert ran("memory_lists.lengths_of_lists").verdict is Verdict.EXPECTED
    assert ran("memory_lists.denied").verdict is Verdict.EXPECTED
    assert ran("memory_lists.sums").verdict is Verdict.EXPECTED


def test_a_kernel_whose_answer_grew_is_told_with_the_bytes(lab: Lab) -> None:
    lab.model("system")
    assert ran("system.performance_lengths").verdict is Verdict.EXPECTED
    lab.model("system").performance_size(400)
    grown = ran("system.performance_lengths")
    assert grown.verdict is Verdict.OTHERWISE
    assert len(grown.answer) == 400


def test_what_the_token_may_not_is_not_here(lab: Lab) -> None:
    lab.model("privileges").drop("SeProfileSingleProcessPrivilege")
    missing = ran("memory_lists.lengths_of_lists")
    assert missing.verdict is Verdict.NOT_HERE
    assert "SeProfileSingleProcessPrivilege" in missing.came


def test_a_refusal_that_nobody_expected_is_told_in_numbers(lab: Lab) -> None:
    lab.fail("HeapCreate", every=True, code=1450)
    refused = ran("heaps.walk")
    assert refused.verdict is Verdict.OTHERWISE
    assert refused.came == "HeapCreate: error 1450, status 0x00000000"


def test_a_purge_that_does_nothing_is_told(lab: Lab) -> None:
    lab.model("memory_lists")
    assert ran("memory_lists.purge").verdict is Verdict.EXPECTED
    lab.fail("NtSetSystemInformation", every=True, value=0)  # accepted, and nothing done
    assert ran("memory_lists.purge").verdict is Verdict.OTHERWISE


def test_what_came_under_wine_is_not_taken_for_windows() -> None:
    found = doctor.verify()
    note = "This is Wine: what came otherwise says nothing of Windows."
    for wine in ("8.0", None):
        windows = replace(found.windows, wine=wine)
        assert (note in verification_markdown(replace(found, windows=windows))) == bool(wine)


@pytest.mark.parametrize(
    "secret", [os.environ.get("USERNAME", ""), str(Path.home()), str(Path.cwd())]
)
def test_a_report_holds_no_names_and_no_paths(secret: str, verification: Verification) -> None:
    assert len(secret) > 2
    assert secret.casefold() not in verification_markdown(verification).casefold()


def test_surprises_are_the_checks_that_came_otherwise(lab: Lab) -> None:
    lab.model("system").performance_size(400)
    surprises = doctor.verify().surprises
    assert "system.performance_lengths" in {each.name for each in surprises}
    assert {each.verdict for each in surprises} == {Verdict.OTHERWISE}
