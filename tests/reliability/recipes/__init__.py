"""What eight threads do to an object of each compiled class, and what must hold in the end.

Each noun has its file here. Records, which are all alike, have theirs in racing.py.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 4096


def closed(thing: Any) -> Callable[[], None]:
    """Close it at last, as often as one likes."""

    def ends() -> None:
        for _ in range(2):
            thing.close()
        assert thing.closed

    return ends


for _noun in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_noun.name}")
