"""What is written as a manifest is read back as the same values, by YAML 1.2 and by 1.1."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mlpack.manifest.document import parse
from mlpack.manifest.writing import (
    field_as_written,
    flow_text,
    key_text,
    scalar_text,
    signature_as_written,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
)
KEYS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example("3.10")
@example("no")
@example("1e3")
@example("12:30")
@example("- a")
@example("a: b")
@example("a #b")
@example("~")
@example("")
@example("\u2028\u0085\ufeff😀")
@example({"~": "=", "<<": "0o17", "0x1f": ".5"})
@example(1e-05)
@example(["2026-11-01", "2026-11-01T00:00:00Z", "+1", "_", "a,b", "x]"])
def test_values_come_back(value: Any) -> None:
    text = key_text("key", value)
    assert parse(text, file="mlpack.yaml").data == {"key": value}
    assert yaml.safe_load(text) == {"key": value}


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_mappings_come_back_over_several_lines(value: dict[str, Any]) -> None:
    text = key_text("key", {"inner": value, "long": ["x" * 30] * 4})
    assert parse(text, file="f").data["key"]["inner"] == value


def test_short_mappings_take_one_line() -> None:
    assert key_text("tags", {"team": "cells"}) == "tags: {team: cells}\n"
    assert key_text("model", "model_code.tf:TF") == "model: model_code.tf:TF\n"
    assert flow_text([1, "a b", None, True]) == '[1, "a b", null, true]'


def test_what_yaml_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        scalar_text(b"x")
    with pytest.raises(ValueError):
        scalar_text(float("nan"))


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ({"type": "string", "name": "a", "required": True}, {"name": "a", "type": "string"}),
        (
            {"type": "long", "name": "a", "required": False},
            {"name": "a", "type": "long", "required": False},
        ),
        ({"type": "string", "name": "a"}, {"name": "a", "type": "string"}),
        ({"type": "any", "name": "a"}, {"name": "a", "type": "any", "required": False}),
        (
            {"type": "double", "name": "a", "optional": True},
            {"name": "a", "type": "double", "required": False},
        ),
        (
            {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}},
            {"dtype": "float32", "shape": [-1, 3]},
        ),
        (
            {"name": "p", "dtype": "long", "default": 1, "shape": None},
            {"name": "p", "type": "long", "default": 1},
        ),
        (
            {"name": "p", "type": "object", "default": {"type": "x", "required": True},
             "shape": None, "properties": {"type": {"type": "string", "required": True}}},
            {"name": "p", "type": "object", "default": {"type": "x", "required": True},
             "properties": {"type": {"type": "string"}}},
        ),
        (
            {"type": "array", "name": "a", "required": True,
             "items": {"type": "object", "properties": {"x": {"type": "long", "required": False}}}},
            {"name": "a", "type": "array",
             "items": {"type": "object", "properties": {"x": {"type": "long", "required": False}}}},
        ),
    ],
)  # fmt: skip
def test_fields_of_mlflow_become_fields_of_the_manifest(
    field: dict[str, Any], written: dict[str, Any]
) -> None:
    assert field_as_written(field) == written


def test_empty_sides_are_left_out() -> None:
    signature = {"inputs": [{"type": "string", "required": True}], "outputs": None, "params": []}
    assert signature_as_written(signature) == {"inputs": [{"type": "string"}]}
