"""Windows memory management for Python: fast, typed and safe.

Each module is one noun: ``ntmem.memory_lists`` cleans the kernel's page lists,
``ntmem.regions`` reserves and commits address space, ``ntmem.sparse`` commits memory
when it is first touched, ``ntmem.heaps`` creates and walks heaps, and so on. They are
imported when first used, so ``import ntmem`` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes many times as long to import as all that is here
if TYPE_CHECKING:
    from types import ModuleType

    from ntmem import (
        awe,
        errors,
        heaps,
        memory_lists,
        numa,
        privileges,
        processes,
        regions,
        sparse,
        system,
        table,
        working_sets,
        write_watch,
    )

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "awe",
    "errors",
    "heaps",
    "memory_lists",
    "numa",
    "privileges",
    "processes",
    "regions",
    "sparse",
    "system",
    "table",
    "working_sets",
    "write_watch",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        from importlib import import_module  # noqa: PLC0415 (Python itself gets by without it)

        return import_module(f"ntmem.{name}")
    msg = f"module 'ntmem' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
