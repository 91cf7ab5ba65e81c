"""Eight threads on one object of each compiled class of a noun, with no turn longer than a moment.

usage: python tests/reliability/racing.py NOUN ROUNDS

Run in a process of its own by test_races.py, which looks at how it ended. Each class is announced
on stdout before its threads start, then whatever went wrong with it; "survived" is the last line.
Needs no pytest, so that any Python can run it, one without a GIL above all.
"""

from __future__ import annotations

import copy
import dataclasses
import faulthandler
import inspect
import os
import pickle
import random
import sys
import sysconfig
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

sys.path.insert(0, str(Path(__file__).parents[1]))

from house.test_treaty import compiled, is_enum

if TYPE_CHECKING:
    from ntlab import Lab

THREADS = 8
TURNS = 24  # of each thread with one object
PATIENCE = 100  # seconds for a noun: longer, and threads wait for each other
HELD = ("SeLockMemoryPrivilege", "SeDebugPrivilege", "SeProfileSingleProcessPrivilege")
LABORATORY_ALONE = {"notices", "physical"}  # models of what no other host of these tests has
OVER = ("closed", "released", "freed", "taken before")  # words of an object that has ended

Use = Callable[[int], object]
"""Does something with the object, on the thread of this number."""


@dataclass(frozen=True)
class Race:
    """An object, what threads do with it, and what must hold when all of them are done."""

    uses: tuple[Use, ...]
    close: Use | None = None
    """What three of the threads do at a moment of their own."""
    ends: Callable[[], object] = lambda: None
    allowed: tuple[type[Exception], ...] = ()
    """Errors of a use, beyond those of an object that is closed, or that somebody looks into."""


@dataclass(frozen=True)
class Recipe:
    """How a race comes about: a new object for each."""

    make: Callable[[], Race]
    models: tuple[str, ...] = ()
    """Of the laboratory, where there is one."""
    prepare: Callable[[Any], object] = lambda _: None
    """What the laboratory is told before."""


RECIPES: dict[str, Recipe] = {}


def race(
    name: str, *models: str, prepare: Callable[[Lab], object] = lambda _: None
) -> Callable[[Callable[[], Race]], Callable[[], Race]]:
    """Register the recipe of a class."""

    def add(make: Callable[[], Race]) -> Callable[[], Race]:
        RECIPES[name] = Recipe(make, models, prepare)
        return make

    return add


def raced_classes() -> dict[str, type]:
    """Every compiled class that objects are made of, by noun and name."""
    return {
        name: value
        for name, value in compiled().items()
        if name.count(".") == 1 and inspect.isclass(value) and not is_enum(value)
    }


def recipe_of(name: str) -> Recipe | None:
    """The recipe of a class; records, which are alike, share one."""
    kind = raced_classes()[name]
    if name not in RECIPES and dataclasses.is_dataclass(kind):
        return Recipe(lambda: record(kind))
    return RECIPES.get(name)


def record(kind: Any) -> Race:
    """Read one record in all the ways there are."""
    made = sample(kind)
    told = repr(made)
    derived = [name for name, value in vars(kind).items() if isinstance(value, property)]

    def same(other: object) -> None:
        assert (other, repr(other), hash(other)) == (made, told, hash(made))

    return Race(
        (
            lambda _: same(made),
            lambda _: same(copy.deepcopy(made)),
            lambda _: same(pickle.loads(pickle.dumps(made))),
            lambda _: same(dataclasses.replace(made)),
            lambda _: [getattr(made, name) for name in derived],
        )
    )


def sample(hint: Any) -> Any:
    """A value that a field of a record may have; a record of such values."""
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        fields = {each.name: sample(hints[each.name]) for each in dataclasses.fields(hint)}
        return hint(**fields)  # type: ignore[operator]
    if get_origin(hint) is tuple:
        kind, *_ = get_args(hint)
        return (sample(kind),) * 8  # as many as there are priorities; others take any number
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if type(None) in get_args(hint):
        return None
    return hint(1)


def run(recipe: Recipe, seed: int) -> list[BaseException]:
    """Let all threads at a new object; what went wrong."""
    contest = recipe.make()
    errors: list[BaseException] = []
    refused: tuple[type[Exception], ...] = (BufferError, *contest.allowed)
    start = threading.Barrier(THREADS)

    def one(number: int) -> None:
        # Uses and moments only: nothing here is a secret.
        order = random.Random(seed * THREADS + number)
        moment = order.randrange(TURNS) if contest.close and number < 3 else None
        start.wait()
        for turn in range(TURNS):
            use = order.choice(contest.uses)
            if turn == moment and contest.close:
                use = contest.close
            try:
                use(number)
            except refused:
                pass
            except ValueError as error:
                if not any(word in str(error) for word in OVER):
                    errors.append(error)
            except BaseException as error:  # whatever it is, a thread of its own would hide it
                errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        contest.ends()
    except BaseException as error:
        errors.append(error)
    return errors


def laboratory() -> Lab | None:
    """The laboratory between ntpages and Windows, where it was built."""
    if "NTPAGES_LAB_DLL" not in os.environ:
        return None
    import ntlab  # noqa: PLC0415 (it needs Windows)
    from ntpages import _native  # noqa: PLC0415

    return ntlab.Lab(os.environ["NTPAGES_LAB_DLL"], str(_native.__file__))


def say(words: str) -> None:
    """Tell it at once: what comes next may be the end."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(noun: str, rounds: int) -> int:
    """Race every class of a noun; 1 where anything went wrong."""
    from reliability import recipes  # noqa: PLC0415 (it registers here)

    assert recipes.__name__
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not vars(sys)["_is_gil_enabled"](), "importing ntpages has brought back the GIL"
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    sys.setswitchinterval(1e-6)
    lab = laboratory()
    broken = 0
    for name in sorted(each for each in raced_classes() if each.partition(".")[0] == noun):
        say(name)
        recipe = recipe_of(name)
        assert recipe, f"{name} has no recipe in tests/reliability/recipes/"
        if not lab and LABORATORY_ALONE & {*recipe.models}:
            continue
        for seed in range(rounds):
            if lab:
                lab.reset()
                for model in recipe.models:
                    lab.model(model)
                if "privileges" in recipe.models:
                    for privilege in HELD:
                        lab.model("privileges").hold(privilege)
                recipe.prepare(lab)
            for error in run(recipe, seed):
                broken += 1
                say(f"  round {seed}: {error!r}")
    say("broken" if broken else "survived")
    return 1 if broken else 0


if __name__ == "__main__":
    # The recipes register where they find this file: under its name as a module.
    from reliability import racing

    sys.exit(racing.main(sys.argv[1], int(sys.argv[2])))
