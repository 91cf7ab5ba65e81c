"""The system's numbers, on the modelled machine."""

from __future__ import annotations

from ntpages import system
from reliability.operations import life, operation

MODELS = ("system",)


@operation(
    models=MODELS,
    absorbs={
        "GetPhysicallyInstalledSystemMemory": "what firmware does not tell is None",
        "NtQuerySystemInformation": "the newer of two sources of the same numbers",
    },
)
def memory() -> object:
    return system.memory().total


@operation(models=MODELS)
def fault_counters() -> object:
    return system.fault_counters()


@operation(
    models=MODELS,
    absorbs={"NtQuerySystemInformation": "an older class tells all but the limits"},
)
def pagefiles() -> object:
    return [file.path for file in system.pagefiles()]


@operation()
def windows() -> object:
    return system.windows()


@operation()
def wait_for_memory() -> object:
    return system.wait_for_memory("low", timeout=0)


@life()
def memory_notification() -> None:
    system.wait_for_memory("low", timeout=0)
