#!/usr/bin/env python3
"""Fuzzes what reads the kernel's buffers, with libFuzzer and the address and UB sanitizers.

usage: python tests/fuzz/run.py [--build] [--seconds 20] [TARGET ...]

A target is fuzz_<name>.cpp beside this file; it starts from corpus/<name>. Needs clang with its
runtimes (Debian: clang, libclang-rt-dev), on Linux. An input that breaks something is
kept in .ntpages/fuzz/<name>; when it is mended, put it into the corpus.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STATE = ROOT / ".ntpages" / "fuzz"

# What each target is linked with, of native/. None of it knows Windows.
TARGETS = {
    "heaps_snapshot": [],
    "page_files": ["system/pagefiles.cpp"],
    "pattern": ["processes/pattern.cpp", "processes/anchors.cpp"],
    "physical": [
        "physical/identities.cpp",
        "physical/names.cpp",
        "physical/pool_records.cpp",
        "physical/ranges.cpp",
        "physical/sources.cpp",
    ],
    "process_table": ["processes/records.cpp"],
    "sieve": ["processes/sieve.cpp", "processes/pattern.cpp", "processes/anchors.cpp"],
    "text": [],
}

FLAGS = [
    *("-std=c++20", "-O1", "-g", "-fno-omit-frame-pointer", "-Wall", "-Wextra", "-Werror"),
    *("-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"),
]


def build(name: str) -> Path:
    """Compile one target, if it or any header changed since."""
    folder = STATE / name
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    program = folder / name
    sources = [HERE / f"fuzz_{name}.cpp", *(ROOT / "native" / source for source in TARGETS[name])]
    inputs = [*sources, *(ROOT / "native").rglob("*.hpp"), Path(__file__)]
    newest = max(path.stat().st_mtime for path in inputs)
    if not program.exists() or program.stat().st_mtime < newest:
        command = ["clang++", *FLAGS, f"-I{ROOT}", *map(str, sources), "-o", str(program)]
        subprocess.run(command, check=True)
    return program


def fuzz(program: Path, seconds: int) -> bool:
    """Run one target; whether nothing broke."""
    name = program.name
    corpora = [str(program.parent / "corpus"), str(HERE / "corpus" / name)]
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"]
    quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={program.parent}/"]
    done = subprocess.run(
        [str(program), *corpora, *limits, *quiet], capture_output=True, text=True, check=False
    )
    counted = re.search(r"number_of_executed_units: *(\d+)", done.stderr)
    verdict = "BROKEN" if done.returncode else "fine"
    sys.stdout.write(f"{name}: {counted[1] if counted else 0} inputs, {verdict}\n")
    if done.returncode:
        sys.stderr.write(done.stderr)
    return done.returncode == 0


def main() -> int:
    """Fuzz what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of: {', '.join(TARGETS)}")
    parser.add_argument("--build", action="store_true", help="them, and fuzz none")
    arguments = parser.parse_args()
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each target keeps one core busy
        built = [*pool.map(build, arguments.targets or TARGETS)]
        begun = [] if arguments.build else built
        fuzzed = [*pool.map(partial(fuzz, seconds=arguments.seconds), begun)]
        return 0 if all(fuzzed) else 1


if __name__ == "__main__":
    sys.exit(main())
