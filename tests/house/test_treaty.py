"""The treaty between the halves: the stubs of ``_native`` say what is compiled."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import ntpages
from house.layout import NOUNS, STUBS, name_of, noun_of_stub
from ntpages import _native


def stub() -> dict[str, ast.AST]:
    """What the stubs declare, by noun and dotted name."""
    found: dict[str, ast.AST] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[prefix + node.name] = node
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                found[prefix + node.name] = node
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[prefix + node.target.id] = node

    for path in STUBS:
        visit(ast.parse(path.read_text(encoding="utf-8")).body, f"{noun_of_stub(path)}.")
    return found


def compiled() -> dict[str, object]:
    """What is compiled, by noun and dotted name: functions, classes and what these define."""
    found: dict[str, object] = {}
    for noun in rooms():
        for name, value in vars(getattr(_native, noun)).items():
            if name.startswith("__"):
                continue
            found[f"{noun}.{name}"] = value
            if inspect.isclass(value):
                for member, inner in vars(value).items():
                    if not member.startswith("__") and member != "_pybind11_conduit_v1_":
                        found[f"{noun}.{name}.{member}"] = inner
    return found


def rooms() -> list[str]:
    """The nouns of the compiled half."""
    return sorted(name for name, value in vars(_native).items() if inspect.ismodule(value))


def test_every_compiled_noun_has_a_stub_that_is_short_enough_to_read() -> None:
    assert sorted({noun_of_stub(path) for path in STUBS}) == rooms()
    assert {name_of(path) for path in STUBS if len(path.read_text().splitlines()) > 150} == set()


def is_plain(name: str) -> bool:
    return not name.rpartition(".")[2].startswith("__")


def test_the_treaty_names_what_is_compiled_and_no_more() -> None:
    declared = {name for name in stub() if is_plain(name)}
    everything = compiled()
    enums = {
        name for name, value in everything.items() if inspect.isclass(value) and is_enum(value)
    }
    built = {name for name in everything if home_of(name) not in enums}
    inherited = {name for name in declared if home_of(name) in enums}
    assert declared - inherited - built == set(), "declared, but not compiled"
    assert built - declared == set(), "compiled, but not declared"
    for name in inherited:
        assert hasattr(everything[home_of(name)], name.rpartition(".")[2]), name


def home_of(name: str) -> str:
    """The class, or the noun, that a name belongs to."""
    return name.rpartition(".")[0]


def is_enum(value: type) -> bool:
    return any(base.__module__ == "enum" for base in value.__mro__)


def parameters_compiled(value: object) -> list[list[str]]:
    """The parameter names of each overload, as pybind11 wrote them into the docstring."""
    text = getattr(value, "__doc__", None) or ""
    lines = [line for line in text.splitlines() if re.match(r"(\d+\. )?\w+\(.*\) -> ", line)]
    return [
        re.findall(r"(?:^|[(,] ?)\*{0,2}(\w+)(?=: |,|\)|$)", strip_nested(line)) for line in lines
    ]


def strip_nested(line: str) -> str:
    """The parameters of a signature, with their annotations' brackets and defaults removed."""
    inner = line[line.index("(") : line.rindex(") -> ") + 1]
    while True:
        shorter = re.sub(r"\[[^\[\]]*\]", "", inner)
        if shorter == inner:
            return inner
        inner = shorter


def agree(built: list[str], declared: list[str]) -> bool:
    """Whether the parameters are the same; pybind11 numbers those that are not named."""
    if len(built) != len(declared):
        return False
    pairs = zip(built, declared, strict=True)
    return all(one in {"self", other} or re.fullmatch(r"arg\d+", one) for one, other in pairs)


def test_the_treatys_functions_take_what_the_compiled_ones_take() -> None:
    differing = {}
    built = compiled()
    for name, node in stub().items():
        if not isinstance(node, ast.FunctionDef) or name not in built:
            continue
        arguments = node.args
        declared = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        declared += [each.arg for each in arguments.kwonlyargs]
        variants = parameters_compiled(built[name])
        if variants and not any(agree(variant, declared) for variant in variants):
            differing[name] = (declared, variants)
    assert differing == {}


def said_in_the_treaty() -> dict[str, str]:
    """The docstrings of the stubs, of fields too, by noun and dotted name."""
    found = {}
    for name, node in stub().items():
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found[name] = ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef):
            for field, after in itertools.pairwise(node.body):
                if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
                    assert isinstance(field.target, ast.Name)
                    found[f"{name}.{field.target.id}"] = ast.literal_eval(after.value)
    return {name: said for name, said in found.items() if said and is_plain(name)}


def said_at_run_time(value: object) -> str:
    """A compiled docstring, without the signatures that pybind11 puts before it."""
    text = getattr(value, "__doc__", None) or ""
    signatures = r"^Overloaded function\.\n|^(\d+\. )?\w+\(.*\)( -> .*)?\n"
    return inspect.cleandoc(re.sub(signatures, "", text, flags=re.MULTILINE))


def public_from_cpp() -> dict[str, object]:
    """What users see of C++: classes passed on as they are, and members that classes inherit."""
    found: dict[str, object] = {}
    nouns = [getattr(ntpages, noun) for noun in (*NOUNS, "errors")]
    for value in {getattr(noun, name) for noun in nouns for name in noun.__all__}:
        if not inspect.isclass(value):
            continue
        if is_compiled(value):
            found[dotted(value)] = value
        if is_enum(value):
            continue
        for name in dir(value):
            home = next(base for base in value.__mro__ if name in vars(base))
            if is_compiled(home) and not name.startswith("_"):
                found[f"{dotted(home)}.{name}"] = vars(home)[name]
    return found


def is_compiled(value: type) -> bool:
    return value.__module__.startswith(f"{_native.__name__}.")


def dotted(value: type) -> str:
    """A compiled class by noun and name."""
    return f"{value.__module__.rpartition('.')[2]}.{value.__name__}"


def test_what_users_see_of_cpp_is_documented() -> None:
    public = public_from_cpp()
    assert public.keys() >= {"heaps.Block", "regions.Region.close", "table.Column.labels"}
    assert [name for name, value in sorted(public.items()) if not said_at_run_time(value)] == []


def test_what_the_treaty_says_is_shown_at_run_time() -> None:
    built = compiled()
    said = said_in_the_treaty()
    assert [name for name in sorted(said) if said[name] != said_at_run_time(built[name])] == []


def test_cpp_writes_no_docstring_of_its_own() -> None:
    built = compiled()
    enums = {name for name, value in built.items() if inspect.isclass(value) and is_enum(value)}
    unsaid = set(built) - set(said_in_the_treaty()) - enums
    told = {name for name in unsaid if home_of(name) not in enums and is_told(built[name])}
    assert told == set()


def is_told(value: object) -> bool:
    """Whether C++ gave it a docstring."""
    return bool(said_at_run_time(value)) and not isinstance(value, int)


def test_the_types_of_every_record_are_to_be_had() -> None:
    records = [value for value in compiled().values() if is_dataclass(value)]
    assert ntpages.heaps.HeapSummary in records
    for record in records:
        assert isinstance(record, type)
        assert list(get_type_hints(record)) == [field.name for field in fields(record)]
