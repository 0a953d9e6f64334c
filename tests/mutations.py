"""Manifests with mistakes: what hypothesis and the fuzzer make out of good ones."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SMALL: dict[str, Any] = {
    "mlpack": 1,
    "name": "demo",
    "version": "1.0",
    "model": {"class": "model_code.model:Model", "init": {"a": 1}},
    "model_config": {"a": 1},
    "artifacts": {"vocab": "a.json", "more": {"path": "b", "fetch": "make b", "size": 3}},
    "signature": {
        "inputs": [
            {"name": "x", "type": "double"},
            {"name": "y", "type": "array", "items": {"type": "long"}, "required": False},
            {"name": "z", "type": "object", "properties": {"q": {"type": "string"}}},
            {"name": "m", "type": "map", "values": {"type": "any"}},
        ],
        "outputs": [{"dtype": "float32", "shape": [-1, 2]}],
        "params": [{"name": "p", "type": "long", "default": 1, "shape": None}],
    },
    "input_example": {"dataframe_records": [{"x": 1.5}], "params": {"p": 2}, "files": ["a"]},
    "python": "3.11",
    "dependencies": {
        "requirements": ["pandas~=2.3"],
        "pyproject": {"extras": ["a"]},
        "platforms": ["linux"],
        "torch_backend": "cpu",
        "allow_sdist": ["x"],
        "exclude_newer": "2026-11-01T00:00:00Z",
    },
    "metadata": {"license": "MIT"},
    "tags": {"a": "b"},
    "variants": {"big": {"tags": {"a": None}, "artifacts": {"vocab": None}}, "small": None},
    "build": {"serialization": "code"},
    "verify": {"timeout": 3.5, "env": {"A": "1"}, "expected_output": {"file": "a.json", "rtol": 0}},
    "x-own": [1],
}
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 1.0, 1.5, -0.0, 1e308, 2**63, 2**31, "", " ", "a", "3.11",
    "3.10\n", "no", "12:30", "1e3", "010", "float32", "int64", "object", "array", "auto", "cu128",
    "a:B", "a.b:C.d", "s.py:N", "x.json", "https://e.org/x", "../a", "/a", "a b", "é", "a\nb",
    "10m", [], [1], ["a"], ["a", "a"], [[1, 2], [3]], [None], {}, {"a": 1}, {"type": "long"},
    {"dtype": "float32", "shape": [0]}, {"name": "x"}, {"path": "a", "uri": "s3://b/c"},
]  # fmt: skip
KEYS = [
    "mlpack", "name", "version", "model", "class", "init", "init_from", "artifacts", "path", "uri",
    "sha256", "size", "fetch", "type", "dtype", "shape", "items", "properties", "values",
    "required", "default", "params", "inputs", "outputs", "input_uri", "dataframe_split", "file",
    "python", "dependencies", "requirements", "variants", "tags", "x-a", "pyhton", "a", "1", "",
]  # fmt: skip


def bases() -> list[dict[str, Any]]:
    """Return good manifests as plain data."""
    paths = [ROOT / "mlpack.example.yaml", *sorted((ROOT / "examples").glob("*/mlpack.yaml"))]
    loaded = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]
    return [SMALL, *loaded]


def mutated(base: Any, random: Random) -> Any:
    """Return ``base`` with one to four random changes; values may be shared."""
    data = copy.deepcopy(base)
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        places = list(_places(data))
        if not places:
            return random.choice(VALUES)
        _change(*random.choice(places), random)
    return data


def _change(owner: Any, key: Any, random: Random) -> None:
    kind = random.randrange(6)
    if kind == 0:
        del owner[key]
    elif kind == 1 and isinstance(owner, dict):
        owner[random.choice(KEYS)] = owner.pop(key)
    elif kind == 2 and isinstance(owner, dict):
        owner[random.choice(KEYS)] = copy.deepcopy(random.choice(VALUES))
    elif kind == 3 and isinstance(owner, list):
        owner.insert(key, copy.deepcopy(owner[key]))
    elif kind == 4 and isinstance(owner[key], str) and owner[key]:
        at = random.randrange(len(owner[key]))
        owner[key] = (
            owner[key][:at] + random.choice(("", "x", ":", " ", "\n")) + owner[key][at + 1 :]
        )
    else:
        owner[key] = copy.deepcopy(random.choice(VALUES))


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    entries: Any = ()
    if isinstance(data, dict):
        entries = data.items()
    elif isinstance(data, list):
        entries = enumerate(data)
    for key, value in entries:
        yield data, key
        yield from _places(value)
