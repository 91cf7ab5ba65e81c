"""Holds the numbers of Windows' that ntpages repeats against Microsoft's own metadata, by name.

Run by ``dev.py lint``, in the host's Python. The packages of the group ``metadata`` carry what
Microsoft says of its SDK and of its driver kit, as structures of ``ctypes`` and as constants.

    python tests/microsoft/metadata.py [NUMBERS.CPP]
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import re
import sys
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ntpages import heaps, regions, sections
from ntpages._native.regions import AllocationType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import IntEnum, IntFlag

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = ROOT / "tests" / "microsoft" / "numbers.cpp"
ERRORS = ROOT / "python" / "ntpages" / "errors.py"

# What Python shows of flags and kinds, and how Windows spells their members.
SPELLED: dict[type[IntFlag | IntEnum], str] = {
    regions.Protection: "PAGE_{}",
    AllocationType: "MEM_{}",
    regions.Attribute: "MEM_EXTENDED_PARAMETER_{}",
    regions.OfferPriority: "VmOfferPriority{camel}",
    sections.Attributes: "SEC_{}",
    regions.Traits: "WIN32_MEMORY_REGION_INFORMATION.{camel}",
    heaps.EntryFlag: "RTL_HEAP_{}",
    heaps.GlobalFlag: "FLG_{}",
}
PARTLY_DOCUMENTED = {regions.Traits, heaps.EntryFlag, heaps.GlobalFlag}


@dataclass(frozen=True, slots=True)
class Claim:
    """That a name of Windows' stands for a number, or for a text."""

    where: str
    name: str
    value: int | str
    documented: bool | None = None
    """Whether the metadata is expected to know it, if anybody said so."""

    def fault(self, answers: set[int | str]) -> str | None:
        """What is wrong with it, where the metadata answers so."""
        if self.documented and not answers:
            return "Microsoft's metadata does not know it: mark it `phnt:`"
        if answers and self.documented is False:
            return f"Microsoft's metadata knows it by now, as {shown(answers)}: take off `phnt:`"
        if answers - {self.value}:
            return f"{shown({self.value})} here, {shown(answers)} in Microsoft's metadata"
        return None


def shown(values: set[int | str]) -> str:
    return " or ".join(f"{each:#x}" if isinstance(each, int) else each for each in values)


def numbers(path: Path) -> Iterator[Claim]:
    """What C++ says, where the compiler held it against its own numbers."""
    row = re.compile(r"static_assert\(.+ == (\w+)\);  // (phnt: )?(.+)")
    for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("static_assert"):
            found = row.fullmatch(line)
            if not found:
                sys.exit(f"{path.name}:{at}: no number and name as in the lines around it: {line}")
            value, undocumented, name = found.groups()
            yield Claim(f"{path.name}:{at}", name, int(value, 0), documented=not undocumented)


def members() -> Iterator[Claim]:
    """What the enums say that Python shows."""
    for kind, spelling in SPELLED.items():
        for name, member in kind.__members__.items():
            if member:
                camel = name.title().replace("_", "")
                spelled = spelling.format(name, camel=camel)
                documented = None if kind in PARTLY_DOCUMENTED else True
                yield Claim(f"{kind.__name__}.{name}", spelled, int(member), documented)


def codes() -> Iterator[Claim]:
    """What ``errors.py`` says of codes, whose names stand behind them."""
    row = re.compile(r" +(\w+): \w+Error,  # (\w+)")
    for line in ERRORS.read_text(encoding="utf-8").splitlines():
        if found := row.fullmatch(line):
            yield Claim(ERRORS.name, found[2], int(found[1], 0), documented=True)


def privileges() -> Iterator[Claim]:
    """The names of privileges that anything of ntpages has in it."""
    names = [name for name in homes() if re.fullmatch(r"SE_\w+_NAME", name)]
    spelled = {text: name for name in names for text in answers_to(name)}
    rooms = [ROOT / "python", ROOT / "native"]
    said = {
        text
        for room in rooms
        for path in room.rglob("*")
        if path.suffix in {".py", ".cpp", ".hpp"}
        for text in re.findall(r"\bSe\w+Privilege\b", path.read_text(encoding="utf-8"))
    }
    for text in sorted(said):
        yield Claim("a privilege", str(spelled.get(text, text)), text, documented=True)


@cache
def homes() -> dict[str, list[str]]:
    """The modules of the metadata in which a name is defined."""
    package = importlib.util.find_spec("win32more")
    if not package or not package.submodule_search_locations:
        sys.exit("Microsoft's metadata is not installed: it is in the group `metadata`")
    [folder] = package.submodule_search_locations
    found = defaultdict(list)
    for kit in ("Win32", "Wdk"):
        for path in Path(folder, "Windows", kit).rglob("__init__.py"):
            module = ".".join(("win32more", *path.parent.relative_to(folder).parts))
            text = path.read_text(encoding="utf-8")
            for name in re.findall(r"^(?:class )?(\w+)(?=: |\()", text, re.MULTILINE):
                found[name].append(module)
    return found


def answers_to(name: str) -> set[int | str]:
    """What the metadata says that a name stands for, in any module that defines it.

    A structure is its size, a field its offset, a bit field its bits.
    """
    top, _, field = name.partition(".")
    found: set[int | str] = set()
    for module in homes().get(top, ()):
        value = getattr(importlib.import_module(module), top)
        if isinstance(value, int):
            found.add(value % (1 << 32) if value < 0 else value)  # an NTSTATUS has a sign there
        elif isinstance(value, str):
            found.add(value)
        elif not field:
            found.add(ctypes.sizeof(value))
        elif hasattr(value, field):
            found.add(place(value, field))
    return found


def place(structure: Any, field: str) -> int:
    """Where a field begins; of a bit field, which bits it is."""
    described = getattr(structure, field)
    if not getattr(described, "is_bitfield", described.size >> 16):  # the latter up to 3.13
        return int(described.offset)
    filled = structure()
    setattr(filled, field, -1)
    begin = int(described.offset)
    return int.from_bytes(bytes(filled)[begin:], "little")


def main(path: str = str(NUMBERS)) -> int:
    """Compare, say what differs and what is not known, and count."""
    claims = [*numbers(Path(path)), *members(), *codes(), *privileges()]
    answered = [(claim, answers_to(claim.name)) for claim in claims]
    faults = [(claim, fault) for claim, answers in answered if (fault := claim.fault(answers))]
    unknown = [claim.name for claim, answers in answered if not answers]
    alone = [name for name in unknown if name.partition(".")[0] not in {*unknown} - {name}]
    report = [f"{claim.where}: {claim.name}: {fault}" for claim, fault in faults]
    report += textwrap.wrap(f"not in Microsoft's metadata: {', '.join(alone)}", 100)
    agreeing = sum(1 for claim, answers in answered if answers and not claim.fault(answers))
    report.append(
        f"Microsoft's metadata: {agreeing} numbers and names agree, {len(faults)} do not, "
        f"{len(unknown)} it does not know"
    )
    sys.stdout.write("\n".join([*report, ""]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
