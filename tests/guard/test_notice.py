"""Notifications: what is shown, where, for how long, and what is made of a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages._native import guard as native
from ntpages.errors import NtError, UnavailableError
from ntpages.guard import Guard, Policy, read_log
from ntpages.guard.host import Host

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.lab

LONG = 600_000  # milliseconds
ICON, TIP, INFO = 2, 4, 16  # NIF_
INFORMATION, NO_SOUND, QUIET = 0x01, 0x10, 0x80  # NIIF_


@pytest.fixture
def notices(lab: Lab) -> Any:
    return lab.model("notices")


def test_it_is_shown_without_a_sound_and_not_in_quiet_time(notices: Any) -> None:
    notice = native.Notice()
    assert notice.show("a title", "words", LONG)
    [shown] = notices.shown
    assert (shown.title, shown.text, shown.gone) == ("a title", "words", False)
    assert shown.icon == ICON | TIP | INFO
    assert shown.flags == INFORMATION | NO_SOUND | QUIET
    notice.close()
    assert notices.shown[0].gone


def test_it_goes_when_its_time_is_over_with_the_next_one_and_with_its_maker(notices: Any) -> None:
    notice = native.Notice()
    assert notice.wait(0)  # none is there
    notice.show("first", "words", 0)
    assert notice.wait(60_000)
    assert notices.shown[0].gone
    notice.show("second", "words", LONG)
    assert not notice.wait(0)
    notice.show("third", "words", LONG)
    assert [each.gone for each in notices.shown] == [True, True, False]
    del notice
    assert notices.shown[2].gone


def test_closing_twice_is_harmless_and_another_can_be_shown(notices: Any) -> None:
    notice = native.Notice()
    notice.close()
    notice.show("first", "words", LONG)
    notice.close()
    notice.close()
    assert notice.show("second", "words", 0)
    assert len(notices.shown) == 2


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("x" * 63, "x" * 63),
        ("x" * 64, "x" * 62 + "…"),
        ("x" * 60 + "😀" * 2, "x" * 60 + "😀…"),
        ("x" * 61 + "😀" * 2, "x" * 61 + "…"),  # no half of it
        ("ü\0日本 😀", "ü 日本 😀"),
        ("", ""),
    ],
)
def test_a_title_is_cut_where_there_is_no_more_room(notices: Any, given: str, shown: str) -> None:
    native.Notice().show(given, "words", 0)
    assert notices.shown[0].title == shown


def test_a_text_has_room_for_more(notices: Any) -> None:
    for text in ("x" * 255, "x" * 10_000):
        native.Notice().show("", text, 0)
    assert [each.text for each in notices.shown] == ["x" * 255, "x" * 254 + "…"]


@pytest.mark.parametrize("nobody", [{"session": 0}, {"visible": False}])
def test_where_nobody_could_see_it_nothing_is_shown_and_nothing_fails(
    notices: Any, nobody: dict[str, Any]
) -> None:
    notices.seat(**nobody)
    assert not native.Notice().show("a title", "words", LONG)
    assert notices.shown == []


def test_a_service_does_not_even_load_what_shows_it(notices: Any, lab: Lab) -> None:
    notices.seat(session=0)
    before = lab.count("GetProcAddress")
    native.Notice().show("a title", "words", LONG)
    assert lab.count("GetProcAddress") == before


def test_without_a_taskbar_it_is_refused_in_words(notices: Any) -> None:
    notices.seat(taskbar=False)
    with pytest.raises(NtError, match="Shell_NotifyIconW failed") as refused:
        native.Notice().show("a title", "words", LONG)
    assert refused.value.winerror == 1460


def test_a_windows_without_a_shell_says_so(notices: Any, lab: Lab) -> None:
    assert notices
    lab.hide("Shell_NotifyIconW")
    with pytest.raises(UnavailableError, match="Shell_NotifyIcon"):
        native.Notice().show("a title", "words", LONG)
    lab.fail("GetModuleHandleW", every=True)
    lab.fail("LoadLibraryExW", value=0, code=126)
    with pytest.raises(NtError, match=r"LoadLibraryEx\w* failed.*user32\.dll"):
        native.Notice().show("a title", "words", LONG)


# ---- A guard that has one ------------------------------------------------------------------------

POLICY = """
every = "100ms"
watch = "100ms"
[[rule]]
name = "a"
when = { standby = "> 1" }
do = "flush-modified"
cooldown = "1h"
notify = true
"""


@pytest.fixture
def machine(lab: Lab) -> None:
    for model in ("events", "memory_lists", "processes", "system"):
        lab.model(model)


@pytest.mark.usefixtures("machine")
def test_a_guard_shows_its_run_and_takes_it_away_when_it_ends(
    notices: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpages.guard.host._SHOWN", LONG)
    with Guard(Policy.parse(POLICY), store=str(tmp_path / "guard.db")) as made:
        made.run(on_look=lambda: made.stop() if notices.shown else None)
        assert not notices.shown[0].gone
    [shown] = notices.shown
    assert shown.title == "ntpages guard: a"
    assert shown.text.startswith("gave back ")
    assert shown.gone


@pytest.mark.usefixtures("machine")
def test_a_refusal_is_written_down_and_costs_the_run_nothing(notices: Any, tmp_path: Path) -> None:
    notices.seat(taskbar=False)
    store = str(tmp_path / "guard.db")
    with Guard(Policy.parse(POLICY), store=store) as made:
        made.run(once=True)
    [account], notes = read_log(store)
    assert account.done == ("flush modified",)
    [words] = [each.words for each in notes if each.kind == "notify"]
    assert words.startswith("not shown: Shell_NotifyIconW failed")


def test_who_ends_at_once_lets_it_be_seen_unless_stopped(
    notices: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpages.guard.host._SHOWN", 1)
    with Host() as host:
        assert host.notify("a title", "words") == ""
        host.linger()
        assert notices.shown[0].gone
        monkeypatch.setattr("ntpages.guard.host._SHOWN", LONG)
        host.notify("another", "words")
        host.stop()
        host.linger()  # or this test takes ten minutes
        assert not notices.shown[1].gone
    assert notices.shown[1].gone
