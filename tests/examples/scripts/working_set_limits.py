# lab: working_sets privileges
"""GetProcessMemoryInfo, the limits of a working set with their four flags, and emptying it."""

from __future__ import annotations

import os

from ntpages import working_sets
from ntpages.processes import Process

KIB = 1 << 10
me = os.getpid()
with Process(me) as process:
    used = process.counters()
print(f"working set {used.working_set >> 10} KB, at most {used.peak_working_set >> 10} KB")
assert 0 < used.working_set <= used.peak_working_set
print(working_sets.limits(me))
for hard in (True, False):  # QUOTA_LIMITS_HARDWS_..._ENABLE and ..._DISABLE
    now = working_sets.set_limits(
        me, minimum=400 * KIB, maximum=2000 * KIB, hard_minimum=hard, hard_maximum=hard
    )
    print(now)
    assert (now.hard_minimum, now.hard_maximum) == (hard, hard)
done = working_sets.trim(me)  # EmptyWorkingSet
print(f"emptied: from {done.before >> 10} KB")
