"""Write watch: which pages of a region were written, found out by the system as it happens.

A region made with ``write_watch=True`` records every page that is written, at the cost of one soft
fault per page. ``dirty()`` asks which; ``Snapshots`` uses it to remember and to restore what
a region held, at the cost of what changed.

Source: ``GetWriteWatch``, ``ResetWriteWatch`` (memoryapi.h), Windows XP.
"""

from __future__ import annotations

from ntpages.write_watch.dirty import DirtyRow, dirty
from ntpages.write_watch.snapshots import Snapshots

__all__ = ["DirtyRow", "Snapshots", "dirty"]

__dir__ = __all__.copy
