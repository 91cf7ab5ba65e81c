"""Sections between processes: what the other one sees, and what stays when it has ended."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ntpages import errors
from ntpages.sections import Ring, Section

NAME = f"ntpages {os.getpid()} child"


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, NAME], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_another_process_has_the_same_bytes() -> None:
    with Section(5_000, name=NAME) as section, section.view() as view:
        view.view(0, 5)[:] = b"hello"
        said = run(
            "import sys; from ntpages.sections import Section\n"
            "with Section.open(sys.argv[1]) as section, section.view() as view:\n"
            "    print(section.size, bytes(view.view(0, 5)))\n"
            "    view.view(0, 5)[:] = b'there'\n"
        )
        assert said == "8192 b'hello'"
        assert bytes(view.view(0, 5)) == b"there"


def test_a_section_of_a_process_that_has_ended_is_gone() -> None:
    said = run(
        "import os, sys; from ntpages.sections import Section\n"
        "section = Section(4096, name=sys.argv[1]); print(section.created, flush=True)\n"
        "os._exit(0)\n"
    )
    assert said == "True"
    with pytest.raises(errors.NotFoundError):
        Section.open(NAME)


def test_a_ring_has_its_ends_in_two_processes() -> None:
    with Ring(1 << 16, name=NAME) as ring:
        said = run(
            "import sys; from ntpages.sections import Ring\n"
            "with Ring.open(sys.argv[1]) as ring:\n"
            "    print(all(ring.push(b'%063d\\n' % number) for number in range(1000)))\n"
        )
        assert said == "True"
        assert [int(ring.pull(64)) for _ in range(1000)] == [*range(1000)]
        assert ring.filled == 0
