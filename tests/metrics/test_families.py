"""The list of metrics, by the rules that Prometheus' own tools hold others to."""

from __future__ import annotations

import re
from pathlib import Path

from house.through import through
from ntpages.metrics import FAMILIES, Family, Kind


@through(family=FAMILIES)
def test_a_metric_is_named_by_the_rules(family: Family) -> None:
    assert re.fullmatch("ntpages(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind is Kind.COUNTER)
    assert family.name.endswith("_info") == (family.kind is Kind.INFO)
    assert not re.search("_(count|sum|bucket|created|percent|ratio|[kmg]b|ms)$", family.name)
    assert all(re.fullmatch("[a-z]+", label) for label in family.labels)
    assert not {"job", "instance", "le", "quantile", "type"} & set(family.labels)


@through(family=FAMILIES)
def test_a_metric_says_what_it_is_and_who_tells(family: Family) -> None:
    assert re.fullmatch("[A-Z].{6,78}[^.]", family.help)
    assert family.source
    words = family.name.split("_")
    assert family.unit == next((each for each in ("bytes", "seconds") if each in words), "")


def test_no_name_is_there_twice_or_is_another_s_with_a_suffix() -> None:
    plain = [each.name.removesuffix("_total").removesuffix("_info") for each in FAMILIES]
    assert len(set(plain)) == len(plain)


def test_only_what_is_asked_for_has_labels_without_bounds() -> None:
    unbounded = {each.name for each in FAMILIES if "pid" in each.labels}
    assert unbounded == {each.name for each in FAMILIES if each.name.startswith("ntpages_process_")}


def test_what_the_page_for_fleets_names_is_there() -> None:
    page = Path(__file__).parents[2] / "docs" / "howto" / "fleet.md"
    named = set(re.findall(r"`(ntpages_[a-z_]+)", page.read_text(encoding="utf-8")))
    assert len(named) > 20
    assert named <= {each.name for each in FAMILIES}
