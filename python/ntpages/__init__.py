"""Windows memory management for Python: fast, typed and safe.

Each module is one noun: ``ntpages.memory_lists`` cleans the kernel's page lists,
``ntpages.regions`` reserves and commits address space, ``ntpages.sparse`` commits memory
when it is first touched, ``ntpages.heaps`` creates and walks heaps, and so on. They are
imported when first used, so ``import ntpages`` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes many times as long to import as all that is here
if TYPE_CHECKING:
    from types import ModuleType

    from ntpages import (
        awe,
        doctor,
        errors,
        guard,
        heaps,
        memory_lists,
        metrics,
        numa,
        partitions,
        physical,
        privileges,
        processes,
        regions,
        sections,
        sparse,
        system,
        table,
        working_sets,
        write_watch,
    )

__version__ = "0.2.0"

__all__ = [
    "__version__",
    "awe",
    "doctor",
    "errors",
    "guard",
    "heaps",
    "memory_lists",
    "metrics",
    "numa",
    "partitions",
    "physical",
    "privileges",
    "processes",
    "regions",
    "sections",
    "sparse",
    "system",
    "table",
    "working_sets",
    "write_watch",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        from importlib import import_module  # noqa: PLC0415 (Python itself gets by without it)

        return import_module(f"ntpages.{name}")
    msg = f"module 'ntpages' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
