"""Which steps a build needs, and why: what earlier builds left is compared part by part."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlpack.digest import sha256_bytes, value_digest
from mlpack.errors import Problem, Span
from mlpack.plan import Plan
from mlpack.ports import Environment, Prediction
from mlpack.workspace.placing import write_whole

_NAMED = 3


def reasons_to_save(cache: Path, planned: Plan) -> str:
    """Say in words why a package has to be saved: which of its parts moved since the last time."""
    before = _read(_state_path(cache, planned.target))
    if not planned.target.exists():
        return "there is no package yet"
    if not before:
        return "nothing is known of the package's last build"
    moved = _moved(before, planned.pieces)
    if not moved:
        return "the package is not what was built"
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    return ", ".join(moved[:_NAMED]) + more


def remember_pieces(cache: Path, planned: Plan) -> None:
    """Keep what a package was made from, piece by piece, for the next build's reasons."""
    _write(_state_path(cache, planned.target), dict(planned.pieces))


def remembered_proof(cache: Path, key: str) -> Prediction | None:
    """Return the forward pass that these very bytes went through before, in such an environment."""
    found = _read(cache / "proofs" / f"{key}.json")
    try:
        return _prediction(found) if found else None
    except (KeyError, TypeError):
        # Written by another version of mlpack.
        return None


def remember_proof(cache: Path, key: str, prediction: Prediction) -> None:
    """Keep what a forward pass gave."""
    _write(cache / "proofs" / f"{key}.json", asdict(prediction))


def _prediction(kept: Mapping[str, Any]) -> Prediction:
    warnings = [
        Problem(**{**each, "span": each["span"] and Span(**each["span"]), "related": ()})
        for each in kept["warnings"]
    ]
    return Prediction(**{**kept, "warnings": tuple(warnings)})


def proof_key(package: str, planned: Plan, environment: Environment) -> str:
    """Return what decides a forward pass: the package's bytes, how it is run, and where."""
    where = [environment.version, platform.machine(), list(planned.requirements)]
    return value_digest([package, planned.proof, where]).removeprefix("sha256:")


def _moved(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    words = []
    for name in sorted(before.keys() | now.keys()):
        if name not in before:
            words.append(f"{name} is new")
        elif name not in now:
            words.append(f"{name} is gone")
        elif before[name] != now[name]:
            words.append(f"{name} changed")
    return words


def _state_path(cache: Path, target: Path) -> Path:
    name = sha256_bytes(bytes(target)).removeprefix("sha256:")[:32]
    return cache / "builds" / f"{name}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(value, sort_keys=True).encode())
