"""CatBoost's binary format: a FlatBuffers table, of which the features and the facts are read."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.model import Code, Column, Fields, ModelFile, Need, Tensor
from mlpack.authoring.files.phrases import prediction_table
from mlpack.authoring.files.streams import CutError
from mlpack.authoring.files.versions import numbers

_MAGIC = b"CBM1"
_MOST = 1 << 28
_MOST_FEATURES = 1_000_000
_CLASSIFIERS = frozenset(("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll"))
_LABELS = {"String": "string", "Integer": "long", "Float": "double", "Boolean": "boolean"}
# Where the fields are in their tables: model.fbs and features.fbs of CatBoost.
_TREES, _FACTS = 1, 2
_CATEGORIES, _NUMBERS, _ONE_HOT = 4, 5, 6


class _Table:
    """A table of a FlatBuffers buffer; a field that is not there is ``None``."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self._at = at
        self._fields = at - _unpack(content, "<i", at)

    def _place(self, index: int) -> int | None:
        entry = 4 + 2 * index
        if entry >= _unpack(self._content, "<H", self._fields):
            return None
        offset = _unpack(self._content, "<H", self._fields + entry)
        return self._at + offset if offset else None

    def number(self, index: int, default: int) -> int:
        """Return a field that is an ``int``."""
        place = self._place(index)
        return default if place is None else _unpack(self._content, "<i", place)

    def text(self, index: int) -> str:
        """Return a field that is a string; empty where there is none."""
        place = self._place(index)
        return "" if place is None else _text(self._content, _followed(self._content, place))

    def table(self, index: int) -> _Table | None:
        """Return a field that is a table."""
        place = self._place(index)
        return None if place is None else _Table(self._content, _followed(self._content, place))

    def tables(self, index: int) -> Iterator[_Table]:
        """Yield the tables of a field that is a vector of them."""
        for place in self._elements(index):
            yield _Table(self._content, _followed(self._content, place))

    def texts(self, index: int) -> list[str]:
        """Return the strings of a field that is a vector of them."""
        content = self._content
        return [_text(content, _followed(content, place)) for place in self._elements(index)]

    def _elements(self, index: int) -> range:
        place = self._place(index)
        if place is None:
            return range(0)
        start = _followed(self._content, place)
        count = _unpack(self._content, "<I", start)
        if count > _MOST_FEATURES:
            raise CutError("it is not a CatBoost model, or is damaged")
        return range(start + 4, start + 4 + 4 * count, 4)


def _unpack(content: bytes, form: str, at: int) -> int:
    if not 0 <= at <= len(content) - struct.calcsize(form):
        raise CutError("it is cut short, or is damaged")
    return int(struct.unpack_from(form, content, at)[0])


def _followed(content: bytes, place: int) -> int:
    return place + _unpack(content, "<I", place)


def _text(content: bytes, at: int) -> str:
    length = _unpack(content, "<I", at)
    return content[at + 4 : at + 4 + length].decode("utf-8", "replace")


def read_catboost(path: Path, file: BinaryIO) -> ModelFile:
    """Tell CatBoost's version, the features, and what the loss function predicts."""
    magic, size = file.read(4), file.read(4)
    length = int.from_bytes(size, "little")
    if magic != _MAGIC or length > _MOST:
        raise CutError("it is not a CatBoost model, or is too large")
    content = file.read(length)
    core = _Table(content, _unpack(content, "<I", 0))
    facts = {each.text(0): each.text(1) for each in core.tables(_FACTS)}
    trees = core.table(_TREES)
    if trees is None:
        raise CutError("it is cut short, or is damaged")
    loss = str(_json(facts, "params", "loss_function", "type") or "")
    release = re.search(
        r"(?:release |tags/v)(\d+(?:\.\d+)+)", facts.get("catboost_version_info", "")
    )
    version = release[1] if release else None
    outputs = _outputs(loss, facts, trees.number(0, 1))
    return ModelFile(
        says=f"CatBoost {version or ''} wrote {path.name}, with the loss function {loss}.",
        framework="CatBoost",
        version=version,
        code=_code(outputs, classifies=loss in _CLASSIFIERS),
        needs=(_need(version),),
        inputs=_features(trees),
        outputs=outputs,
    )


def _need(version: str | None) -> Need:
    found = (*numbers(version), 0, 0)[:3] if version else ()
    exact = ".".join(map(str, found))
    return Need(
        requirement=f"catboost~={exact}" if found else "catboost",
        comment="the version that wrote the file, or a later patch" if found else "",
    )


def _json(facts: dict[str, str], name: str, *keys: str) -> Any:
    try:
        value = json.loads(facts.get(name, "null"))
    except (ValueError, RecursionError):
        return None
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _features(trees: _Table) -> Fields:
    """Return the features in the order of the columns they were; unnamed numbers are an array."""
    texts = {each.number(0, -1): each.texts(2) for each in trees.tables(_ONE_HOT)}
    found: dict[int, Column] = {}
    for each in trees.tables(_NUMBERS):
        found[each.number(2, -1)] = Column(name=each.text(4))
    for each in trees.tables(_CATEGORIES):
        example = next(iter(texts.get(each.number(0, -1), ())), "a")
        found[each.number(1, -1)] = Column(name=each.text(2), type="string", example=example)
    columns = [found[place] for place in sorted(found)]
    if not columns or any(not each.name or each.name.isdigit() for each in columns):
        only_numbers = columns and all(each.type == "double" for each in columns)
        return (Tensor(dtype="float64", shape=(-1, max(found) + 1)),) if only_numbers else ()
    return tuple(columns)


def _outputs(loss: str, facts: dict[str, str], dimension: int) -> Fields:
    if loss in _CLASSIFIERS:
        label = _json(facts, "class_params", "class_label_type")
        return (Column(name="prediction", type=_LABELS.get(str(label), "long")),)
    if dimension > 1:
        return (Tensor(dtype="float64", shape=(-1, dimension)),)
    return (Column(name="prediction"),)


def _code(outputs: Fields, *, classifies: bool) -> Code:
    kind = "CatBoostClassifier" if classifies else "CatBoost"
    several = isinstance(outputs[0], Tensor)
    run = "self.model.predict(model_input)"
    flat = f"{run}.ravel()" if classifies else run
    return Code(
        says="A table of features in; a prediction for each row out.",
        imports=("catboost",) if several else ("catboost", "pandas as pd"),
        load=(f'self.model = catboost.{kind}().load_model(context.artifacts["model"])',),
        predict=(f"return {run if several else prediction_table(flat)}",),
    )
