"""The fast path and jsonschema, the authority, never disagree."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from jsonschema.validators import extend

from mlpack.manifest.document import Document
from mlpack.manifest.schema import check, load
from mlpack.manifest.schema.fast import is_valid
from tests.mutations import KEYS, VALUES, bases, mutated

SCHEMA = load()
BASES = bases()
# Draft-07 takes 1.0 for an integer; MLflow does not.
STRICT = extend(
    Draft7Validator,
    type_checker=Draft7Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)(SCHEMA)

scalars = st.sampled_from(VALUES) | st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
mutants = st.builds(mutated, st.sampled_from(BASES), st.randoms(use_true_random=False))


def _agree(data: Any) -> bool:
    expected = STRICT.is_valid(data)
    assert is_valid(data, SCHEMA, SCHEMA) == expected
    # What is invalid is also said: a finding, not silence.
    document = Document(file="mlpack.yaml", text="", data=data, places={})
    assert bool(check(document)) == (not expected)
    return expected


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.get("name"))
def test_both_take_good_manifests(base: dict[str, Any]) -> None:
    assert _agree(base)


@settings(max_examples=600, deadline=None)
@given(mutants)
def test_both_judge_a_manifest_with_mistakes_alike(data: Any) -> None:
    _agree(data)


@settings(max_examples=300, deadline=None)
@given(values)
def test_both_judge_anything_else_alike(data: Any) -> None:
    _agree(data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SCHEMA["definitions"])), values)
def test_both_judge_each_part_alike(name: str, data: Any) -> None:
    part = SCHEMA["definitions"][name]
    assert is_valid(data, part, SCHEMA) == STRICT.evolve(schema=part).is_valid(data)


def test_the_mutations_leave_some_manifests_good_and_break_the_others() -> None:
    judged = [STRICT.is_valid(mutated(base, Random(i))) for base in BASES for i in range(40)]
    assert 0.1 < sum(judged) / len(judged) < 0.9
