"""Keras's zip: the version in metadata.json, inputs and outputs in config.json."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlpack.authoring.files.model import Code, ModelFile, Need, Tensor
from mlpack.authoring.files.streams import CutError
from mlpack.authoring.files.versions import compatible, numbers
from mlpack.authoring.files.zips import member

_SAME_SHAPE = frozenset(
    ("Activation", "Softmax", "ReLU", "LeakyReLU", "Dropout", "LayerNormalization")
)
_VERSION = re.compile(r"\d+(\.[0-9a-z]{1,8}){1,4}")
_PYTHON_11 = (3, 13)
_DEEPEST = 30


def read_keras(path: Path, archive: zipfile.ZipFile) -> ModelFile:
    """Tell the version of Keras, the input layers, and the last layer where it is a plain one."""
    metadata, config = (_json(archive, name) for name in ("metadata.json", "config.json"))
    version = metadata.get("keras_version")
    version = version if isinstance(version, str) and _VERSION.fullmatch(version) else None
    inputs = tuple(_inputs(config))
    unknown = any(n < 0 for each in inputs for n in each.shape[1:])
    own = sorted(set(_own_classes(config)))
    return ModelFile(
        says=f"Keras {version or ''} wrote {path.name}: {config.get('class_name', 'a model')}.",
        framework="Keras",
        version=version,
        code=_code(),
        needs=(
            Need(
                requirement=compatible("keras", version),
                comment=f"Keras {version} wrote the file" if version else "",
            ),
            Need(requirement="jax", comment="runs Keras; torch and tensorflow do too"),
        ),
        oldest=11 if version is None or numbers(version) >= _PYTHON_11 else 10,
        inputs=inputs,
        outputs=tuple(_outputs(config)),
        todo=tuple(f"import the module that registers {name} with Keras." for name in own[:3]),
        input_todo="the sizes that the file leaves open." if unknown else None,
    )


def _json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        found = json.loads(member(archive, name))
    except (ValueError, RecursionError) as error:
        raise CutError(f"its {name} is not JSON") from error
    if not isinstance(found, dict):
        raise CutError(f"its {name} is not what Keras writes")
    return found


def _layers(config: dict[str, Any]) -> list[dict[str, Any]]:
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else None
    return [each for each in layers or () if isinstance(each, dict)]


def _inputs(config: dict[str, Any]) -> Iterator[Tensor]:
    given = [each for each in _layers(config) if each.get("class_name") == "InputLayer"]
    for layer in given:
        inner = layer.get("config")
        shape = inner.get("batch_shape") if isinstance(inner, dict) else None
        if not isinstance(shape, list) or not isinstance(inner, dict):
            continue
        sizes = tuple(n if isinstance(n, int) else -1 for n in shape)
        name = str(inner.get("name")) if len(given) > 1 else None
        yield Tensor(dtype=_dtype(inner.get("dtype")), shape=sizes, name=name)


def _dtype(value: Any) -> str:
    return value if value in ("float32", "float64", "int32", "int64") else "float32"


def _outputs(config: dict[str, Any]) -> Iterator[Tensor]:
    """Yield the output of a model that ends with a dense layer."""
    outputs = (config.get("config") or {}).get("output_layers")
    layers = _layers(config)
    if isinstance(outputs, list) and outputs and isinstance(outputs[0], list):
        # Functional: one is [name, node, tensor], several are a list of those.
        return
    if isinstance(outputs, list) and len(outputs) == 3:
        layers = [each for each in layers if each.get("name") == outputs[0]]
    for layer in reversed(layers):
        inner = layer.get("config") or {}
        if layer.get("class_name") == "Dense" and isinstance(inner.get("units"), int):
            before = (layer.get("build_config") or {}).get("input_shape")
            rank = len(before) if isinstance(before, list) else 2
            yield Tensor(dtype="float32", shape=(*(-1,) * (rank - 1), inner["units"]))
        if layer.get("class_name") not in _SAME_SHAPE:
            return


def _own_classes(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield what is registered under a name of somebody's own."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        registered, module = value.get("registered_name"), str(value.get("module") or "")
        if isinstance(registered, str) and not module.startswith("keras") and ">" in registered:
            yield registered
        for each in value.values():
            yield from _own_classes(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _own_classes(each, depth + 1)


def _code() -> Code:
    return Code(
        says="An array in, an array out.",
        first=("import os", "", 'os.environ.setdefault("KERAS_BACKEND", "jax")'),
        imports=("keras",),
        load=('self.model = keras.saving.load_model(context.artifacts["model"], compile=False)',),
        predict=("return self.model.predict(model_input, verbose=0)",),
    )
