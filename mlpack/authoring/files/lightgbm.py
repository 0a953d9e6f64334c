"""LightGBM's text: a header before the trees, and the categories of pandas behind them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.model import Code, Column, Fields, ModelFile, Need, Tensor
from mlpack.authoring.files.phrases import coded_categories, prediction_table
from mlpack.authoring.files.streams import CutError

_HEADER = 1 << 24
_END = 1 << 20
_RANGE = re.compile(r"\[([^:\]]+):([^\]]+)\]")


def read_lightgbm(path: Path, file: BinaryIO) -> ModelFile:
    """Tell the columns with their usual values, and what the objective predicts."""
    header = _header(file)
    names = header.get("feature_names", "").split()
    if not names or "objective" not in header:
        raise CutError("LightGBM's header has no feature names or no objective")
    columns = _columns(names, header.get("feature_infos", "").split(), _categories(file))
    categorical = [each.name for each in columns if each.type != "double"]
    inputs: Fields = columns
    if not categorical and names == [f"Column_{n}" for n in range(len(names))]:
        # What LightGBM calls the columns of an array.
        inputs = (Tensor(dtype="float64", shape=(-1, len(names))),)
    classes = int(header.get("num_class", "1") or 1)
    outputs: Fields = (Column(name="prediction"),)
    if classes > 1:
        outputs = (Tensor(dtype="float64", shape=(-1, classes)),)
    version = header.get("version", "")
    return ModelFile(
        says=f"LightGBM wrote {path.name} (format {version}): {header['objective']}.",
        framework="LightGBM",
        code=_code(categorical, several=classes > 1),
        # Version 4 reads what 2 and 3 wrote.
        needs=(Need(requirement="lightgbm>=4,<5", comment=f"reads the format {version}"),),
        inputs=inputs,
        outputs=outputs,
    )


def _header(file: BinaryIO) -> dict[str, str]:
    found: dict[str, str] = {}
    left = _HEADER
    while left > 0 and (line := file.readline(left)):
        left -= len(line)
        text = line.decode("utf-8", "replace").strip()
        if text.startswith("Tree="):
            return found
        name, equal, value = text.partition("=")
        if equal:
            found[name] = value
    raise CutError("LightGBM's header does not end")


def _categories(file: BinaryIO) -> list[Any]:
    """Return the categories of each categorical column of pandas, in the columns' order."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END))
    _, _, text = file.read().decode("utf-8", "replace").rpartition("\npandas_categorical:")
    try:
        found = json.loads(text.strip().partition("\n")[0] or "null")
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _columns(names: list[str], infos: list[str], categories: list[Any]) -> tuple[Column, ...]:
    """Pair names with what LightGBM saw: `[low:high]`, `none`, or categories as `0:1:2`."""
    waiting = list(categories)
    found = []
    for name, info in zip(names, [*infos, *[""] * len(names)], strict=False):
        seen = _RANGE.fullmatch(info)
        if seen is not None:
            found.append(Column(name=name, example=_between(seen[1], seen[2])))
        elif ":" in info and waiting:
            found.append(_categorical(name, waiting.pop(0)))
        else:
            found.append(Column(name=name))
    return tuple(found)


def _between(low: str, high: str) -> float:
    try:
        middle = (float(low) + float(high)) / 2
    except ValueError:
        return 1.0
    return float(f"{middle:.4g}") if abs(middle) < 1e300 else 1.0


def _categorical(name: str, values: Any) -> Column:
    first = values[0] if isinstance(values, list) and values else "a"
    if isinstance(first, int) and not isinstance(first, bool):
        return Column(name=name, type="long", example=first)
    return Column(name=name, type="string", example=str(first))


def _code(categorical: list[str], *, several: bool) -> Code:
    coded = coded_categories(categorical)
    run = f"self.booster.predict({'rows' if coded.lines else 'model_input'})"
    imports = ("lightgbm",) if several else ("lightgbm", "pandas as pd")
    return Code(
        says="Features in; a prediction for each row out.",
        imports=imports,
        before=coded.before,
        load=('self.booster = lightgbm.Booster(model_file=context.artifacts["model"])',),
        predict=(*coded.lines, f"return {run if several else prediction_table(run)}"),
    )
