"""The house as its files lay it out: floors, nouns, and the names of rooms."""

from __future__ import annotations

from pathlib import Path

import ntpages

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"
PACKAGE = ROOT / "python" / "ntpages"

NOUNS = sorted(set(ntpages.__all__) - {"__version__", "errors"})


def sources(folder: Path, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in folder.rglob(pattern))


# A noun's stub, or the stubs of its parts; its __init__ says nothing but what parts there are.
TREATY = PACKAGE / "_native"
STUBS = [path for path in sources(TREATY, "*.pyi") if path.stem != "__init__"]


def noun_of_stub(path: Path) -> str:
    return path.relative_to(TREATY).with_suffix("").parts[0]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parts(floor: Path, noun: str, prefix: str = "") -> set[str]:
    """The parts of a noun on a floor: none where the noun is one file there."""
    found = (path for path in (floor / noun).glob(f"{prefix}*") if path.suffix in {".cpp", ".py"})
    return {path.stem.removeprefix(prefix) for path in found} - {"__init__", "conftest"}
