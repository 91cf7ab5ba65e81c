# lab: heaps privileges
"""The heaps of another process, block by block."""

from __future__ import annotations

import os

from ntpages import heaps

found = heaps.walk_process(os.getppid() or os.getpid())
print(found)
assert len(found.heaps) > 0
