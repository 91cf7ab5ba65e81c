"""What the Python half may use, what it costs to import, and what is in the wheel."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

import ntpages
from house.layout import NOUNS, PACKAGE, ROOT, name_of, sources

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, *, top_level: bool) -> Iterator[str]:
    """The modules that a file imports; at its top level only, outside TYPE_CHECKING, if asked."""
    tree = parsed(path)
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


MODULES = {name_of(path): path for path in sources(PACKAGE, "*.py")}


def test_the_package_leaves_ctypes_alone() -> None:
    tops = {
        name: {imported.partition(".")[0] for imported in imports(path, top_level=False)}
        for name, path in MODULES.items()
    }
    assert [name for name, imported in tops.items() if "ctypes" in imported] == []


def test_every_module_puts_off_annotations() -> None:
    for path in MODULES.values():
        text = path.read_text(encoding="utf-8")
        assert not text.strip() or "from __future__ import annotations" in text, path


def raised_in_silence(path: Path) -> Iterator[str]:
    """The errors of a file that say nothing; an AssertionError is never met."""
    for node in ast.walk(parsed(path)):
        raised = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(raised, ast.Call) and not raised.args and not raised.keywords:
            raised = raised.func
        if isinstance(raised, ast.Name) and raised.id[0].isupper():
            yield raised.id


def test_every_error_says_something() -> None:
    raised = {name: set(raised_in_silence(path)) for name, path in MODULES.items()}
    assert {name: told for name, told in raised.items() if not told <= {"AssertionError"}} == {}


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
        "ntpages/bench/_bare",
    }
    bench = sources(ROOT / "bench", "*.py", "*.pyi", "*.ini", "*.json", "*.md")
    assert {str(file) for file in held - compiled} == {
        *(
            name_of(path).removeprefix("python/")
            for path in sources(PACKAGE, "*.py", "*.pyi", "*.json", "*.toml", "*.html")
        ),
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
def test_whoever_imports_a_noun_gets_the_errors_that_it_raises(noun: str) -> None:
    assert (
        printed_by(f"import sys, ntpages.{noun}; print('ntpages.errors' in sys.modules)") == "True"
    )


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
