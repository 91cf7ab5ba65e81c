"""The heap sizes in the header of a program, and what the registry says of its heaps."""

from __future__ import annotations

import sys

from ntpages import heaps
from ntpages.heaps import GlobalFlag

options = heaps.image_options(sys.executable)
print(options)
for change in heaps.set_image_options(
    "notepad.exe", segment_heap="on", flags=GlobalFlag.HEAP_TAIL_CHECK, dry_run=True
):
    print(change)
