# lab: processes working_sets privileges
"""The Working Sets program: all processes, sorted, the accessible ones only; one is emptied."""

from __future__ import annotations

import subprocess
import sys

from ntpages import working_sets
from ntpages.processes import list_processes

rows = list_processes(limits=True).sort("peak_working_set", descending=True)
print(f"{len(rows)} processes; the five with the highest peak:")
for row in rows[:5]:
    print(
        f"{row.pid:6} {row.name:24} {row.working_set >> 10:>9} KB {row.peak_working_set >> 10} KB"
    )
accessible = [row for row in rows if row.accessible]
assert 0 < len(accessible) <= len(rows)
with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
    report = working_sets.trim_where(pids=[child.pid])
    print(f"emptied {[one.name for one in report.trimmed]}, refused {len(report.refused)}")
    assert [one.pid for one in report.trimmed] == [child.pid]
    child.communicate(b"\n")
