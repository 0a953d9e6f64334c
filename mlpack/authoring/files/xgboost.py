"""XGBoost's JSON and UBJSON: version, features and objective; the trees are passed over."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.model import Code, Column, Fields, ModelFile, Need, Tensor
from mlpack.authoring.files.phrases import coded_categories, prediction_table
from mlpack.authoring.files.streams import CutError, EnoughError, open_stream
from mlpack.authoring.files.ubjson import UbjReader
from mlpack.authoring.files.versions import compatible, numbers

_TYPES = {"float": "double", "q": "double", "int": "long", "i": "boolean", "c": "string"}
_EXAMPLES: dict[str, Any] = {"long": 1, "boolean": True, "string": "a"}
_WANTED = frozenset(
    ("attributes", "feature_names", "feature_types", "learner_model_param", "objective", "version")
)
_MOST_JSON = 1 << 31
_LONGEST = 1 << 24
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_NUMPY_2 = (2, 1)


def read_xgboost(path: Path, file: BinaryIO) -> ModelFile:
    """Tell the version that saved the model, the features, and what the objective predicts."""
    head = file.read(64)
    file.seek(0)
    if re.match(rb"\s*\{\s*\"", head):
        learner, version = _from_json(file)
    else:
        learner, version = _from_ubjson(path, file)
    objective = _text(learner.get("objective"), "name")
    inputs = _inputs(learner)
    outputs = _outputs(objective, learner)
    coded = any(each == "c" for each in learner.get("feature_types") or ())
    return ModelFile(
        says=f"XGBoost {version or ''} wrote {path.name}, with the objective {objective}.",
        framework="XGBoost",
        version=version,
        code=_code(learner, inputs, outputs),
        needs=tuple(_needs(version)),
        inputs=inputs,
        outputs=outputs,
        input_todo="categorical columns must have the categories of the training."
        if coded
        else None,
    )


def _needs(version: str | None) -> Iterator[Need]:
    yield Need(
        requirement=compatible("xgboost", version),
        comment=f"XGBoost {version} wrote the file" if version else "",
    )
    if version is not None and numbers(version) < _NUMPY_2:
        yield Need(requirement="numpy<2", comment=f"XGBoost {version} needs NumPy 1")


def _from_ubjson(path: Path, file: BinaryIO) -> tuple[dict[str, Any], str | None]:
    try:
        whole = UbjReader(open_stream(path, file)).value()
    except EnoughError as error:
        raise CutError("it has too many trees to be read") from error
    if isinstance(whole, dict):
        # A pickled booster has its settings beside the model.
        whole = whole.get("Model", whole)
    if not isinstance(whole, dict) or not isinstance(whole.get("learner"), dict):
        raise CutError("it is not a model that XGBoost saved as JSON or UBJSON")
    return whole["learner"], _version(whole.get("version"))


def _from_json(file: BinaryIO) -> tuple[dict[str, Any], str | None]:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if len(content) > _MOST_JSON:
            raise CutError("it is larger than 2 GB")
        found = dict(_values(content))
    if "learner_model_param" not in found:
        raise CutError("it is not a model that XGBoost saved, or is cut short")
    return found, _version(found.get("version"))


def _values(content: mmap.mmap) -> Iterator[tuple[str, Any]]:
    """Yield the wanted keys of the two outer levels; the brackets of all else are counted."""
    depth, key = 0, b""
    end = 0
    for token in _TOKEN.finditer(content):
        if token.start() < end:
            continue
        text = token[0]
        name = key[1:-1].decode("utf-8", "replace")
        if text in b"[{" and depth in (1, 2) and name in _WANTED:
            end = _end_of(content, token.start())
            try:
                yield name, json.loads(content[token.start() : end])
            except (ValueError, RecursionError) as error:
                raise CutError("it is not JSON") from error
            key = b""
        elif text in b"[{":
            depth, key = depth + 1, b""
        elif text in b"]}":
            depth -= 1
        else:
            key = text if content[token.end() : token.end() + 2].lstrip()[:1] == b":" else b""


def _end_of(content: mmap.mmap, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(content, start, min(len(content), start + _LONGEST)):
        depth += (token[0] in b"[{") - (token[0] in b"]}")
        if depth == 0:
            return token.end()
    raise CutError("it is cut short")


def _version(value: Any) -> str | None:
    is_version = isinstance(value, list) and all(isinstance(n, int) for n in value) and value
    return ".".join(map(str, value)) if is_version else None


def _text(value: Any, key: str) -> str:
    return str(value.get(key, "")) if isinstance(value, dict) else ""


def _count(learner: dict[str, Any], key: str) -> int:
    text = _text(learner.get("learner_model_param"), key)
    return int(text) if text.isdigit() and len(text) < 10 else 0


def _inputs(learner: dict[str, Any]) -> Fields:
    names, kinds = learner.get("feature_names") or [], learner.get("feature_types") or []
    if not names:
        width = _count(learner, "num_feature")
        return (Tensor(dtype="float64", shape=(-1, width)),) if width else ()
    types = [_TYPES.get(str(kind), "double") for kind in kinds] or ["double"] * len(names)
    pairs = zip(map(str, names), types, strict=False)
    return tuple(Column(name=n, type=t, example=_EXAMPLES.get(t, 1.0)) for n, t in pairs)


def _outputs(objective: str, learner: dict[str, Any]) -> Fields:
    classes = _count(learner, "num_class")
    width = classes if objective == "multi:softprob" else _count(learner, "num_target")
    if width > 1:
        return (Tensor(dtype="float32", shape=(-1, width)),)
    return (Column(name="prediction", type="float"),)


def _code(learner: dict[str, Any], inputs: Fields, outputs: Fields) -> Code:
    table = bool(inputs) and isinstance(inputs[0], Column)
    coded = coded_categories(
        [each.name for each in inputs if isinstance(each, Column) and each.type == "string"]
    )
    matrix = "xgboost.DMatrix(model_input)"
    if coded.lines:
        matrix = "xgboost.DMatrix(rows, enable_categorical=True)"
    attributes = learner.get("attributes")
    early = isinstance(attributes, dict) and "best_iteration" in attributes
    best = ("trees = (0, self.booster.best_iteration + 1)",) if early else ()
    run = f"self.booster.predict(matrix{', iteration_range=trees' if early else ''})"
    several = isinstance(outputs[0], Tensor)
    result = run if several else prediction_table(run)
    return Code(
        says=f"{'A table' if table else 'An array'} of features in; a prediction for each row out.",
        imports=("xgboost",) if several else ("pandas as pd", "xgboost"),
        before=coded.before,
        load=('self.booster = xgboost.Booster(model_file=context.artifacts["model"])',),
        predict=(*coded.lines, f"matrix = {matrix}", *best, f"return {result}"),
    )
