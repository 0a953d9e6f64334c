"""Files of tables: TOML and YAML as plain values, and a refusal that names the file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mlpack.core.errors import OutsideError, UsageError
from mlpack.core.loading import load_yaml


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's content. Raises ``UsageError`` where it is none."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    return content


def read_yaml(path: Path) -> Any:
    """Return a YAML file's content. Raises ``UsageError`` where it is none."""
    try:
        return load_yaml(read_text(path).encode())
    except ValueError as error:
        raise UsageError(f"cannot read {path}: {error}") from error


def read_text(path: Path) -> str:
    """Return a string file. Raises ``UsageError`` for what is no UTF-8, ``OutsideError``."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not valid UTF-8") from error
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist") from error
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error


def table(content: Any, *keys: str) -> dict[str, Any]:
    """Return the table at ``keys``, empty where there is none."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}


def listed(content: Any, key: str) -> list[Any]:
    """Return the list at ``key``, empty where there is none."""
    value = content.get(key) if isinstance(content, dict) else None
    return value if isinstance(value, list) else []
