"""The pages of the machine, on the modelled one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import physical
from reliability.operations import operation
from reliability.operations.privileges import SWITCHING
from reliability.operations.processes import PROCESSES

if TYPE_CHECKING:
    from ntlab import Lab

MODELS = ("physical",)
VARIES = "what a look took is given back whenever Python lets go of it"
NAME = {"WideCharToMultiByte": "a name that can't be written is left empty"}
WITHOUT_DEBUG = dict.fromkeys(
    SWITCHING, "keys may be hidden without SeDebugPrivilege, and that is told"
)
NAMES = dict.fromkeys(
    ("NtOpenFile", "NtDeviceIoControlFile", "QueryDosDeviceW"),
    "files have keys in the place of names, and the summary says why",
)


@operation(models=MODELS, absorbs=WITHOUT_DEBUG)
def ranges() -> object:
    return len(physical.ranges())


@operation(models=MODELS, absorbs=WITHOUT_DEBUG | NAME, varies=VARIES)
def summary() -> object:
    return physical.summary().uses.to_dict()


def name_files(lab: Lab) -> None:
    lab.model("physical").names({0xFFFFC00012345670: "\\Games\\a.pak"}, {1: "\\??\\D:"})


@operation(models=MODELS, setup=name_files, absorbs=WITHOUT_DEBUG | NAMES | NAME, varies=VARIES)
def files() -> object:
    found = physical.files()
    return found["total"].tolist(), found["path"].tolist()


def open_files(lab: Lab) -> None:
    door = lab.model("physical")
    door.log(b"", version=99)
    door.open({0xFFFFC00012345670: "\\??\\D:\\Games\\a.pak"})


TRACED = dict.fromkeys(
    ("StartTraceW", "ControlTraceW", "OpenTraceW", "ProcessTrace", "CloseTrace"),
    "files have keys in the place of names, and the summary says why",
)


@operation(
    models=MODELS, setup=open_files, absorbs=WITHOUT_DEBUG | NAMES | TRACED | NAME, varies=VARIES
)
def files_by_tracing() -> object:
    found = physical.files()
    return found["total"].tolist(), found["path"].tolist()


@operation(models=MODELS, absorbs=WITHOUT_DEBUG | NAME, varies=VARIES)
def processes() -> object:
    return physical.processes()["total"].tolist()


@operation(models=MODELS, absorbs=WITHOUT_DEBUG | NAME, varies=VARIES)
def pages() -> object:
    return len(physical.pages(pid=400))


@operation(models=("compression", "physical"), absorbs=WITHOUT_DEBUG | NAME, varies=PROCESSES)
def compression() -> object:
    found = physical.compression()
    return found.data, found.processes["stored"].tolist()


@operation(models=("pools",), absorbs=NAME)
def pools() -> object:
    return physical.pools().to_dict()


@operation(models=("pools",), absorbs=WITHOUT_DEBUG | NAME)
def big_allocations() -> object:
    return physical.big_allocations()["size"].tolist()


@operation(
    models=("physical", "system"),
    varies=VARIES,
    absorbs=WITHOUT_DEBUG
    | NAME
    | {
        "NtQuerySystemInformation": "what is denied is one part, and the account says why",
        "GetPhysicallyInstalledSystemMemory": "how much is plugged in need not be known",
    },
)
def account() -> object:
    found = physical.account()
    return sum(part.size for part in found.parts) == found.total
