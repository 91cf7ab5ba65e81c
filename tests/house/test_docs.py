"""The documentation: every Python example in README.md and docs/ runs, every file is there."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from house.through import through

if TYPE_CHECKING:
    from ntlab import Lab

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# An example that needs a modelled kernel says so in a comment above it:
#   <!-- lab: MODEL... [hold=PRIVILEGE] -->
EXAMPLE = re.compile(
    r"(?:<!-- lab: (?P<models>[^>]*) -->\n)?```python\n(?P<code>.*?)```", re.DOTALL
)


def examples() -> list[object]:
    return [
        pytest.param(match["code"], match["models"], id=f"{page.relative_to(ROOT).as_posix()}-{n}")
        for page in PAGES
        for n, match in enumerate(EXAMPLE.finditer(page.read_text(encoding="utf-8")))
    ]


@pytest.mark.lab
@pytest.mark.parametrize(("code", "models"), examples())
def test_every_example_runs(lab: Lab, code: str, models: str | None) -> None:
    doors: dict[str, Any] = {}
    for word in (models or "").split():
        if word.startswith("hold="):
            doors["privileges"].hold(word.removeprefix("hold="))
        else:
            doors[word] = lab.model(word)
    exec(compile(code, "<example>", "exec"), {"__name__": "example"})


# A file or a folder of ours that a page sends its reader to, perhaps a test in it after two colons.
# A word in angle brackets stands for any.
NAMED = re.compile(r"`(?P<file>(?:bench|docs|native|python|tests)/[\w./<>-]+)(?:::(?P<test>\w+))?`")


@through(page=[*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "tests" / "ntlab" / "README.md"])
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    missing = []
    for named in NAMED.finditer(page.read_text(encoding="utf-8")):
        files = list(ROOT.glob(re.sub("<.*?>", "*", named["file"])))
        if not files or (
            named["test"] and f"def {named['test']}(" not in files[0].read_text(encoding="utf-8")
        ):
            missing.append(named[0])
    assert missing == []


def test_what_ntpages_needs_is_what_the_readme_says() -> None:
    about = metadata.metadata("ntpages")
    needed = [each for each in metadata.requires("ntpages") or () if "extra ==" not in each]
    packages = {re.split(r"[<>=;]", each)[0].strip() for each in needed}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [said] = re.findall(r"- \*\*Self-contained\*\*:(.*?)\n[\n-]", readme, re.DOTALL)
    assert f"Python {about['Requires-Python'].removeprefix('>=')} or later" in said
    assert all(package in said for package in packages)


@through(
    page=[
        *PAGES,
        *(ROOT / each for each in ("CONTRIBUTING.md", "bench/README.md", "tests/ntlab/README.md")),
    ]
)
def test_what_is_to_be_typed_in_a_checkout_works_on_any_machine(page: Path) -> None:
    """Debian has no ``python``."""
    assert "python dev.py" not in page.read_text(encoding="utf-8")
