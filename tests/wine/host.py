"""The host: everything dev.py asks of Linux."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from wine import (
    build,
    c_runtime,
    clang,
    coverage,
    numbers,
    packages,
    prefix,
    relay,
    sanitized,
    state,
    tools,
    windows_python,
    witnesses,
    wow64,
)
from wine.windows_python import EXECUTABLE, SITE_PACKAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wine.state import Step


@dataclass(frozen=True)
class Plan:
    """What verbs need. What is fetched does not wait for what is built, nor the other way.

    What is first needs no package of the system's but venv, and what is apart nothing but those: it
    takes the time that the rest leaves.
    """

    apart: tuple[Step, ...] = ()
    first: tuple[Step, ...] = (tools.STEP, windows_python.STEP, windows_python.PACKAGES)
    fetched: tuple[Step, ...] = (c_runtime.STEP, prefix.STEP, prefix.LIBRARY)
    built: tuple[Step, ...] = (build.WHEEL,)
    last: tuple[Step, ...] = (build.INSTALLED,)

    @classmethod
    def of(cls, verbs: set[str]) -> Plan:
        plan = cls()
        if verbs & packages.LABORATORIES:
            fetched = (wow64.STEP, *plan.fetched, windows_python.NUMPY1_STEP)
            laboratory = (build.LAB, build.TARGET, build.TARGET32, build.LAUNCHER)
            plan = replace(plan, fetched=fetched, built=(*plan.built, *laboratory))
        if "demo" in verbs:
            plan = replace(plan, built=(*plan.built, build.LAB))
        if "lint" in verbs:
            plan = replace(plan, fetched=(*plan.fetched, witnesses.STEP))
        if "race" in verbs:
            plan = replace(plan, apart=(*plan.apart, sanitized.RACE))
        if "fuzz" in verbs:
            plan = replace(plan, apart=(*plan.apart, sanitized.FUZZ))
        if "exe" in verbs:
            plan = replace(plan, built=(*plan.built, build.LAUNCHER))
        if "docs" in verbs:
            plan = replace(plan, fetched=(*plan.fetched, tools.DOCS))
        return plan

    @property
    def fresh(self) -> bool:
        steps = (*self.apart, *self.first, *self.fetched, *self.built, *self.last)
        return all(step.fresh for step in steps)

    def bring_up_to_date(self, ensure: Callable[[], None]) -> None:
        if not packages.has_venv():
            ensure()
        state.side_by_side(ensure, partial(_bring, self.first))
        state.side_by_side(partial(_bring, self.apart), self._bring_windows)

    def _bring_windows(self) -> None:
        state.side_by_side(partial(_bring, self.fetched), partial(_bring, self.built))
        _bring(self.last)


def _bring(steps: tuple[Step, ...]) -> None:
    for step in steps:
        step.bring_up_to_date()


TRIES: tuple[tuple[str | Path, ...], ...] = (
    ("-VV",),
    (state.ROOT / "tests" / "house" / "test_minimal.py",),
)
"""What each other Python runs with its wheel."""


class Host:
    """A Windows Python under Wine with ntpages installed."""

    def __init__(self) -> None:
        relay.open_missing_streams()
        state.raise_on_signals()
        self._lock = state.Lock()

    def prepare(self, *verbs: str) -> None:
        """Bring everything that verbs need up to date. Costs nothing if it is."""
        plan, ensure = Plan.of({*verbs}), partial(packages.ensure, {*verbs})
        self._lock.shared()
        if plan.fresh:
            ensure()
        else:
            self._lock.exclusive()
            plan.bring_up_to_date(ensure)
            self._lock.shared()

    def python(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Run the host's Python on our streams, and return its exit code."""
        wine = prefix.find_wine()
        assert wine
        environment = {**prefix.environment(), **(env or {})}
        code = relay.run([wine, str(EXECUTABLE), *arguments], environment)
        if code:
            self.interrupted()  # a terminal's Ctrl-C goes to Wine, and shows only in the code
        return code

    def test_environment(self) -> dict[str, str]:
        """The variables that say where what only the tests load is."""
        made = {
            "NTPAGES_LAB_DLL": build.LAB_DLL,
            "NTPAGES_LAUNCHER_EXE": build.LAUNCHER_EXE,
            "NTPAGES_TARGET_EXE": build.TARGET_EXE,
            "NTPAGES_TARGET32_EXE": build.TARGET32_EXE,
            "NTPAGES_NUMPY1": windows_python.NUMPY1,
        }
        return {name: build.windows_path(path) for name, path in made.items()}

    def metadata_environment(self) -> dict[str, str]:
        """The variables that say where Microsoft's metadata is."""
        return {"PYTHONPATH": build.windows_path(witnesses.FOLDER)}

    def coverage(self, arguments: Sequence[str]) -> int:
        """Run the tests with every line counted, and print which were not run."""
        return coverage.measure(self, arguments, self.test_environment())

    def trap(self, arguments: Sequence[str]) -> int:
        """Run the tests with a build that undefined behaviour ends."""
        site = build.windows_path(build.variant("NTPAGES_TRAP"))
        env = {**self.test_environment(), "PYTHONPATH": site}
        return self.python("-m", "pytest", *arguments, env=env)

    def wheels(self, *, every: bool) -> Iterator[Path]:
        """The wheel of the host's own Python; if wished those of all, each tried in its Python."""
        yield build.wheel()
        for wheel, python in build.other_wheels() if every else ():
            for what in TRIES:
                command = [prefix.find_wine() or "", python, *what]
                state.say(state.call(command, env=prefix.environment()).split("\n")[-2].strip())
            yield wheel

    def launcher(self) -> Path:
        """The built ntpages.exe, which needs a Python beside it."""
        return build.LAUNCHER_EXE

    def compiler_check(self) -> int:
        """Parse everything with clang, and this host's own code for Linux."""
        refused = clang.check() + numbers.check()
        return refused + self.tool("mypy", "--platform", "linux", "dev.py", "tests/wine")

    def tool(self, name: str, *arguments: str) -> int:
        """Run a linter. What the code imports is typed by the host's own packages.

        Only for who types: those packages are a Windows Python's, and no other tool's to import.
        """
        environment = tools.environment()
        if name == "mypy":
            environment["PYTHONPATH"] = str(SITE_PACKAGES)
        command = [str(tools.TOOLS / "bin" / name), *arguments]
        return subprocess.run(command, cwd=state.ROOT, env=environment, check=False).returncode

    def interrupted(self) -> None:
        """Leave no process behind, unless another dev.py of this checkout needs them."""
        if self._lock.try_exclusive():
            prefix.kill()

    def clean(self) -> None:
        self._lock.exclusive()
        prefix.kill()
        shutil.rmtree(state.STATE)
