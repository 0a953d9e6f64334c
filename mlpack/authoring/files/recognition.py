"""Which kind a model's file is: by its first bytes, and by its name where these do not tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from mlpack.authoring.files.catboost import read_catboost
from mlpack.authoring.files.keras import read_keras
from mlpack.authoring.files.lightgbm import read_lightgbm
from mlpack.authoring.files.model import ModelFile, made_plain, unreadable
from mlpack.authoring.files.onnx import read_onnx
from mlpack.authoring.files.sklearn import Folders, read_pickle_file
from mlpack.authoring.files.streams import CutError, EnoughError
from mlpack.authoring.files.torch import read_safetensors, read_torch_legacy, read_torch_zip
from mlpack.authoring.files.xgboost import read_xgboost
from mlpack.authoring.files.zips import open_zip
from mlpack.core.errors import UsageError

SUFFIXES = (
    ".joblib", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".onnx", ".safetensors", ".json", ".ubj",
    ".bst", ".xgb", ".txt", ".lgb", ".cbm", ".keras",
)  # fmt: skip
# A name that may be anything: only what is inside tells.
_AMBIGUOUS = frozenset((".json", ".txt"))
_XGBOOST = re.compile(
    rb'\s*\{\s*"(learner|version|Config|Model)"|\{(L\0{7}|i|l\0{3}|I\0)\x07(learner|version)'
)
_OTHERS = {
    b"\x89HDF": (
        "it is HDF5, the older format of Keras",
        "load it with Keras 3, and save it with `model.save('model.keras')`",
    ),
    b"binf": (
        "it is XGBoost's older binary format, which does not say what wrote it",
        "load it with the XGBoost that wrote it, and save it as `model.json`",
    ),
    b"GGUF": (
        "mlpack knows nothing of GGUF",
        "write a class that loads it, then run `mlpack init`",
    ),
    b"version https://git-lfs": ("it is a Git LFS pointer", "run `git lfs pull`"),
    b"{": (
        "this JSON file is not a model that XGBoost saved",
        "specify a file that `Booster.save_model` wrote",
    ),
}


def is_model_file(path: Path) -> bool:
    """Tell whether ``path`` looks like a file for ``read_model_file``."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    if path.suffix.lower() not in _AMBIGUOUS:
        return True
    with path.open("rb") as file:
        head = file.read(64)
    return bool(_XGBOOST.match(head)) or head.startswith(b"tree\n")


def read_model_file(path: Path, root: Path) -> ModelFile:
    """Return what a file tells, for a project in ``root``.

    Raises ``UsageError`` for a file that is unknown, cut or damaged.
    """
    try:
        with path.open("rb") as file:
            return made_plain(_read(path, file, (path.parent, root)))
    except CutError as error:
        raise unreadable(path.name, str(error)) from error
    except EnoughError as error:
        raise unreadable(
            path.name, "it is too large or too long before it tells a model"
        ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist", hint="specify a model's file") from error
    except IsADirectoryError as error:
        raise UsageError(
            f"{path} is a folder", hint="specify a file; for a saved model, use `mlpack import`"
        ) from error


def _read(path: Path, file: BinaryIO, folders: Folders) -> ModelFile:
    head = file.read(64)
    file.seek(0)
    if not head:
        raise CutError("it is empty")
    if head.startswith(b"PK"):
        return _zipped(path, file, folders)
    if head.startswith(b"CBM1"):
        return read_catboost(path, file)
    if head.startswith((b"tree\n", b"tree\r\n")):
        return read_lightgbm(path, file)
    if _XGBOOST.match(head):
        return read_xgboost(path, file)
    return _named(path, file, head, folders)


def _zipped(path: Path, file: BinaryIO, folders: Folders) -> ModelFile:
    with open_zip(path, file) as archive:
        names = set(archive.namelist())
        if {"metadata.json", "config.json"} <= names:
            return read_keras(path, archive)
        if any(name.endswith("/data.pkl") for name in names):
            return read_torch_zip(path, archive, folders)
    raise unreadable(path.name, "it is a zip archive of neither PyTorch nor Keras")


def _named(path: Path, file: BinaryIO, head: bytes, folders: Folders) -> ModelFile:
    """Read a file whose first bytes could be several things."""
    suffix = path.suffix.lower()
    for magic, (why, hint) in _OTHERS.items():
        # A safetensors file begins with a length, which may look like anything.
        if head.startswith(magic) and (len(magic) > 1 or suffix != ".safetensors"):
            raise unreadable(path.name, why, hint)
    if suffix == ".onnx":
        return read_onnx(path, file)
    if suffix == ".safetensors":
        return read_safetensors(path, file)
    if suffix in (".pt", ".pth", ".ckpt"):
        if found := read_torch_legacy(path, file, folders):
            return found
        file.seek(0)
    if suffix in SUFFIXES and suffix not in _AMBIGUOUS:
        return read_pickle_file(path, file, folders)
    raise UsageError(
        f"mlpack does not recognize {path.name} as a model",
        hint=f"specify a file of one of these kinds: {', '.join(SUFFIXES)}",
    )
