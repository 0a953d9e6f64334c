"""Where the schema file lies: in the installed package, or beside it in the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE_NAME = "mlpack.schema.json"


def locate(package: Path) -> Path:
    """Return the schema file that belongs to the package in the folder ``package``.

    A wheel carries it inside; an editable install finds it in the repository.
    """
    inside = package / "schemas" / FILE_NAME
    return inside if inside.is_file() else package.parent / "schemas" / FILE_NAME


def text() -> str:
    """Return the schema as it is published."""
    return locate(Path(__file__).parents[2]).read_text(encoding="utf-8")


def load() -> dict[str, Any]:
    """Return the schema, parsed."""
    schema: dict[str, Any] = json.loads(text())
    return schema


def platform_names() -> tuple[str, ...]:
    """Return uv's names of platforms, as `dependencies.platforms` takes them."""
    dependencies = load()["definitions"]["dependencies"]["properties"]
    return tuple(dependencies["platforms"]["items"]["enum"])
