# lab: memory_lists privileges volumes
"""The five items of RAMMap's menu "Empty"."""

from __future__ import annotations

from ntpages import memory_lists
from ntpages.memory_lists import Step

MENU = {
    "Empty Working Sets": Step.EMPTY_WORKING_SETS,
    "Empty System Working Set": Step.EMPTY_FILE_CACHE,
    "Empty Modified Page List": Step.FLUSH_MODIFIED,
    "Empty Standby List": Step.PURGE_STANDBY,
    "Empty Priority 0 Standby List": Step.PURGE_LOW_PRIORITY_STANDBY,
}
for item, step in MENU.items():
    report = memory_lists.clean([step])
    print(f"{item}: {'done' if report.ok else 'refused'}")
    assert report.ok
