"""One harmless call of everything public of sections, which ``calls.py`` gathers."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ntpages import sections
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.regions import Placeholder

PAGE = 4096

Thing = TypeVar("Thing")


class SharedMemory:
    """What of the stage is shared memory."""

    if TYPE_CHECKING:  # the stage itself has them

        def keep(self, thing: Thing) -> Thing: ...

        @cached_property
        def place(self) -> Placeholder: ...

    @cached_property
    def section(self) -> sections.Section:
        return self.keep(sections.Section(16 * PAGE))

    @cached_property
    def seen(self) -> sections.View:
        return self.keep(self.section.view())

    @cached_property
    def growing(self) -> sections.View:
        """A view of a section that nothing is behind."""
        with sections.Section(16 * PAGE, reserve=True) as section:
            return self.keep(section.view())

    @cached_property
    def placed(self) -> sections.View:
        """A view that is where a placeholder was."""
        return self.keep(self.section.view(placeholder=self.place))

    @cached_property
    def named(self) -> sections.Section:
        return self.keep(sections.Section(16 * PAGE, name=f"ntpages called {os.getpid()}"))

    @cached_property
    def ring(self) -> sections.Ring:
        ring = self.keep(sections.Ring(16 * PAGE, name=f"ntpages called ring {os.getpid()}"))
        ring.push(b"words")
        return ring


OBJECTS: dict[str, Callable[[Any], object]] = {
    "sections.Ring": lambda stage: stage.ring,
    "sections.Section": lambda stage: stage.section,
    "sections.View": lambda stage: stage.seen,
}

CALLS: dict[str, Callable[[Any], object]] = {
    "sections.Ring": lambda stage: stage.keep(sections.Ring(16 * PAGE)),
    "sections.Ring.close": lambda stage: stage.ring.close(),
    "sections.Ring.consume": lambda stage: stage.ring.consume(1),
    "sections.Ring.open": lambda stage: stage.keep(sections.Ring.open(str(stage.ring.name))),
    "sections.Ring.peek": lambda stage: stage.ring.peek(),
    "sections.Ring.publish": lambda stage: stage.ring.publish(1),
    "sections.Ring.pull": lambda stage: stage.ring.pull(),
    "sections.Ring.pull_into": lambda stage: stage.ring.pull_into(bytearray(1)),
    "sections.Ring.push": lambda stage: stage.ring.push(b"more"),
    "sections.Ring.reserve": lambda stage: stage.ring.reserve(),
    "sections.Section": lambda stage: stage.keep(sections.Section(PAGE)),
    "sections.Section.close": lambda stage: stage.section.close(),
    "sections.Section.open": lambda stage: stage.keep(sections.Section.open(str(stage.named.name))),
    "sections.Section.view": lambda stage: stage.keep(stage.section.view()),
    "sections.View.close": lambda stage: stage.seen.close(),
    "sections.View.commit": lambda stage: stage.growing.commit(),
    "sections.View.flush": lambda stage: stage.seen.flush(),
    "sections.View.protect": lambda stage: stage.seen.protect(Protection.READONLY),
    "sections.View.spans": lambda stage: stage.seen.spans(),
    "sections.View.vacate": lambda stage: stage.keep(stage.placed.vacate()),
    "sections.View.view": lambda stage: stage.seen.view(),
}
