"""``ntpages lists``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages import system

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

WINE = system.windows().wine is not None


@pytest.mark.skipif(not WINE, reason="Windows has the lists")
def test_what_this_windows_lacks_ends_with_4(capsys: Capture) -> None:
    run = Run(capsys, "lists")
    assert run.code == 4
    assert "does not offer" in run.err


def test_lists_are_printed_in_bytes_as_json(capsys: Capture, lab: Lab) -> None:
    model = lab.model("memory_lists")
    lab.model("privileges")
    run = Run(capsys, "lists", "--json")
    assert run.code == 0
    assert run.json["lists"]["zero"] == model.pages.zero * system.page_size()
    assert len(run.json["lists"]["standby"]) == 8
    assert Run(capsys, "lists").code == 0
