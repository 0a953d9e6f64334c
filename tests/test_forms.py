"""Every form that the schema allows is built: none is documented that nobody has tried.

A form is a key, one of several types, a value of an `enum`, a branch of a `oneOf`, and both values
of a boolean. Forms are looked for in the manifests of ``cases/build``, which ``test_built_cases``
builds. Of uv's long lists of names one of each family is wanted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from jsonschema import Draft7Validator

from mlpack.manifest.document import parse
from tests.conftest import ROOT
from tests.test_built_cases import CASES

SCHEMA = json.loads((ROOT / "schemas/mlpack.schema.json").read_text())
NAMES_OF_UV = ("dependencies.torch_backend =", "dependencies.platforms[] =")
TYPES: dict[str, Any] = {
    "string": str,
    "object": dict,
    "array": list,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}
KINDS = ("input_uri", "dataframe_records", "dataframe_split", "inputs", "file")
ALL: Any = object()


def test_every_form_of_the_schema_is_built() -> None:
    built = {_family(form) for each in _manifests() for form in _forms(SCHEMA, "", each, ())}
    missing = sorted({_family(form) for form in _forms(SCHEMA, "", ALL, ())} - built)
    assert not missing, "no case below tests/cases/build has\n" + "\n".join(missing)


def test_a_form_that_no_case_has_is_named() -> None:
    known = set(_forms(SCHEMA, "", ALL, ()))
    assert {"build.serialization = 'pickle'", "artifact as string", "artifact with uri"} <= known
    given = {"build": {"serialization": "code"}, "artifacts": {"a": {"path": "x"}}}
    found = set(_forms(SCHEMA, "", given, ()))
    assert {"build", "build.serialization = 'code'", "artifact as object"} <= found
    assert "artifact with path" in found
    assert not {"build.serialization = 'pickle'", "artifact with uri"} & found


def test_all_pairs_of_the_large_axes_are_built() -> None:
    points = [_axes(variant) for variant in _variants("pairs")]
    values = [sorted({point[axis] for point in points}) for axis in range(5)]
    assert [len(each) for each in values] == [5, 2, 4, 9, 3]
    for one, other in combinations(range(5), 2):
        wanted = set(product(values[one], values[other]))
        if (one, other) == (0, 2):
            # A URI is text in a column.
            wanted -= {("input_uri", "tensor"), ("input_uri", "tensors")}
        missing = wanted - {(point[one], point[other]) for point in points}
        assert not missing, f"no variant of cases/build/pairs has {sorted(missing)}"


def test_older_lines_build_each_value_and_each_kind_of_inputs_in_code_and_in_pickles() -> None:
    newest = {_axes(variant) for variant in _variants("pairs")}
    lines: dict[str, set[tuple[str, ...]]] = {}
    for variant in _variants("lines"):
        lines.setdefault(str(variant["dependencies"]), set()).add(_axes(variant))
    assert len(lines) == 2
    for line, points in lines.items():
        for axes in ((0,), (1, 2), (3,), (4,)):
            wanted, found = ({tuple(p[a] for a in axes) for p in some} for some in (newest, points))
            assert found == wanted, f"{line} lacks {sorted(wanted - found)}"


def _variants(case: str) -> list[Any]:
    content = parse((CASES / case / "mlpack.yaml").read_text(), file="mlpack.yaml").data
    return list(content["variants"].values())


def _axes(variant: Any) -> tuple[str, ...]:
    example, signature = variant["input_example"], variant["signature"]
    kind = next(kind for kind in KINDS if kind in example)
    first = signature["inputs"][0]
    inputs = ("tensor" if "dtype" in first else "column") + ("s" if "name" in first else "")
    declared = "default" if "params" in signature else "none"
    return (
        kind,
        variant.get("build", {}).get("serialization", "code"),
        inputs,
        variant["model"]["init"]["returns"],
        "given" if "params" in example else declared,
    )


def _manifests() -> Iterator[Any]:
    for path in sorted(CASES.glob("*/mlpack.yaml")):
        yield parse(path.read_text(), file=path.name).data


def _family(form: str) -> str:
    if form.startswith(NAMES_OF_UV):
        return re.sub(r"'(cu|rocm)\d.*'|'\w+-(manylinux)_?\d.*'", r"'\1\2…'", form)
    return form


def _forms(node: Any, at: str, value: Any, seen: tuple[str, ...]) -> Iterator[str]:
    """Yield the forms of a schema's node that a value has, or all that it could have."""
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/definitions/")
        if value is not ALL or name not in seen:
            yield from _forms(SCHEMA["definitions"][name], name, value, (*seen, name))
        return
    yield from _own(node, at, value)
    yield from _alternatives(node, at, value, seen)
    if value is ALL or isinstance(value, dict):
        yield from _keys(node, at, value, seen)
    if "items" in node and (value is ALL or isinstance(value, list)):
        for item in (ALL,) if value is ALL else value:
            yield from _forms(node["items"], f"{at}[]", item, seen)


def _own(node: Any, at: str, value: Any) -> Iterator[str]:
    kinds = node.get("type", ())
    for kind in kinds if isinstance(kinds, list) else ():
        # Python's True is an int, and no number in a manifest.
        fits = isinstance(value, TYPES[kind]) and isinstance(value, bool) == (kind == "boolean")
        if value is ALL or fits:
            yield f"{at} as {kind}"
    for each in node.get("enum", (True, False) if "boolean" in kinds else ()):
        if value is ALL or (value == each and type(value) is type(each)):
            yield f"{at} = {each!r}"


def _alternatives(node: Any, at: str, value: Any, seen: tuple[str, ...]) -> Iterator[str]:
    for branch in _branches(node, value):
        if "$ref" in branch:
            yield from _forms(branch, at, value, seen)
        for each in (*branch.get("oneOf", ()), *branch.get("anyOf", ())):
            if value is ALL or Draft7Validator(each).is_valid(value):
                yield f"{at} with {', '.join(each['required'])}"


def _branches(node: Any, value: Any) -> Iterator[Any]:
    yield node
    for each in (node, *node.get("allOf", ())):
        if "if" in each:
            holds = value is ALL or Draft7Validator(each["if"]).is_valid(value)
            if holds:
                yield each.get("then", {})
            if value is ALL or not holds:
                yield each.get("else", {})


def _keys(node: Any, at: str, value: Any, seen: tuple[str, ...]) -> Iterator[str]:
    own, free = node.get("properties", {}), node.get("additionalProperties")
    for key, inner in own.items():
        if value is ALL or key in value:
            place = f"{at}.{key}".lstrip(".")
            yield place
            yield from _forms(inner, place, ALL if value is ALL else value[key], seen)
    for pattern in node.get("patternProperties", ()):
        if value is ALL or any(re.match(pattern, key) for key in value):
            yield f"{at}.{pattern}".lstrip(".")
    if isinstance(free, dict):
        for item in (ALL,) if value is ALL else [v for k, v in value.items() if k not in own]:
            yield from _forms(free, f"{at}.*".lstrip("."), item, seen)
