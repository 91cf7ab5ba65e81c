"""Whether tests/microsoft/numbers.cpp has a row for all that native/**/nt*.hpp define."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from wine import clang
from wine.state import ROOT, STATE, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NUMBERS = ROOT / "tests" / "microsoft" / "numbers.cpp"
METADATA = NUMBERS.with_name("metadata.py")

_OURS = {"SystemAnswer"}  # what functions of ours answer: Windows has no such structures


def check(numbers: Path = NUMBERS) -> int:
    """Say which numbers have no row, and return how many there are."""
    text = numbers.read_text(encoding="utf-8")
    rows = {_bare(row) for row in re.findall(r"^static_assert\((.+) == ", text, re.MULTILINE)}
    wanted = [each for tree in _trees() for each in _numbers_of(tree)]
    missing = [each for each in wanted if each not in rows]
    for each in missing:
        say(f"{numbers.name} has no row for {each}")
    say(f"{len(wanted)} numbers in native/**/nt*.hpp, {len(missing)} without a row")
    return len(missing)


def _bare(row: str) -> str:
    """A row without the casts and the widths that make it compile."""
    cast = re.fullmatch(r"(?:static_cast<ULONG>|ULONG)\((.+)\)", row)
    return cast[1] if cast else row.replace("<std::uint64_t>", "")


@cache
def _trees() -> list[Any]:
    """What clang understands of every nt*.hpp: the namespace `nt`, each time it is opened."""
    everything = STATE / "clang" / "nt.cpp"
    everything.parent.mkdir(exist_ok=True)
    headers = sorted(path.relative_to(ROOT) for path in (ROOT / "native").rglob("nt*.hpp"))
    everything.write_text("".join(f'#include "{header.as_posix()}"\n' for header in headers))
    [flags] = [each.flags for each in clang.built() if each.path == NUMBERS]
    return clang.x86_64().tree(clang.Source(everything, flags), "ntpages::nt")


def _numbers_of(tree: Any) -> Iterator[str]:
    """What has a number in a part of the tree, in the words of a row."""
    for node in tree.get("inner", ()):
        kind, name = node["kind"], node.get("name")
        if kind == "VarDecl" and node["type"]["qualType"].startswith("const "):
            yield name
        elif kind == "EnumDecl":
            yield from (f"{name}::{each}" for each in _names(node, "EnumConstantDecl"))
        elif kind == "CXXRecordDecl" and node.get("completeDefinition") and name not in _OURS:
            fields = [*_names(node, "FieldDecl")]
            yield from [f"sizeof({name})"] if fields else []
            yield from (f"offsetof({name}, {each})" for each in fields)
            yield from (f"bits(&{name}::{each})" for each in _names(node, "CXXMethodDecl"))
        elif kind == "ClassTemplateDecl":  # the beginning of something, so its size is nobody's
            [record, *_] = (each for each in node["inner"] if each["kind"] == "CXXRecordDecl")
            yield from (f"offsetof({name}, {each})" for each in _names(record, "FieldDecl"))


def _names(node: Any, kind: str) -> Iterator[str]:
    """What a definition has of a kind; no padding, and nothing private."""
    for each in node.get("inner", ()):
        name = each.get("name", "_")
        unused = name.startswith("reserved") or name.endswith("_")
        if each["kind"] == kind and not each.get("isImplicit") and not unused:
            yield name
