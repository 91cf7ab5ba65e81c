"""Fixtures of all tests."""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # for `import ntlab`

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from house.calls import Stage, Stages
    from ntlab import Lab
    from target import Target

LAB = os.environ.get("NTPAGES_LAB_DLL")
SUMMARIES = pytest.StashKey[list[str]]()
LABORATORY = pytest.StashKey["Lab | None"]()
MODULES = pytest.StashKey[int]()


# Files whose tests share nothing and take long: each test may run beside the others of its file.
APART = ("tests/reliability/test_fuzz.py", "tests/reliability/test_leaks.py")


# What Rich and Textual go by, if it is there. It is of the terminal that the tests were started
# from: where TERM is "dumb", none that a test makes would be taken for one.
OF_TERMINALS = (
    *("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
    *("TTY_COMPATIBLE", "TTY_INTERACTIVE"),
)


# How long something takes is no property of it: other tests run meanwhile.
settings.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SUMMARIES] = []
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        del os.environ[name]  # a pytest that a test starts, for `ntpages bench`, is no worker
    for name in OF_TERMINALS:
        os.environ.pop(name, None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Give each worker whole files, in the order of collecting."""
    from xdist.scheduler import (  # type: ignore[import-untyped]  # noqa: PLC0415 (if it is used)
        LoadScopeScheduling,
    )

    class Files(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if file in APART else file

    config.option.loadscopereorder = False
    return Files(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One more than there are cores, since tests wait for the processes that they start.

    None for one file: to start them would take longer than it saves.
    """
    paths = {config.invocation_params.dir / each.partition("::")[0] for each in config.args}
    return 0 if len(paths) == 1 and paths.pop().is_file() else (os.cpu_count() or 1) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    if answer := getattr(session.config, "workeroutput", None):
        answer["summaries"] = session.config.stash[SUMMARIES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker would have shown. One that crashed has nothing to say."""
    node.config.stash[SUMMARIES] += getattr(node, "workeroutput", {}).get("summaries", [])


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the laboratory between ntpages and Windows, for good.

    Before tests are collected: ntpages keeps the address of a function that it has looked up once.
    """
    session.config.stash[LABORATORY] = None
    if not LAB:
        return
    import ntlab  # noqa: PLC0415 (it needs Windows, and collecting does not)
    from ntpages import _native  # noqa: PLC0415

    assert _native.__file__
    session.config.stash[LABORATORY] = ntlab.Lab(LAB, _native.__file__)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash[SUMMARIES]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def summaries(request: pytest.FixtureRequest) -> list[str]:
    """Lines to show below pytest's own summary."""
    return request.config.stash[SUMMARIES]


def missing_laboratory() -> str | None:
    return None if LAB else "NTPAGES_LAB_DLL does not name the laboratory's DLL"


def missing_numpy1() -> str | None:
    return (
        None if os.environ.get("NTPAGES_NUMPY1") else "NTPAGES_NUMPY1 names no folder with NumPy 1"
    )


def missing_windows() -> str | None:
    from ntpages import system  # noqa: PLC0415 (it needs Windows, and collecting does not)

    return "Wine: only Windows itself can prove it" if system.windows().wine else None


def is_elevated() -> bool:
    from ntpages import privileges  # noqa: PLC0415 (it needs Windows, and collecting does not)

    return privileges.is_elevated()


def missing_elevation() -> str | None:
    return None if is_elevated() else "the token is not elevated: run as administrator"


def too_much_elevation() -> str | None:
    return "the token is elevated: run as a standard user" if is_elevated() else None


# What a marker asks of the host; it answers why the test can't run here, or None.
ASKED: dict[str, Callable[[], str | None]] = {
    "lab": missing_laboratory,
    "numpy1": missing_numpy1,
    "windows": missing_windows,
    "admin": missing_elevation,
    "standard_user": too_much_elevation,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this host can't run, and say why. A marker may have a reason of its own."""
    if hasattr(config, "workerinput"):  # what takes long first, or one worker ends it alone
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("lab")
    asked = {name for name in ASKED for item in items if item.get_closest_marker(name)}
    missing = {name: why for name in asked if (why := ASKED[name]())}
    for item in items:
        for name, why in missing.items():
            if marker := item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=marker.kwargs.get("reason", why)))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected to itself: a garbage collection looks at the rest.

    Tests ask for thousands of them, and each would look at all of pandas, say, and all tests.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Do the same with what a file of tests imported, when its last test has ended."""
    if nextitem is None or nextitem.path != item.path:
        known, item.config.stash[MODULES] = item.config.stash.get(MODULES, 0), len(sys.modules)
        if len(sys.modules) > known:
            pytest_collection_finish()


@pytest.fixture
def no_stacks(request: pytest.FixtureRequest) -> Iterator[None]:
    """No stack on standard error for access violations: this test wants them."""
    faulthandler.disable()
    yield
    faulthandler.enable(request.config.stash[fault_handler_stderr_fd_key])


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The laboratory with nothing planned; whatever the test plans ends with it."""
    laboratory = request.config.stash[LABORATORY]
    assert laboratory
    laboratory.reset()
    yield laboratory
    laboratory.reset()


@pytest.fixture
def arena_taken() -> Iterator[None]:
    """Nothing left of the memory that is kept for small tables: the next one asks Windows."""
    from ntpages.table import Table  # noqa: PLC0415 (it needs Windows, and collecting does not)

    gc.collect()
    held = [Table("held", {"unit": [unit]}) for unit in range(16)]
    yield
    del held


@pytest.fixture
def target() -> Iterator[Target]:
    """A running target, to be looked into and changed."""
    from target import Target  # noqa: PLC0415 (it needs Windows, and collecting does not)

    with Target() as running:
        yield running


@pytest.fixture
def target32() -> Iterator[Target]:
    """The same, as a 32-bit process."""
    from target import EXECUTABLE32, Target  # noqa: PLC0415 (it needs Windows)

    with Target(executable=EXECUTABLE32) as running:
        yield running


@pytest.fixture
def strict(request: pytest.FixtureRequest) -> None:
    """Memory as protected as it says: Windows' own, or, where Wine copies through, the model's."""
    from ntpages import system  # noqa: PLC0415 (it needs Windows, and collecting does not)

    if not system.windows().wine:
        return
    if not LAB:
        pytest.skip("Wine copies through any protection, and there is no laboratory")
    request.getfixturevalue("lab").model("processes")


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Target]:
    """A target for all tests of a file."""
    from target import Target  # noqa: PLC0415 (it needs Windows, and collecting does not)

    with Target() as running:
        yield running


@pytest.fixture
def stages(lab: Lab, neighbour: Target) -> Stages:
    """What calls of everything public are made with, on the modelled machine, anew each time."""
    from house.calls import Stage  # noqa: PLC0415 (it needs Windows, and collecting does not)

    @contextmanager
    def new() -> Iterator[Stage]:
        lab.reset()
        with ExitStack() as ends:
            yield Stage(lab, neighbour, ends)

    return new


@pytest.fixture
def stage(stages: Stages) -> Iterator[Stage]:
    """One of them."""
    with stages() as made:
        yield made
