# lab: memory_lists privileges
"""Working sets, then the modified list, then the standby list: all idle memory becomes free."""

from __future__ import annotations

from ntpages import memory_lists, system

report = memory_lists.defrag()  # enables SeProfileSingleProcess, stops at the first refusal
for result in report.steps:
    print(f"{result.step.value}: {'accepted' if result.ok else result.error}")
report.raise_if_refused()
if report.before and report.after:
    print(f"ready for use: {report.before.ready >> 20} MiB, then {report.after.ready >> 20} MiB")
    assert report.after.ready > report.before.ready
    assert report.after.standby_total < report.before.standby_total
assert system.memory().total > 0
