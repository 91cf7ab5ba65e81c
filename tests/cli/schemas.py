"""The schemas of documents in docs/schemas, and what does not fit them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from cli.commands import every_command

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


@cache
def every_schema() -> dict[str, Any]:
    """The schemas by the names of their files, without the ending."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
    }


@cache
def _validator(name: str) -> Draft202012Validator:
    resources = {
        f"{each}.json": Resource.from_contents(schema) for each, schema in every_schema().items()
    }
    registry: Registry[Any] = Registry().with_resources(resources.items())
    return Draft202012Validator({"$ref": f"{name}.json"}, registry=registry)


def name_of(command: str) -> str:
    """The schema of what a command prints."""
    return command.replace(" ", "-")


def misfits(name: str, document: object) -> list[str]:
    """What of a document is not as its schema has it; nothing where all is well."""
    return [f"{each.json_path}: {each.message}" for each in _validator(name).iter_errors(document)]


def check(arguments: Sequence[str], document: Any) -> None:
    """Hold what a command has printed against its schema, or against that of what goes wrong."""
    command = max(
        (each for each in every_command() if each.split() == [*arguments[: len(each.split())]]),
        key=len,
    )
    name = "error" if "error" in document else name_of(command)
    assert misfits(name, document) == []
