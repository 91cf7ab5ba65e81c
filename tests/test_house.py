"""The house rules that a machine can check: rooms, the line between C++ and Python, the treaty."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

import ntpages
from ntpages import _native

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
NATIVE = ROOT / "native"
PACKAGE = ROOT / "python" / "ntpages"

NOUNS = sorted(set(ntpages.__all__) - {"__version__", "errors"})
LINES = 400


def sources(folder: Path, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.rglob(pattern))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


EVERYTHING = [
    *sources(NATIVE, "*.cpp", "*.hpp"),
    *sources(PACKAGE, "*.py"),
    *sources(ROOT / "tests", "*.py", "*.cpp", "*.hpp"),
    *sources(ROOT / "bench", "*.py", "*.cpp"),
    ROOT / "dev.py",
]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_its_rooms(noun: str) -> None:
    rooms = [
        NATIVE / f"{noun}.cpp",
        PACKAGE / f"{noun}.py",
        ROOT / "tests" / f"test_{noun}.py",
    ]
    assert [name_of(room) for room in rooms if not room.is_file()] == []


def test_no_file_is_a_place_for_what_has_no_noun() -> None:
    nameless = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert [name_of(path) for path in EVERYTHING if path.stem in nameless] == []


def test_the_name_of_another_package_stands_in_the_changelog_alone() -> None:
    other = b"nt" + b"mem"
    made = {".git", ".ntpages", "dist", "__pycache__"}
    found = []
    for path in ROOT.rglob("*"):
        if made & {*path.relative_to(ROOT).parts}:
            continue
        said = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        found += [name_of(path)] if other in said.lower() else []
    assert found == ["CHANGELOG.md"]


def lines_of_code(path: Path) -> int:
    """Lines that do something: no blank ones, no comments, no docstrings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = re.sub(r'^ *r?"""(?:.|\n)*?"""', "", text, flags=re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith(("#", "//")))


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    assert lines_of_code(path) <= LINES


# ---- C++ -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sources(NATIVE, "*.cpp", "*.hpp"), ids=name_of)
def test_every_native_file_says_what_is_in_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    said = re.fullmatch(r"// (\w+): \S.*", first)
    assert said
    assert path.stem == said[1] or path.stem.startswith(f"{said[1]}_")


@pytest.mark.parametrize("path", sources(NATIVE, "*.cpp", "*.hpp"), ids=name_of)
def test_no_native_file_uses_what_msvc_or_gcc_lacks(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for unwanted in (r"^\s*#\s*define", r"\b__try\b", r"<format>", r"__attribute__", r"\bgoto\b"):
        assert not re.search(unwanted, text, re.MULTILINE), unwanted


def windows_functions() -> set[str]:
    """The names that the laboratory knows: every function ntpages calls is among them."""
    table = (ROOT / "tests" / "ntlab" / "failures.cpp").read_text(encoding="utf-8")
    return set(re.findall(r'^    \{"(\w+)"', table, re.MULTILINE))


def python_half(path: Path) -> str:
    """A native file from where Python begins, without comments."""
    text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
    begins = re.search(r"\bpy::|^void bind_", text, re.MULTILINE)
    return text[begins.start() :] if begins else ""


@pytest.mark.parametrize("path", sources(NATIVE, "*.cpp"), ids=name_of)
def test_where_python_begins_windows_ends(path: Path) -> None:
    called = set(re.findall(r"(?<![\w:.>])(\w+)\s*\(", python_half(path)))
    assert called & windows_functions() == set()


# ---- The treaty: _native.pyi ---------------------------------------------------------------------


def stub() -> dict[str, ast.AST]:
    """What _native.pyi declares, by dotted name."""
    tree = ast.parse((PACKAGE / "_native.pyi").read_text(encoding="utf-8"))
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

    visit(tree.body, "")
    return found


def compiled() -> dict[str, object]:
    """What the module has, by dotted name: functions, classes and what the classes define."""
    found: dict[str, object] = {}
    for name, value in vars(_native).items():
        if name.startswith("__"):
            continue
        found[name] = value
        if inspect.isclass(value):
            for member, inner in vars(value).items():
                if not member.startswith("__") and member != "_pybind11_conduit_v1_":
                    found[f"{name}.{member}"] = inner
    return found


def is_plain(name: str) -> bool:
    return not name.rpartition(".")[2].startswith("__")


def test_the_treaty_names_what_is_compiled_and_no_more() -> None:
    declared = {name for name in stub() if is_plain(name)}
    enums = {
        name for name, value in vars(_native).items() if inspect.isclass(value) and is_enum(value)
    }
    built = {name for name in compiled() if name.split(".")[0] not in enums} | enums
    inherited = {name for name in declared if name.split(".")[0] in enums and "." in name}
    assert declared - inherited - built == set(), "declared, but not compiled"
    assert built - declared == set(), "compiled, but not declared"
    for name in inherited:
        owner, member = name.split(".")
        assert hasattr(getattr(_native, owner), member), name


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


def said_in_the_treaty(node: ast.AST) -> str:
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return ""
    return ast.get_docstring(node) or ""


def said_by_cpp(value: object) -> str:
    """A compiled docstring, without the signature that pybind11 puts before it."""
    text = getattr(value, "__doc__", None) or ""
    return inspect.cleandoc(re.sub(r"\A\w+\(.*\) -> .*\n", "", text))


def public_from_cpp() -> dict[str, object]:
    """What users see of C++: classes passed on as they are, and members that classes inherit."""
    found: dict[str, object] = {}
    nouns = [getattr(ntpages, noun) for noun in (*NOUNS, "errors")]
    for value in {getattr(noun, name) for noun in nouns for name in noun.__all__}:
        if not inspect.isclass(value):
            continue
        if value.__module__ == _native.__name__:
            found[value.__name__] = value
        if is_enum(value):
            continue
        for name in dir(value):
            owner = next(base for base in value.__mro__ if name in vars(base))
            if owner.__module__ == _native.__name__ and not name.startswith("_"):
                found[f"{owner.__name__}.{name}"] = vars(owner)[name]
    return found


def test_what_users_see_of_cpp_is_documented() -> None:
    public = public_from_cpp()
    assert {"Block", "Region.address", "Region.close", "Column.labels"} <= set(public)
    assert [name for name, value in sorted(public.items()) if not said_by_cpp(value)] == []


def test_the_treaty_documents_it_in_the_same_words() -> None:
    declared = {name: said_in_the_treaty(node) for name, node in stub().items()}
    built = compiled()
    wanted = {*public_from_cpp(), *(name for name in declared if declared[name] and is_plain(name))}
    differing = [name for name in sorted(wanted) if declared[name] != said_by_cpp(built[name])]
    assert differing == []


# ---- Python --------------------------------------------------------------------------------------


def imports(path: Path, *, top_level: bool) -> Iterator[str]:
    """The modules that a file imports; at its top level only, outside TYPE_CHECKING, if asked."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", sources(PACKAGE, "*.py"), ids=name_of)
def test_the_package_leaves_ctypes_alone(path: Path) -> None:
    assert [name for name in imports(path, top_level=False) if name.startswith("ctypes")] == []


@pytest.mark.parametrize("path", sources(PACKAGE, "*.py"), ids=name_of)
def test_every_module_puts_off_annotations(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or "from __future__ import annotations" in text


def printed_by(code: str) -> str:
    """What a fresh Python prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.strip()


def test_the_wheel_holds_the_package_the_benchmarks_and_nothing_else() -> None:
    files = [PurePosixPath(file.as_posix()) for file in metadata.files("ntpages") or ()]
    held = {
        file for file in files if file.parts[0] == "ntpages" and "__pycache__" not in file.parts
    }
    compiled = {file for file in held if file.suffix == ".pyd"}
    assert {str(file.with_suffix("").with_suffix("")) for file in compiled} == {
        "ntpages/_native",
        "ntpages/bench/_limit",
    }
    bench = sources(ROOT / "bench", "*.py", "*.pyi", "*.ini", "*.md")
    assert {str(file) for file in held - compiled} == {
        *(name_of(path).removeprefix("python/") for path in sources(PACKAGE, "*.py", "*.pyi")),
        *(f"ntpages/{name_of(path)}" for path in bench),
        "ntpages/py.typed",
    }
    tops = {file.parts[0] for file in files}
    assert tops <= {
        "ntpages",
        f"ntpages-{ntpages.__version__}.dist-info",
        "..",
    }  # last: Scripts of pip


def test_importing_ntpages_imports_no_noun() -> None:
    code = (
        "import sys, ntpages; print([name for name in sys.modules if name.startswith('ntpages.')])"
    )
    assert printed_by(code) == "[]"


def test_importing_ntpages_takes_next_to_nothing_along() -> None:
    imported = "import sys; before = set(sys.modules); import ntpages; print(*sorted({}))"
    code = imported.format("set(sys.modules) - before")
    assert printed_by(code) == "__future__ ntpages"


def test_asking_for_the_version_loads_no_command_line() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--version']; import ntpages.__main__; ntpages.__main__.main()"
    )
    printed = printed_by(f"{code}; print('click' in sys.modules)")
    assert printed.splitlines() == [f"ntpages, version {ntpages.__version__}", "False"]


def test_importing_every_noun_is_light() -> None:
    heavy = "{'click', 'rich', 'numpy', 'tkinter', 'asyncio', 'matplotlib', 'textual', 'ctypes'}"
    nouns = "".join(f", ntpages.{noun}" for noun in NOUNS)
    assert printed_by(f"import sys{nouns}; print(sorted({heavy} & set(sys.modules)))") == "[]"


@pytest.mark.parametrize("noun", NOUNS)
def test_every_public_name_is_documented(noun: str) -> None:
    module = getattr(ntpages, noun)
    assert module.__doc__
    bare = []
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value):
            members = [
                member
                for member, inner in vars(value).items()
                if not member.startswith("_")
                and (inspect.isfunction(inner) or isinstance(inner, property))
                and not inspect.getdoc(inner)
            ]
            bare += [f"{name}.{member}" for member in members]
        if (inspect.isclass(value) or inspect.isroutine(value)) and not inspect.getdoc(value):
            bare.append(name)
    assert bare == []


def test_the_binary_needs_windows_and_python_alone() -> None:
    pefile = pytest.importorskip("pefile")
    image = pefile.PE(_native.__file__)
    needed = {entry.dll.decode().lower() for entry in image.DIRECTORY_ENTRY_IMPORT}
    allowed = {"kernel32.dll", "advapi32.dll", "msvcrt.dll"}
    python = {name for name in needed if re.fullmatch(r"python3\d*\.dll", name)}
    runtime = {name for name in needed if name.startswith("api-ms-win-crt-")}  # of MSVC builds
    assert len(python) == 1
    assert needed - python - runtime <= allowed
