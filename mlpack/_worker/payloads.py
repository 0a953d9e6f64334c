"""Files that hold input for a model, read and cast to its signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .casting import to_frame, to_tensors
from .exchange import unpacked
from .failure import Refusal

PROTOCOL = ("dataframe_split", "dataframe_records", "inputs", "instances")
_ENDINGS = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_ENDINGS |= {".parquet": "parquet", ".npy": "npy"}


def file_input(path: Path, signature: Any, form: str | None = None) -> tuple[Any, dict[str, Any]]:
    """Return ``(data, params)`` of a file, cast to ``signature``.

    ``form`` is ``csv``, ``json``, ``jsonl``, ``npy``, ``parquet``, or ``python`` for values of
    mlpack's caller; without it the file's name tells.
    """
    read = _READERS.get(form or _ENDINGS.get(path.suffix, ""))
    if read is None:
        raise Refusal(
            f"{path.name} is not a supported input file.",
            hint="the file ends in " + ", ".join(_ENDINGS),
        )
    try:
        return read(path, signature)
    except ImportError as error:
        raise Refusal(
            f"{path.name} cannot be read: {error}",
            hint="add `pyarrow` to the model's dependencies, or choose another format",
        ) from error
    except (OSError, ValueError) as error:
        raise Refusal(f"{path.name} cannot be read: {error}") from error


def cast(kind: str, value: Any, signature: Any) -> Any:
    """Return ``value``, of one kind of the scoring protocol, as the signature's types."""
    import pandas as pd

    schema = None if signature is None else signature.inputs
    if kind == "dataframe_records":
        return to_frame(pd.DataFrame(_records(value)), schema)
    if kind == "dataframe_split":
        return to_frame(_split(value), schema)
    if schema is not None and schema.is_tensor_spec():
        return to_tensors(_by_name(value) if kind == "instances" else value, schema)
    return value if schema is None else _as_served(value, schema)


def _by_name(instances: Any) -> Any:
    """Return one mapping in place of a list of them, as MLflow's server does."""
    named = isinstance(instances, list) and instances and isinstance(instances[0], dict)
    return {name: [row[name] for row in instances] for name in instances[0]} if named else instances


def _as_served(value: Any, schema: Any) -> Any:
    """Return ``inputs`` of plain named columns as the table that MLflow's server makes of them.

    Where MLflow makes the same of them in its own process, which casts less and takes a list of
    strings for one value, they stay as they are.
    """
    import pandas as pd

    if not schema.has_input_names() or not all(hasattr(s.type, "to_numpy") for s in schema.inputs):
        return value
    rows = value
    if isinstance(value, list) and not any(isinstance(item, dict) for item in value):
        rows = {schema.inputs[0].name: value}
    if isinstance(rows, dict) and not any(isinstance(item, list) for item in rows.values()):
        rows = [rows]
    try:
        table = to_frame(pd.DataFrame(rows), schema)
    except ValueError as error:
        raise Refusal(f"`inputs` is not a table: {error}.") from None
    return value if _is_read_as(table, value, schema) else table


def _is_read_as(table: Any, value: Any, schema: Any) -> bool:
    from mlflow.exceptions import MlflowException
    from mlflow.models.utils import _enforce_schema

    try:
        return bool(_enforce_schema(value, schema).astype(object).equals(table.astype(object)))
    except MlflowException:
        return False


def _records(value: Any) -> list[Any]:
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    raise Refusal("`dataframe_records` must be a list of mappings, one per row.")


def _split(value: Any) -> Any:
    import pandas as pd

    try:
        return pd.DataFrame(
            data=value["data"], columns=value.get("columns"), index=value.get("index")
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal(
            f"`dataframe_split` is not a table: {error}.",
            hint="use a mapping of `columns`, a list of names, and `data`, a list of rows",
        ) from None


def _json(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise Refusal(f"{path.name} is nested too deeply.") from None
    return _content(content, signature, path.name)


def _content(content: Any, signature: Any, name: str) -> tuple[Any, dict[str, Any]]:
    """Return data and params of JSON, or of the like of it: the scoring protocol, or data alone."""
    if isinstance(content, dict):
        named = [key for key in PROTOCOL if key in content]
        if len(named) == 1:
            data = cast(named[0], content[named[0]], signature)
            return data, content.get("params") or {}
        if named:
            raise Refusal(f"{name} has both {' and '.join(named)}.", hint="keep one of them")
    if isinstance(content, list) and _wants_table(content, signature):
        return cast("dataframe_records", content, signature), {}
    return cast("inputs", content, signature), {}


def _jsonl(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return _content(rows, signature, path.name)


def _wants_table(content: list[Any], signature: Any) -> bool:
    tensors = signature is not None and signature.inputs and signature.inputs.is_tensor_spec()
    return not tensors and bool(content) and all(isinstance(row, dict) for row in content)


def _csv(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    import pandas as pd

    # Read as text what is declared as text: 007 stays 007.
    schema = None if signature is None else signature.inputs
    columns = schema.inputs if schema is not None and not schema.is_tensor_spec() else []
    text = [spec.name for spec in columns if getattr(spec.type, "name", "") == "string"]
    table = pd.read_csv(path, dtype=dict.fromkeys(text, str))
    known = [name for name in text if name in table.columns]
    if known:
        # Only an empty cell is null where strings are declared: "NA" may be a country. Read apart,
        # because pandas 3 takes a converter's "NA" for null too.
        as_is = pd.read_csv(path, dtype=str, usecols=known, keep_default_na=False, na_values=[""])
        table = table.assign(**{name: as_is[name] for name in known})
    return to_frame(table, schema), {}


def _parquet(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    import pandas as pd

    return to_frame(pd.read_parquet(path), None if signature is None else signature.inputs), {}


def _npy(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    import numpy as np

    return _array(np.load(path, allow_pickle=False), signature), {}


def _array(array: Any, signature: Any) -> Any:
    """Return an array cast to ``signature``: its columns are those declared, in their order."""
    import pandas as pd

    schema = None if signature is None else signature.inputs
    if schema is None:
        return array
    if array.ndim == 2 and not schema.is_tensor_spec() and schema.has_input_names():
        names = schema.input_names()
        if array.shape[1] == len(names):
            return to_frame(pd.DataFrame(array, columns=names), schema)
    return cast("inputs", array, signature)


def _python(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    import numpy as np
    import pandas as pd

    data = unpacked(path)
    schema = None if signature is None else signature.inputs
    if isinstance(data, pd.Series):
        data = data.to_frame()
    if isinstance(data, pd.DataFrame):
        return to_frame(data, schema), {}
    if isinstance(data, np.ndarray):
        return _array(data, signature), {}
    columns = isinstance(data, dict) and schema is not None and not schema.is_tensor_spec()
    if columns and any(isinstance(each, (np.ndarray, pd.Series)) for each in data.values()):
        return to_frame(pd.DataFrame(data), schema), {}
    return _content(data, signature, "the input")


_READERS: dict[str, Callable[[Path, Any], tuple[Any, dict[str, Any]]]] = {
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "npy": _npy,
    "parquet": _parquet,
    "python": _python,
}
