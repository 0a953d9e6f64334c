"""Structures compared by key, and files of structures read safely."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpack.core.loading import load_json, load_mlmodel, load_yaml
from mlpack.package.comparison.structures import compare_structures, same

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", "", "é"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=12,
)


def found(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
    return [(c.key, c.change, c.before, c.after) for c in compare_structures(before, after)]


def test_values_are_named_by_their_keys() -> None:
    before = {"a": {"b": 1, "gone": [1]}, "same": [1, {"x": 2}]}
    after = {"a": {"b": 2, "come": None}, "same": [1, {"x": 2}]}
    assert found(before, after) == [
        ("a.b", "changed", 1, 2),
        ("a.come", "added", None, None),
        ("a.gone", "removed", [1], None),
    ]


def test_columns_are_compared_by_name() -> None:
    before = [{"name": "x", "type": "double"}, {"name": "y", "type": "long"}]
    after = [{"name": "z", "type": "long"}, {"name": "x", "type": "float"}]
    assert found({"inputs": before}, {"inputs": after}) == [
        ("inputs[x].type", "changed", "double", "float"),
        ("inputs[y]", "removed", before[1], None),
        ("inputs[z]", "added", None, after[0]),
    ]
    assert found({"inputs": before}, {"inputs": before[::-1]}) == [
        ("order of inputs", "changed", ["x", "y"], ["y", "x"])
    ]


def test_an_item_put_into_a_list_is_the_only_difference() -> None:
    before = [f"item {n}" for n in range(20)]
    assert found(before, [*before[:7], "new", *before[7:]]) == [("[7]", "added", None, "new")]
    assert found(before, before[:3] + before[4:]) == [("[3]", "removed", "item 3", None)]


def test_long_lists_are_compared_in_time() -> None:
    before: list[Any] = [[n, n + 0.5] for n in range(20_000)]
    started = time.monotonic()
    assert found(before, [[-1], *before[1:-1], [0]])[-1][0].startswith("[19999]")
    assert time.monotonic() - started < 10


def test_a_number_is_neither_another_type_nor_a_truth() -> None:
    assert not same(1, True) and not same(1, 1.0) and not same("1", 1) and same(1.0, 1.0)
    assert found({"a": False}, {"a": 0}) == [("a", "changed", False, 0)]


def test_odd_keys_are_quoted() -> None:
    assert found({"a.b": 1, "": 1}, {"a.b": 2, "": 2})[1][0] == "'a.b'"
    assert found({"": 1}, {"": 2})[0][0] == "''"


@given(VALUES, VALUES)
def test_nothing_is_found_exactly_when_they_are_the_same(before: Any, after: Any) -> None:
    assert (not found({"v": before}, {"v": after})) == same(before, after)


def test_the_signature_is_taken_out_of_its_text() -> None:
    value = load_mlmodel(b"signature: {inputs: '[{\"name\": \"x\"}]', outputs: '{', params: null}")
    assert value == {"signature": {"inputs": [{"name": "x"}], "outputs": "{", "params": None}}


def test_values_are_such_as_json_holds() -> None:
    value = load_yaml(b"{when: 2020-01-02, what: !!binary aGk=, 3: .nan, set: !!set {a}}")
    assert value == {"when": "2020-01-02", "what": "b'hi'", "3": "nan", "set": ["a"]}
    assert load_json(b'{"a": NaN, "b": "\\ud800"}') == {"a": "nan", "b": "\\ud800"}


BOMB = b"a: &a [1,1]\n" + b"".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n".encode()
    for n in range(20)
)


@pytest.mark.parametrize(
    "content", [b"[" * 60_000, BOMB, b"a: [", b"\xff\xfe\xfd", b"!!python/object:os.system {}"]
)
def test_what_would_hurt_or_is_no_yaml_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        load_yaml(content)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{", b"\xff"])
def test_what_would_hurt_or_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        load_json(content)
