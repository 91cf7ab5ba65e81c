"""One test of a rule for all that has to keep it: every case is tried, and all that fail are told.

For cases that share nothing and take no time. As tests of their own they would cost more than what
they ask: each worker collects each of them, and tells of it when it is done.
"""

from __future__ import annotations

import inspect
import traceback
from functools import wraps
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Rule = Callable[..., None]

# A case that is skipped has not been tried, and nobody would hear of it.
FAILURES = (Exception, pytest.fail.Exception, pytest.skip.Exception)


def through(**cases: Iterable[Any]) -> Callable[[Rule], Rule]:
    """Call a test with each case, or with each combination. Its other arguments are fixtures."""
    every = [dict(zip(cases, values, strict=True)) for values in product(*cases.values())]
    assert every

    def decorate(rule: Rule) -> Rule:
        @wraps(rule)
        def test(**fixtures: Any) -> None:
            failed = []
            for case in every:
                try:
                    rule(**fixtures, **case)
                except FAILURES as failure:
                    failed.append(told(case, failure))
            if failed:
                words = f"{len(failed)} of {len(every)} cases:"
                pytest.fail("\n\n".join([words, *failed]), pytrace=False)

        asked = inspect.signature(rule)
        fixtures = [each for name, each in asked.parameters.items() if name not in cases]
        vars(test)["__signature__"] = asked.replace(parameters=fixtures)
        return test

    return decorate


def told(case: dict[str, Any], failure: BaseException) -> str:
    """A case, and how it failed, from the line of the test on."""
    values = ", ".join(f"{name}={value!r}" for name, value in case.items())
    assert failure.__traceback__
    steps = traceback.format_exception(type(failure), failure, failure.__traceback__.tb_next)
    return f"---- {values}\n{''.join(steps)}"
