"""Which steps a build needs, and why: what earlier builds left is compared part by part."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlpack.core.digest import sha256_bytes, value_digest
from mlpack.core.errors import Problem, Span
from mlpack.manifest.model import SignatureReference, Variant
from mlpack.package.code import code_folders
from mlpack.package.record import record_path
from mlpack.ports import Environment, Prediction
from mlpack.ports.plan import Plan
from mlpack.storage.atomic import write_whole
from mlpack.storage.stat import tree_paths
from mlpack.workflow.build.plan import Work

_NAMED = 3


def reasons_to_save(cache: Path, planned: Plan) -> str:
    """Say in words why a package has to be saved: which of its parts moved since the last time."""
    before = _read(_state_path(cache, planned.target))
    if not planned.target.exists():
        return "no package yet"
    if not before:
        return "no record of the package's last build"
    moved = _moved(before, planned.pieces)
    if not moved:
        return "the package was modified after it was built"
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


def watched(work: Work) -> set[str]:
    """Return every file and folder that decides whether a package is up to date."""
    variant, planned = work.planned.variant, work.planned
    trees = [planned.target, *(variant.root / path for path in planned.artifacts.values())]
    trees += [variant.root / path for path in variant.input_example.files]
    return tree_paths(trees) | {str(path) for path in _files(work, variant)}


def _files(work: Work, variant: Variant) -> Iterator[Path]:
    planned, root = work.planned, variant.root
    yield from (work.manifest.path, work.manifest.lock_path, record_path(planned.target))
    yield from (root / path for path in work.files)
    config = variant.document.data.get("model_config")
    if isinstance(config, str):
        yield root / config
    if isinstance(variant.signature, SignatureReference):
        yield root / variant.signature.path
    if variant.verify.expected_output is not None:
        yield root / variant.verify.expected_output.file
    if variant.input_example.kind == "file":
        yield root / str(variant.input_example.value)
    yield from (file.source for file in planned.code)
    yield from (wheel.path for wheel in planned.wheels)
    # A file that is added shows in its folder.
    yield from code_folders(
        root, variant.code_paths, variant.code_exclude, outputs=planned.output_folders
    )
