"""The declared signature as MLflow's object, and back as plain data."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from .failure import Refusal

MODULE_NAME = "_mlpack_signature"


def declared_signature(request: dict[str, Any]) -> Any:
    """Return a fresh ``ModelSignature``, or ``None`` where none is declared."""
    if request["signature_file"] is not None:
        path, name = request["signature_file"]
        return _from_file(Path(path), name)
    return None if request["signature"] is None else to_signature(request["signature"])


def to_signature(fields: dict[str, Any]) -> Any:
    """Turn the three lists ``inputs``, ``outputs`` and ``params`` into a ``ModelSignature``."""
    from mlflow.models import ModelSignature

    texts = {key: json.dumps(value) for key, value in fields.items() if value}
    try:
        return ModelSignature.from_dict(texts)
    except Exception as error:
        raise Refusal(
            f"MLflow rejected the signature: {error}",
            hint="`mlpack explain` and the schema list the types that MLflow supports",
        ) from error


def to_fields(signature: Any) -> dict[str, Any] | None:
    """Return the three lists of a ``ModelSignature``, ``None`` where one is absent."""
    if signature is None:
        return None
    texts = signature.to_dict()
    return {
        key: None if texts.get(key) is None else json.loads(texts[key])
        for key in ("inputs", "outputs", "params")
    }


def _from_file(path: Path, name: str) -> Any:
    from mlflow.models import ModelSignature

    spec = importlib.util.spec_from_file_location(MODULE_NAME, path)
    if spec is None or spec.loader is None:
        raise Refusal(f"{path.name} is not a Python file.", hint="`signature: file.py:NAME`")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    # Last, so that what lies beside the file never hides the model's own code.
    sys.path.append(str(path.parent))
    spec.loader.exec_module(module)
    if not hasattr(module, name):
        names = [key for key, value in vars(module).items() if isinstance(value, ModelSignature)]
        there = f"it has {', '.join(names)}" if names else "it is not a ModelSignature"
        raise Refusal(f"{path.name} has no {name}.", hint=there)
    found = getattr(module, name)
    if not isinstance(found, ModelSignature):
        raise Refusal(
            f"{path.name}:{name} is of type {type(found).__name__}, not a ModelSignature.",
            hint="make it an mlflow.models.ModelSignature, or write it into the manifest",
        )
    # Through data and back: a signature made by MLflow's inference carries flags that would
    # switch off its enforcement.
    return to_signature(to_fields(found) or {})


@contextmanager
def sparse_matrices_known() -> Iterator[None]:
    """Let MLflow ask whether data is a sparse matrix, which nothing is where scipy is missing.

    Without an answer its inference gives up inside and calls every column `any`.
    """
    if importlib.util.find_spec("scipy") is not None:
        yield
        return
    outer, inner = ModuleType("scipy"), ModuleType("scipy.sparse")
    for name in ("csc_matrix", "csr_matrix"):
        setattr(inner, name, type(name, (), {}))
    outer.sparse = inner  # type: ignore[attr-defined]
    sys.modules.update({"scipy": outer, "scipy.sparse": inner})
    try:
        yield
    finally:
        # Other libraries would take it for the real one.
        del sys.modules["scipy"], sys.modules["scipy.sparse"]
