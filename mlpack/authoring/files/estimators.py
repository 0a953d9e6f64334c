"""A fitted estimator in a pickle: what it was fitted on, and what it predicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mlpack.authoring.files.arrays import Array, array_of
from mlpack.authoring.files.model import Column, Fields, Tensor
from mlpack.authoring.files.pickled import Made

_TYPES = {"U": "string", "O": "string", "S": "string", "i": "long", "u": "long", "b": "boolean"}
_CLUSTERS = frozenset(("cluster", "mixture", "_hdbscan"))
_TRANSFORMS = frozenset(
    ("compose", "cross_decomposition", "decomposition", "feature_extraction", "feature_selection",
     "impute", "kernel_approximation", "manifold", "preprocessing", "random_projection")
)  # fmt: skip
_DENSE = frozenset(("decomposition", "manifold", "kernel_approximation"))
_DIGITS = 4


def shown_kind(made: Made) -> str:
    """Return what an estimator is: its class, of a pipeline the classes of its steps."""
    name = made.type.name if made.type else "object"
    steps = [each.type.name for each in steps_of(made) if each.type]
    if len(steps) < 2 or name != "Pipeline":
        return name
    return f"Pipeline of {', '.join(steps[:-1])} and {steps[-1]}"


def steps_of(made: Made) -> list[Made]:
    """Return the steps of a pipeline, or the estimator itself; a search is the best it found."""
    made = _best(made)
    steps = made.attributes.get("steps")
    if not isinstance(steps, list):
        return [made]
    found = [step[1] for step in steps if isinstance(step, tuple) and len(step) == 2]
    return [_best(each) for each in found if isinstance(each, Made)] or [made]


def _best(made: Made) -> Made:
    for key in ("best_estimator_", "regressor_"):
        best = made.attributes.get(key)
        if isinstance(best, Made):
            return best
    return made


def inputs_of(made: Made) -> Fields:
    """Return columns where the estimator was fitted on a table, else the array's width."""
    first = steps_of(made)[0]
    if _module(first) == "feature_extraction" and "text" in str(first.type):
        return (Column(name="text", type="string", example="a few words"),)
    names = names_of(made) or names_of(first)
    if names:
        known = {each.name: each for each in _typed(steps_of(made), names)}
        return tuple(known.get(name, Column(name=name)) for name in names)
    width = _width(made) or _width(first)
    return (Tensor(dtype="float64", shape=(-1, width)),) if width else ()


def names_of(made: Made) -> tuple[str, ...]:
    """Return the names of the columns that one estimator was fitted on, if it has any."""
    for key in ("feature_names_in_", "_feature_name"):
        value = made.attributes.get(key)
        array = array_of(value)
        names: Sequence[Any] = (array and array.values) or (
            value if isinstance(value, list) else ()
        )
        if names and all(isinstance(name, str) for name in names):
            return tuple(names)
    return ()


def _width(made: Made) -> int | None:
    for key in ("n_features_in_", "_n_features_in", "_n_features"):
        width = made.attributes.get(key)
        if isinstance(width, int) and width > 0:
            return width
    return None


def _typed(steps: list[Made], names: Sequence[str]) -> Iterator[Column]:
    """Yield the columns of which a fitted step tells the type or a usual value."""
    first = steps[0]
    fitted = first.attributes.get("transformers_")
    if not isinstance(fitted, list):
        yield from _columns(steps, names)
        return
    for each in fitted:
        if isinstance(each, tuple) and len(each) == 3 and isinstance(each[1], Made):
            yield from _columns(steps_of(each[1]), _chosen(each[2], names))


def _chosen(value: Any, names: Sequence[str]) -> list[str]:
    array = array_of(value)
    if array is not None:
        value = list(array.values or ())
    listed = value if isinstance(value, (list, tuple)) else [value]
    found = [names[each] if _is_index(each, names) else each for each in listed]
    return [each for each in found if isinstance(each, str)]


def _is_index(value: Any, names: Sequence[str]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -1 < value < len(names)


def _columns(steps: list[Made], names: Sequence[str]) -> Iterator[Column]:
    """Yield ``names`` with the types of categories, or the middle of what was seen."""
    first = steps[0]
    if _module(first) == "feature_extraction":
        yield from (Column(name=name, type="string", example="a few words") for name in names)
        return
    for step in steps:
        categories = step.attributes.get("categories_")
        if isinstance(categories, list) and len(categories) == len(names):
            for name, each in zip(names, categories, strict=True):
                yield _categorical(name, array_of(each))
            return
    for key in ("mean_", "statistics_", "center_", "data_min_"):
        seen = array_of(first.attributes.get(key))
        if seen is not None and seen.values and len(seen.values) == len(names):
            yield from (_usual(name, value) for name, value in zip(names, seen.values, strict=True))
            return


def _categorical(name: str, seen: Array | None) -> Column:
    values = [each for each in (seen.values if seen else None) or () if each is not None]
    if not values:
        return Column(name=name, type="string", example="a")
    first = values[0]
    if isinstance(first, bool):
        return Column(name=name, type="boolean", example=first)
    if isinstance(first, int):
        return Column(name=name, type="long", example=first)
    if isinstance(first, float):
        return Column(name=name, example=first if first == first else 1.0)
    return Column(name=name, type="string", example=str(first))


def _usual(name: str, value: Any) -> Column:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300:
        return Column(name=name, example=float(f"{value:.{_DIGITS}g}"))
    return (
        Column(name=name, type="string", example=value)
        if isinstance(value, str)
        else Column(name=name)
    )


def method_of(made: Made) -> str | None:
    """Return ``predict``, or ``transform`` for what only transforms; ``None`` if it has neither."""
    final = steps_of(made)[-1]
    if _module(final) == "_hdbscan" or (final.type and final.type.name in ("DBSCAN", "OPTICS")):
        return None
    return "transform" if _module(final) in _TRANSFORMS else "predict"


def outputs_of(made: Made) -> Fields:
    """Return one column ``prediction``, a tensor for several outputs, or nothing if untold."""
    final = steps_of(made)[-1]
    if method_of(made) != "predict":
        dense = _module(final) in _DENSE
        return (Tensor(dtype="float64", shape=(-1, -1)),) if dense else ()
    classes = final.attributes.get("classes_", final.attributes.get("_classes"))
    array = array_of(classes)
    name = final.type.name if final.type else ""
    if array is not None:
        return (Column(name="prediction", type=_TYPES.get(array.kind, "double")),)
    if name.startswith("XGB"):
        return (Column(name="prediction", type="long" if name.endswith("Classifier") else "float"),)
    if isinstance(classes, list) or name.endswith("Classifier"):
        return ()
    if _module(final) in _CLUSTERS or name in (
        "IsolationForest",
        "OneClassSVM",
        "EllipticEnvelope",
    ):
        return (Column(name="prediction", type="long"),)
    width = _output_width(final)
    return (Tensor(dtype="float64", shape=(-1, width)),) if width else (Column(name="prediction"),)


def _output_width(final: Made) -> int | None:
    """Return the number of outputs where a regressor was fitted on a table of them."""
    count = final.attributes.get("n_outputs_")
    if isinstance(count, int) and count > 1:
        return count
    weights = array_of(final.attributes.get("coef_"))
    linear = _module(final) == "linear_model"
    return weights.shape[0] if linear and weights is not None and len(weights.shape) == 2 else None


def _module(made: Made) -> str:
    """Return the part of scikit-learn that a class is from."""
    parts = made.type.module.split(".") if made.type else []
    return parts[1] if len(parts) > 1 and parts[0] == "sklearn" else ""
