"""Which interpreters take ntpages: the main one, and no other."""

from __future__ import annotations

import subprocess
import sys

# Python's own module, before `concurrent.interpreters` was made of it in 3.14.
SCRIPT = """
import importlib, sys
name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
interpreters = importlib.import_module(name)
inner = interpreters.create()
interpreters.run_string(inner, f'''
import sys
sys.path[:] = {sys.path!r}
try:
    import ntpages.regions
except ImportError as error:
    print(error, flush=True)
''')
interpreters.destroy(inner)
import ntpages.regions
print(ntpages.regions.Region(4096).size)
"""


def test_a_subinterpreter_is_told_that_it_can_not_have_ntpages_and_the_main_one_has_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    told, size = done.stdout.splitlines()
    assert "subinterpreter" in told  # in our words, or since 3.12 in Python's
    assert (size, done.stderr) == ("4096", "")
