"""The documentation: every Python example in README.md and docs/ runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

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
