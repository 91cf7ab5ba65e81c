"""Every compiled class is raced by eight threads: its counts stay true, and its contents whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reliability import recipes
from reliability.racing import RECIPES, raced_classes, recipe_of

pytestmark = pytest.mark.lab

SCRIPT = Path(__file__).with_name("racing.py")
ROUNDS = 6
LIMIT = 120  # seconds: racing.py itself tells before then where its threads wait
NOUNS = sorted({name.partition(".")[0] for name in raced_classes()})


def test_every_compiled_class_has_a_recipe_and_every_recipe_a_class() -> None:
    assert recipes.__doc__
    assert [name for name in raced_classes() if not recipe_of(name)] == []
    assert RECIPES.keys() - raced_classes().keys() == set()


@pytest.mark.slow
@pytest.mark.parametrize("noun", NOUNS)
def test_eight_threads_break_no_object_of(noun: str) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), noun, str(ROUNDS)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=LIMIT,
        check=False,
    )
    ended = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["survived"]), ended


RACE = """
import sys
from reliability import racing
from reliability.racing import Race, Recipe

class Count:
    n = 0
    def up(self, _):
        was = self.n
        for _ in range(50):
            pass
        self.n = was + 1

def make():
    count = Count()
    def ends():
        assert count.n == racing.THREADS * racing.TURNS, count.n
    return Race((count.up,), ends=ends)

sys.setswitchinterval(1e-6)
print(any(racing.run(Recipe(make), seed) for seed in range(50)))
"""


def test_a_count_without_a_lock_is_seen_to_break() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(SCRIPT.parents[1])!r}){RACE}"],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (done.stdout.split(), done.stderr) == (["True"], "")
