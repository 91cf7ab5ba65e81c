"""NumPy 1 is what many still have: whatever the tests say of arrays is true with it as well."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from house.layout import ROOT

SPEAK_OF_ARRAYS = (
    "tests/house/test_arguments.py",
    "tests/regions/test_views.py",
    "tests/sparse/test_array.py",
    "tests/table/test_table.py",
)


@pytest.mark.numpy1
@pytest.mark.slow
def test_arrays_are_the_same_with_numpy_1() -> None:
    environment = {**os.environ, "PYTHONPATH": os.environ["NTPAGES_NUMPY1"]}
    version = "import numpy; assert numpy.__version__.startswith('1.'), numpy.__version__"
    subprocess.run([sys.executable, "-c", version], env=environment, check=True)
    tests = [sys.executable, "-m", "pytest", "-q", *SPEAK_OF_ARRAYS]
    done = subprocess.run(
        tests, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
