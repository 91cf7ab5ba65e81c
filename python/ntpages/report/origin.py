"""Where documents come from: the report asks nobody, so whoever runs it says."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

origin: ContextVar[Callable[[], Mapping[str, object]]] = ContextVar("origin", default=dict)
"""Asked, when a document is begun, for what it says of its maker behind the time."""
