"""Every key tells an editor what it is, with an example and something to insert."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from mlpack.manifest.rules import build_and_verify
from mlpack.manifest.schema import load
from tests.conftest import ROOT

SCHEMA = load()
STORE = ROOT / "schemas" / "store"
Described = tuple[str, dict[str, Any]]


def _keys(owner: dict[str, Any], path: str) -> Iterator[Described]:
    for name, known in owner.get("properties", {}).items():
        if "$ref" not in known:
            yield f"{path}.{name}", known
            yield from _keys(known, f"{path}.{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(owner.get(name), dict):
            yield from _keys(owner[name], f"{path}[]")


def _all() -> list[Described]:
    found = list(_keys(SCHEMA, ""))
    for name, known in SCHEMA["definitions"].items():
        found += [(f"#{name}", known), *_keys(known, f"#{name}")]
    return found


ALL = _all()


@pytest.mark.parametrize(("path", "known"), ALL, ids=[path for path, _ in ALL])
def test_a_key_is_described(path: str, known: dict[str, Any]) -> None:
    for name in ("title", "description", "markdownDescription", "examples", "defaultSnippets"):
        assert known.get(name), f"{path} has no {name}"
    assert known["description"].endswith(".")
    assert all(snippet["label"] and "body" in snippet for snippet in known["defaultSnippets"])


@pytest.mark.parametrize(("path", "known"), ALL, ids=[path for path, _ in ALL])
def test_its_examples_and_default_are_valid(path: str, known: dict[str, Any]) -> None:
    judge = Draft7Validator({**known, "definitions": SCHEMA["definitions"]})
    for example in [*known["examples"], *([known["default"]] if "default" in known else [])]:
        assert [error.message for error in judge.iter_errors(example)] == [], path


def test_there_are_as_many_keys_as_the_format_has() -> None:
    assert len(ALL) > 90


def test_the_stated_defaults_are_the_real_ones() -> None:
    build, verify = (SCHEMA["definitions"][name]["properties"] for name in ("build", "verify"))
    expected = verify["expected_output"]["properties"]
    assert build["output"]["default"] == build_and_verify.DEFAULT_OUTPUT
    assert build["serialization"]["default"] == build_and_verify.DEFAULT_SERIALIZATION
    assert verify["timeout"]["default"] == build_and_verify.DEFAULT_TIMEOUT
    assert expected["rtol"]["default"] == build_and_verify.DEFAULT_RTOL
    assert expected["atol"]["default"] == build_and_verify.DEFAULT_ATOL


def test_the_schema_is_valid_itself() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert SCHEMA["$id"].endswith("/mlpack-1.json")


@pytest.mark.parametrize(
    "path", sorted((STORE / "test" / "mlpack-1").iterdir()), ids=lambda path: path.name
)
def test_the_stores_positive_files_are_valid(path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(SCHEMA).iter_errors(data)] == []


@pytest.mark.parametrize(
    "path", sorted((STORE / "negative_test" / "mlpack-1").iterdir()), ids=lambda path: path.name
)
def test_the_stores_negative_files_are_not(path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert not Draft7Validator(SCHEMA).is_valid(data)


def test_the_stores_catalog_names_our_files_and_version() -> None:
    (entry,) = json.loads((STORE / "catalog.json").read_text(encoding="utf-8"))["schemas"]
    assert entry["fileMatch"] == ["mlpack.yaml", "*.mlpack.yaml"]
    assert entry["url"] == SCHEMA["$id"] == entry["versions"]["1"]


def test_the_store_is_told_which_keywords_are_an_editors() -> None:
    validation = json.loads((STORE / "schema-validation.json").read_text(encoding="utf-8"))
    named = validation["options"]["mlpack-1.json"]["unknownKeywords"]
    used = {word for word in _words(SCHEMA) if word in named}
    assert used == set(named) == {"defaultSnippets", "markdownDescription", "patternErrorMessage"}


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
