"""Whether a table gets a row for each of its rows, as those who call a model by Spark rely on."""

from __future__ import annotations

import contextlib
import inspect
import linecache
import os
from collections.abc import Mapping
from typing import Any

from .heard import finding
from .output import to_columns

URI = "input_uri"
HINT = (
    "Return one row for each row of `model_input`: Spark and others pair them by their order. "
    "If this is meant, silence it by a comment there: `# mlpack: ignore[row-count]`."
)


def check_rows(fed: Any, output: Any, model: Any, package: str) -> list[dict[str, Any]]:
    """Return a finding where a table gets an output of another length.

    What stands behind a URI has as many rows as it has.
    """
    import pandas as pd

    if not isinstance(fed, pd.DataFrame) or URI in fed.columns:
        return []
    signature = model.metadata.signature
    given = row_count(output, None if signature is None else signature.outputs)
    if given is None or given == len(fed):
        return []
    message = f"`predict` returned {_rows(given)} for {_rows(len(fed))}"
    return [finding("row-count", message, HINT, **_place(model, package))]


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def row_count(output: Any, schema: Any) -> int | None:
    """Return how many rows an output has, or ``None`` where it is none that has rows.

    ``schema`` is MLflow's of the outputs, or ``None``.
    """
    columns: Any = output if isinstance(output, Mapping) else {None: output}
    if schema is not None and not schema.is_tensor_spec():
        columns = to_columns(output, list(schema.inputs))
    if isinstance(columns, str) or not columns:
        return None
    first = next(iter(columns.values()))
    if isinstance(first, (str, bytes, Mapping)) or getattr(first, "shape", None) == ():
        return None
    return len(first) if hasattr(first, "__len__") else None


def _place(model: Any, package: str) -> dict[str, Any]:
    """Return where the class defines ``predict``, if that is in the package."""
    with contextlib.suppress(Exception):
        code = inspect.unwrap(type(model.unwrap_python_model()).predict).__code__
        folder = os.path.join(package, "code") + os.sep  # noqa: PTH118
        if code.co_filename.startswith(folder):
            file, line = code.co_filename[len(folder) :], code.co_firstlineno
            source = linecache.getline(code.co_filename, line)
            return {"file": file, "line": line, "source": source}
    return {}
