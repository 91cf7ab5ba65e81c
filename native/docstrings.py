"""Turns what the stubs say into a header for each of them, so that a docstring has one home.

usage: docstrings.py FOLDER STUBS

CMake runs it before the bindings are compiled. ``STUBS/heaps/block.pyi`` becomes
``FOLDER/heaps/block.hpp``: the docstring of ``Block.free`` is ``docs::Block::free`` there, that of
``Block`` itself ``docs::Block::self``, that of a function ``docs::walk``. Fields of a dataclass
come with name and annotation, see ``native/record.hpp``.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED = {"private", "virtual"}  # of the names in the stubs, those that C++ keeps for itself


def called(name: str) -> str:
    """Return what C++ calls a name: ``Counters.private`` is ``docs::Counters::private_``."""
    return f"{name}_" if name in RESERVED else name


def literal(text: str) -> str:
    """Return a C++ literal of a text: one for each line, as compilers limit their length."""
    lines = [f'R"doc({line})doc"' for line in text.splitlines()]
    return ' "\\n"\n        '.join(lines)


def constants(body: list[ast.stmt]) -> Iterator[str]:
    """Yield a constant for each function and property that has a docstring."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and (said := ast.get_docstring(node)):
            yield f"constexpr auto {called(node.name)} =\n        {literal(said)};"


def fields(record: ast.ClassDef) -> Iterator[str]:
    """Yield a constant for each field of a class that is a dataclass."""
    if not record.decorator_list:
        return
    for node, after in zip(record.body, [*record.body[1:], None], strict=True):
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        said = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            said = str(after.value.value)
        name, annotation = node.target.id, literal(ast.unparse(node.annotation))
        shown = literal(said) if said else '""'
        said_of = f"constexpr SaidOfField {called(name)}"
        yield f'{said_of}{{"{name}", {annotation},\n        {shown}}};'


def described(node: ast.ClassDef) -> list[str]:
    """Return the struct that stands for a class."""
    itself = [f"constexpr auto self =\n        {literal(ast.get_docstring(node) or ' ')};"]
    lines = [f"    static {each}" for each in (*itself, *fields(node), *constants(node.body))]
    return ["", f"struct {node.name} {{", *lines, "};"]


def header(stub: ast.Module) -> str:
    """Return what C++ needs of a stub."""
    lines = ["#pragma once", "", '#include "native/record.hpp"', "", "namespace ntpages::docs {"]
    for node in stub.body:
        if isinstance(node, ast.ClassDef):
            lines += described(node)
    lines += [f"\ninline {each}" for each in constants(stub.body)]
    return "\n".join([*lines, "", "}  // namespace ntpages::docs", ""])


def main(folder: Path, stubs: Path) -> None:
    """Write the headers. One that would say the same keeps its time, and is not compiled again."""
    for stub in sorted(stubs.rglob("*.pyi")):
        text = header(ast.parse(stub.read_text(encoding="utf-8")))
        path = folder / stub.relative_to(stubs).with_suffix(".hpp")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
