# lab: memory_lists privileges
"""What MINT is for: numbers of the NT API that no SDK has, used by their names."""

from __future__ import annotations

from ntpages import memory_lists, privileges
from ntpages._native.memory_lists import MemoryListCommand

for command in MemoryListCommand:
    print(f"{command.value} {command.name}")
numbers = {command.name: command.value for command in MemoryListCommand}
assert numbers["EMPTY_WORKING_SETS"] == 2
assert numbers["FLUSH_MODIFIED_LIST"] == 3
assert numbers["PURGE_STANDBY_LIST"] == 4
with privileges.enabled("SeProfileSingleProcessPrivilege"):
    lists = memory_lists.query()
print(f"standby by priority: {[size >> 20 for size in lists.standby]} MiB")
assert len(lists.standby) == 8
