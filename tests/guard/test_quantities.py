"""Quantities as policies write them."""

from __future__ import annotations

import pytest

from ntpages.guard import quantities
from ntpages.guard.quantities import Bound, Unit

GIB = 1 << 30


@pytest.mark.parametrize(
    ("text", "units", "bound"),
    [
        ("< 2 GiB", (Unit.BYTES,), Bound("<", 2 * GIB, Unit.BYTES)),
        ("<2g", (Unit.BYTES,), Bound("<", 2 * GIB, Unit.BYTES)),
        (">= 1.5 GB", (Unit.BYTES,), Bound(">=", GIB * 3 // 2, Unit.BYTES)),
        ("< 10 %", (Unit.BYTES, Unit.SHARE), Bound("<", 0.1, Unit.SHARE)),
        ("> 92.5%", (Unit.BYTES, Unit.SHARE), Bound(">", 0.925, Unit.SHARE)),
        ("<= 100%", (Unit.SHARE,), Bound("<=", 1.0, Unit.SHARE)),
        ("> 500/s", (Unit.RATE,), Bound(">", 500, Unit.RATE)),
        ("> 500 a second", (Unit.RATE,), Bound(">", 500, Unit.RATE)),
        ("> 0.5", (Unit.RATE,), Bound(">", 0.5, Unit.RATE)),
    ],
)
def test_a_bound_is_read(text: str, units: tuple[Unit, ...], bound: Bound) -> None:
    assert quantities.bound(*units)(text) == bound


@pytest.mark.parametrize(
    "value",
    [
        *("", "2 GiB", "<", "=< 2 GiB", "< -1", "< 1e9", "< 101 %", "< nan", "< \uff12", "<< 1"),
        *("< 129T", "< 1.5", "> " + "9" * 400),
    ],
)
def test_what_is_no_bound_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(ValueError, match="a comparison, such as '< 2 GiB' or '< 10 %'"):
        quantities.bound(Unit.BYTES, Unit.SHARE)(value)


@pytest.mark.parametrize("value", [1, 1.0, True, None, [], {}])
def test_a_bound_is_text(value: object) -> None:
    with pytest.raises(TypeError, match="a comparison"):
        quantities.bound(Unit.BYTES)(value)


@pytest.mark.parametrize(
    ("compared", "below", "at", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_a_bound_compares(compared: str, below: bool, at: bool, above: bool) -> None:  # noqa: FBT001
    bound = Bound(compared, 100, Unit.BYTES)
    assert [bound.met(value, None) for value in (99, 100, 101)] == [below, at, above]


def test_a_share_is_of_the_whole_and_unknown_without_it() -> None:
    bound = Bound("<", 0.1, Unit.SHARE)
    assert [bound.met(9, 100), bound.met(10, 100)] == [True, False]
    assert [bound.met(9, None), bound.met(9, 0)] == [None, None]
    assert bound.told(9, None) == bound.told(None, 100) == "unknown"
    assert bound.told(33, 1000) == "3.3 %"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86400), ("1h 30m", 5400)),
        *(("250ms", 0.25), ("1.5 min", 90), ("10 sec", 10), (7, 7), (0.5, 0.5), ("0s", 0)),
    ],
)
def test_a_time_is_read(value: object, seconds: float) -> None:
    assert quantities.seconds()(value) == pytest.approx(seconds)


@pytest.mark.parametrize("value", ["", "5", "5 parsecs", "-1s", "1e3s", "m", "1s" * 9, 10**400])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a time from 0 s to "):
        quantities.seconds()(value)


@pytest.mark.parametrize("value", [-1, -0.1, float("nan"), float("inf"), 61])
def test_a_time_keeps_its_bounds(value: float) -> None:
    with pytest.raises(ValueError, match="a time from 0 s to 1 min, such as"):
        quantities.seconds(0, 60)(value)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 s"), (0.25, "250 ms"), (30, "30 s"), (90, "1 min 30 s"), (5400, "1 h 30 min")),
        *((86400, "1 d"), (90061, "1 d 1 h 1 min 1 s")),
    ],
)
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert quantities.words_of_seconds(seconds) == words


def test_times_of_day_are_minutes() -> None:
    assert quantities.time_of_day("22:00-06:30") == (1320, 390)
    for wrong in ("22-6", "24:00-01:00", "10:60-11:00", "10:00-10:00", "10:00"):
        with pytest.raises(ValueError, match="two different times of day"):
            quantities.time_of_day(wrong)


def test_sizes_are_numbers_or_text() -> None:
    assert [quantities.size(each) for each in ("64 MiB", 4096, "0x1000")] == [64 << 20, 4096, 4096]
    for wrong in (0, -1, 1 << 48, "lots"):
        with pytest.raises(ValueError, match="a size, such as '64 MiB', up to 128 TiB"):
            quantities.size(wrong)
    for strange in (True, 1.5, None):
        with pytest.raises(TypeError, match="a size"):
            quantities.size(strange)
