"""Boosters in a pickle: each is a whole file of its framework, which tells more than the pickle."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.catboost import read_catboost
from mlpack.authoring.files.lightgbm import read_lightgbm
from mlpack.authoring.files.model import ModelFile
from mlpack.authoring.files.pickled import Made, Pickled
from mlpack.authoring.files.streams import CutError
from mlpack.authoring.files.xgboost import read_xgboost

Read = Callable[[Path, BinaryIO], ModelFile]

# Framework → the attributes that are such a file, and what reads it.
_KEPT: Mapping[str, tuple[tuple[str, ...], Read]] = {
    "xgboost": (("handle",), read_xgboost),
    "lightgbm": (("_handle", "handle", "model_str"), read_lightgbm),
    "catboost": (("__model",), read_catboost),
}


def boosters_in(found: Pickled) -> dict[str, ModelFile]:
    """Return what the boosters of a pickle tell, one for each framework by its module."""
    told: dict[str, ModelFile] = {}
    for top, read, content in _contents(found):
        if top not in told:
            try:
                told[top] = read(Path(f"the {top} model"), io.BytesIO(content))
            except CutError:
                continue
    return told


def _contents(found: Pickled) -> Iterator[tuple[str, Read, bytes]]:
    for made in found.objects:
        top = made.type.top if made.type else ""
        if top in _KEPT:
            keys, read = _KEPT[top]
            for key in keys:
                content = _bytes(made.attributes.get(key))
                if content:
                    yield top, read, content


def _bytes(value: Any) -> bytes:
    if isinstance(value, Made) and isinstance(value.arguments, tuple) and value.arguments:
        # A bytearray, which older protocols make of bytes.
        value = value.arguments[0]
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else b""
