"""The signature: what goes in, what comes out, and the params."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from mlpack.core.errors import Problem
from mlpack.manifest.document import join
from mlpack.manifest.fields import Column, Param, Signature, SignatureReference, Tensor
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.rules.values import ValueMisfit, misfits
from mlpack.manifest.schema.traps import number_trap
from mlpack.manifest.view import View

SIDES = ("inputs", "outputs")
# Inside arrays, objects and maps MLflow casts nothing, on any line: JSON's integers are long, its
# numbers double, and text stays text.
_IN_PLACE_OF = {
    "integer": "Use `long`.",
    "float": "Use `double`.",
    "binary": "Use `string`, and decode it in `predict`.",
    "datetime": "Use `string`, and parse it in `predict`.",
}


def parse(view: View) -> Signature | SignatureReference | None:
    """Return the signature, its reference, or ``None`` where the manifest gives none."""
    written = view.keys.get("signature")
    if written is None:
        return None
    if isinstance(written, str):
        path, _, name = written.rpartition(":")
        return SignatureReference(path=PurePosixPath(path), name=name)
    return Signature(
        inputs=_fields(written["inputs"]),
        outputs=_fields(written.get("outputs", ())),
        params=tuple(_param(param) for param in written.get("params", ())),
    )


def _fields(written: Sequence[Mapping[str, Any]]) -> tuple[Column, ...] | tuple[Tensor, ...]:
    if _is_tensor(written[0]) if written else False:
        return tuple(
            Tensor(name=field.get("name"), dtype=field["dtype"], shape=tuple(field["shape"]))
            for field in written
        )
    return tuple(
        Column(name=field.get("name"), type=_type(field), required=field.get("required", True))
        for field in written
    )


def _param(written: Mapping[str, Any]) -> Param:
    shape = written.get("shape")
    return Param(
        name=written["name"],
        type=_type(written),
        default=written["default"],
        shape=None if shape is None else tuple(shape),
    )


def _type(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return MLflow's JSON form, ``required`` always written out."""
    kind: dict[str, Any] = {"type": written["type"]}
    if "items" in written:
        kind["items"] = _type(written["items"])
    if "values" in written:
        kind["values"] = _type(written["values"])
    if "properties" in written:
        kind["properties"] = {
            name: {**_type(child), "required": child.get("required", True)}
            for name, child in written["properties"].items()
        }
    return kind


def _is_tensor(field: Mapping[str, Any]) -> bool:
    return "dtype" in field


def check(view: View) -> Iterator[Problem]:
    """Yield what MLflow would refuse, or let pass and stumble over later."""
    own = view.saved is None or view.document.place("/signature") != view.document.place(
        "/model/saved"
    )
    for problem in _check(view):
        hint = problem.hint if own else f"State the `signature` in the manifest. {problem.hint}"
        yield replace(problem, hint=hint)


def _check(view: View) -> Iterator[Problem]:
    written = view.keys.get("signature")
    if isinstance(written, str):
        yield from check_path(view, written.rpartition(":")[0], "/signature", kind="file")
    elif written is not None:
        yield from check_fields(view)
        yield from _unservable(view, written)
        params = written.get("params", ())
        yield from _repeated_names(view, params, "/signature/params")
        for index, param in enumerate(params):
            yield from _check_default(view, _param(param), join("/signature/params", index))


def check_fields(view: View) -> Iterator[Problem]:
    """Yield what is wrong between the fields of a side of a written signature."""
    for side in SIDES:
        fields = view.keys["signature"].get(side, ())
        yield from _mixtures(view, fields, f"/signature/{side}")
        yield from _repeated_names(view, fields, f"/signature/{side}")


def _mixtures(view: View, fields: Sequence[Mapping[str, Any]], at: str) -> Iterator[Problem]:
    first = fields[0] if fields else {}
    for index, field in enumerate(fields):
        place = join(at, index)
        if _is_tensor(field) != _is_tensor(first):
            message = "Columns and tensors cannot be mixed on one side of a signature"
            hint = "Give all of them a `type`, or all of them `dtype` and `shape`."
            yield view.problem("mixed-signature", message, at=place, hint=hint)
        elif ("name" in field) != ("name" in first):
            message = "Named and unnamed fields cannot be mixed on one side of a signature"
            yield view.problem(
                "mixed-signature", message, at=place, hint="Give all of them a name."
            )
        elif index and _is_tensor(field) and "name" not in field:
            message = "Only a single tensor can be unnamed"
            yield view.problem(
                "mixed-signature", message, at=place, hint="Give all of them a name."
            )
        elif "name" not in field and field.get("required") is False:
            message = "An unnamed column cannot be optional"
            hint = "Give the columns names, or make them required."
            yield view.problem("mixed-signature", message, at=f"{place}/required", hint=hint)


def _repeated_names(view: View, fields: Sequence[Mapping[str, Any]], at: str) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for index, field in enumerate(fields):
        place = join(at, index, "name")
        name = field.get("name")
        if name in first:
            related = view.related("first defined here", first[name])
            message = f"The name `{name}` is defined twice"
            hint = "Rename or remove one of the two."
            yield view.problem("duplicate-name", message, at=place, hint=hint, related=related)
        elif name is not None:
            first[name] = place


def _unservable(view: View, written: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the types of which no value comes from JSON, or becomes JSON, in MLflow's server."""
    for side in ("inputs", "params"):
        for index, field in enumerate(written.get(side, ())):
            yield from _unservable_inside(view, field, join("/signature", side, index))
    for index, field in enumerate(written.get("outputs", ())):
        if field.get("dtype", "").startswith("complex"):
            yield view.problem(
                "unservable-type",
                f"MLflow's server cannot return {field['dtype']}, which JSON cannot represent",
                at=join("/signature/outputs", index, "dtype"),
                hint="Return the real and the imaginary parts as two tensors of floats.",
            )


def _unservable_inside(view: View, kind: Mapping[str, Any], at: str) -> Iterator[Problem]:
    for place, child in _inside(kind, at):
        if child["type"] in _IN_PLACE_OF:
            yield view.problem(
                "unservable-type",
                f"MLflow's server accepts no `{child['type']}` in an array, object, or map",
                at=f"{place}/type",
                hint=_IN_PLACE_OF[child["type"]],
            )
        yield from _unservable_inside(view, child, place)


def _inside(kind: Mapping[str, Any], at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key in ("items", "values"):
        if key in kind:
            yield join(at, key), kind[key]
    for name, child in kind.get("properties", {}).items():
        yield join(at, "properties", name), child


def _check_default(view: View, param: Param, at: str) -> Iterator[Problem]:
    if param.shape is not None and param.type["type"] == "object":
        message = f"`{param.name}` is a list of objects, which MLflow does not support as a param"
        hint = "Remove `shape`, or put the list inside the object."
        yield view.problem("bad-value", message, at=f"{at}/shape", hint=hint)
        return
    for place, sentence in param_misfits(param, param.default, f"{at}/default"):
        message = f"The default of `{param.name}` {sentence}"
        yield view.problem("bad-default", message, at=place, hint=_hint(param, view, place))


def _hint(param: Param, view: View, place: str) -> str:
    if isinstance(param.default, list) and param.shape is None:
        return "Add `shape: [-1]` for a list."
    source = view.document.source(place)
    if param.type["type"] == "string" and source and param.default is not None:
        return f'Quote it: "{source}".'
    if param.type["type"] in ("integer", "long") and (trap := number_trap(param.default, source)):
        return trap
    return "Use a default of the param's type."


def param_misfits(param: Param, value: Any, at: str) -> Iterator[ValueMisfit]:
    """Yield where ``value`` cannot be the param's, as MLflow judges it."""
    if param.shape is not None:
        # MLflow takes no null for a list.
        yield from misfits(value, {"type": "array", "items": param.type}, at, exact=True)
    elif value is not None or param.type["type"] in ("datetime", "object"):
        # MLflow fails to save these two without a value.
        yield from misfits(value, param.type, at, exact=True)
