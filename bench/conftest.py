"""One race for all benchmarks: same question, same work, equal answers, one table.

A benchmark is a function ``bench_<question>(race, way, size)``. Its docstring is the question;
``way`` names who answers it (``bare`` is a bare C++ loop, ``ntpages`` is us, the rest are rivals);
``size`` comes from ``@pytest.mark.sizes``. Every way must give the answer that the first one gave.
"""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import __version__, system

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

_SLOW = 0.1  # seconds; what takes longer is measured once where it shall be quick

_answers: dict[str, tuple[str, object]] = {}
_cannot: list[dict[str, str]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--quick``."""
    parser.addoption("--quick", action="store_true", help="the first size of each question only")


def pytest_configure(config: pytest.Config) -> None:
    """Measure briefly when asked to be quick."""
    if config.getoption("--quick"):
        config.option.benchmark_max_time = 0.2
        config.option.benchmark_min_rounds = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a benchmark over the sizes it is marked with."""
    if "size" in metafunc.fixturenames:
        (mark,) = metafunc.definition.iter_markers("sizes")
        sizes = mark.args[:1] if metafunc.config.getoption("--quick") else mark.args
        metafunc.parametrize("size", sizes)


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Stamp the host: a figure without one means nothing."""
    machine_info["ntpages"] = __version__
    machine_info["windows"] = str(system.windows())
    machine_info["wine"] = system.windows().wine
    machine_info["processor"] = platform.processor()


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    """Keep who could not take part, and why."""
    output_json["cannot"] = _cannot


class Race:
    """Times one way of answering one question."""

    def __init__(self, benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> None:
        """Take the question from the benchmark's docstring, the way from its parameters."""
        parameters = request.node.callspec.params
        self._benchmark = benchmark
        self._quick: bool = request.config.getoption("--quick")
        self.way: str = parameters["way"]
        self.question = str(request.function.__doc__).splitlines()[0]
        self.size = f"{parameters['size']:,}" if "size" in parameters else ""
        self.noun = Path(request.module.__file__ or "").parent.name
        benchmark.group = f"{self.noun}: {self.question} {self.size}".strip()
        benchmark.extra_info.update(
            noun=self.noun, question=self.question, size=self.size, way=self.way
        )

    def cannot(self, why: str) -> None:
        """Leave the race: this way can't do the job at all."""
        _cannot.append(
            {
                "noun": self.noun,
                "question": self.question,
                "size": self.size,
                "way": self.way,
                "why": why,
            }
        )
        pytest.skip(f"{self.way}: {why}")

    def __call__(
        self,
        action: Callable[..., object],
        *,
        answer: Callable[[Any], object] = lambda result: result,
        setup: Callable[[], tuple[tuple[Any, ...], dict[str, Any]] | None] | None = None,
        rounds: int | None = None,
        note: Callable[[Any], str] = lambda _: "",
    ) -> None:
        """Check the answer, then measure.

        Args:
            action: The work. With ``setup``, it gets the arguments that setup returns.
            answer: What of the result all ways must agree on.
            setup: Run before each round, untimed, for work that uses its state up.
            rounds: How often; by default as often as pytest-benchmark thinks fit.
            note: What else the result tells, to be shown beside the time.
        """
        prepared = (setup() if setup else None) or ((), {})
        started = time.perf_counter()
        result = action(*prepared[0], **prepared[1])
        slow = time.perf_counter() - started > _SLOW
        found = answer(result)
        self._benchmark.extra_info["note"] = note(result)
        del result, prepared  # their memory is the rounds' now
        who, expected = _answers.setdefault(self._benchmark.group, (self.way, found))
        assert found == expected, f"{self.way} answers {found!r}, {who} answered {expected!r}"
        if self._quick and (slow or rounds):
            rounds = 1 if slow else 3
        if setup or rounds:
            self._benchmark.pedantic(  # type: ignore[no-untyped-call]
                action, setup=setup, rounds=rounds or 20, warmup_rounds=0 if self._quick else 1
            )
        else:
            self._benchmark(action)


@pytest.fixture
def race(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Race:
    """The race that this benchmark takes part in."""
    return Race(benchmark, request)
