"""The race: every way of answering a question gives the same answer, and then its time is taken.

A benchmark is a function ``bench_<question>(race, way, size)``, which calls ``race(action)`` once:

- Its docstring is the question.
- ``way`` says who answers: ``bare`` is a C++ loop over the calls of Windows, ``ntpages`` is us, the
  rest are rivals. It is parametrised; the way that comes first gives the answer that all must give.
- ``size`` is the number that the question calls "so many", one of ``@pytest.mark.sizes(...)``; a
  question without such a number leaves it out.

pytest-benchmark measures and writes a JSON document, and ``ntpages.report.bench`` shows it.
"""

from __future__ import annotations

import json
import platform
import time
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import __version__, system

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

_SLOW = 0.5
"""Seconds. With ``--quick``, an action that takes longer is measured once."""
_ROUNDS = 20
"""How often an action is measured that needs a setup each time, unless the benchmark says."""

_answers: dict[str, tuple[str, object]] = {}
"""For each question at each size, the way that came first and its answer."""
_cannot: list[dict[str, str]] = []
"""Who left a race, and why, for the document."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--quick``."""
    parser.addoption("--quick", action="store_true", help="the first size of each question only")
    parser.addoption("--tell", action="store_true", help="say on standard output what is measured")


def pytest_configure(config: pytest.Config) -> None:
    """Measure briefly when asked to be quick, and tell what is measured when asked to."""
    if config.getoption("--tell"):
        config.pluginmanager.register(_Telling(config), "telling")
    if config.getoption("--quick"):
        config.option.benchmark_max_time = 0.2  # seconds for each way, unless its rounds are set
        config.option.benchmark_min_rounds = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a benchmark over the sizes it is marked with."""
    if "size" in metafunc.fixturenames:
        (mark,) = metafunc.definition.iter_markers("sizes")
        sizes = mark.args[:1] if metafunc.config.getoption("--quick") else mark.args
        metafunc.parametrize("size", sizes)


def _question(item: pytest.Item) -> tuple[str, str, str]:
    """Return what is asked: of which noun, in which words, at which size."""
    function, given = getattr(item, "function", None), getattr(item, "callspec", None)
    size = given.params.get("size") if given else None
    words = str(getattr(function, "__doc__", "")).partition("\n")[0]
    return item.path.parent.name, words, "" if size is None else f"{size:,}"


class _Telling:
    """Says what is measured, a line of JSON each, behind a sign that nothing else has."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._questions: list[tuple[str, str, str]] = []
        self._items: dict[str, tuple[int, pytest.Item]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Number all that there is to measure."""
        self._questions = [*dict.fromkeys(map(_question, session.items))]
        self._items = {item.nodeid: (at, item) for at, item in enumerate(session.items)}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say what comes next."""
        done, item = self._items[nodeid]
        asked = _question(item)
        callspec = getattr(item, "callspec", None)
        event = {
            **dict(zip(("noun", "question", "size"), asked, strict=True)),
            "way": str(callspec.params.get("way", "")) if callspec else "",
            "number": self._questions.index(asked) + 1,
            "questions": len(self._questions),
            "done": done / len(self._items),
        }
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter:
            reporter.write_line(f"\x1e{json.dumps(event)}", flush=True)


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Stamp the host: a figure without one means nothing."""
    machine_info["ntpages"] = __version__
    machine_info["windows"] = str(system.windows())
    machine_info["wine"] = system.windows().wine
    machine_info["processor"] = platform.processor()


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    """Add who left a race to the document, which else has only who was measured."""
    output_json["cannot"] = _cannot


class Race:
    """One way of answering one question at one size."""

    def __init__(self, benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> None:
        """Take the question from the benchmark's docstring, and the rest from its parameters."""
        given = request.node.callspec.params
        self._benchmark = benchmark
        self._quick: bool = request.config.getoption("--quick")
        self._about = {
            "noun": request.path.parent.name,
            "question": str(request.function.__doc__).splitlines()[0],
            "size": f"{given['size']:,}" if "size" in given else "",
            "way": str(given["way"]),
        }
        benchmark.group = "{noun}: {question} {size}".format_map(self._about).strip()
        benchmark.extra_info.update(self._about)

    def cannot(self, why: str) -> None:
        """Leave the race: this way can't do the job at all."""
        _cannot.append({**self._about, "why": why})
        pytest.skip(f"{self._about['way']}: {why}")

    def __call__(
        self,
        action: Callable[..., object],
        *,
        answer: Callable[[Any], object] = lambda result: result,
        setup: Callable[[], tuple[tuple[Any, ...], dict[str, Any]] | None] | None = None,
        rounds: int | None = None,
        note: Callable[[Any], str] = lambda _: "",
    ) -> None:
        """Run once to check the answer, and then again and again to measure.

        Args:
            action: The work. If ``setup`` returns arguments, it gets these.
            answer: What of the result all ways must agree on.
            setup: Run before each round, untimed, for work that uses its state up.
            rounds: How often; by default as often as pytest-benchmark thinks fit.
            note: What else the result tells, to be shown beside the time.
        """
        arguments, named = (setup() if setup else None) or ((), {})
        started = time.perf_counter()
        result = action(*arguments, **named)
        slow = time.perf_counter() - started > _SLOW
        self._check(answer(result))
        self._benchmark.extra_info["note"] = note(result)
        del result, arguments, named  # the rounds need the memory that these hold
        if self._quick and slow:
            rounds = 1
        elif self._quick:  # what is short needs many: a few tell what else the machine did
            rounds = min(rounds, 3) if rounds and setup else None
        if setup or rounds:
            self._benchmark.pedantic(  # type: ignore[no-untyped-call]
                action,
                setup=setup,
                rounds=rounds or _ROUNDS,
                warmup_rounds=0 if self._quick else 1,
            )
        else:
            self._benchmark(action)

    def _check(self, found: object) -> None:
        """Hold the answer against that of the way that came first."""
        way = self._about["way"]
        first, expected = _answers.setdefault(self._benchmark.group, (way, found))
        assert found == expected, f"{way} answers {found!r}, {first} answered {expected!r}"


@pytest.fixture
def race(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Race:
    """The race that this benchmark takes part in."""
    return Race(benchmark, request)
