"""Outputs as JSON, as files, and in a line for a person."""

# ruff: noqa: RUF001, RUF002 - the sign between rows and columns is meant

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .exchange import UnsendableError, packed
from .failure import Refusal


def check_jsonable(output: Any) -> None:
    """Refuse an output that MLflow's server cannot turn into JSON."""
    import numpy as np

    if isinstance(output, np.ndarray) and output.dtype.kind in "biuf":
        return
    try:
        json.dumps(to_jsonable(output), cls=_encoder())
    except (TypeError, ValueError, OverflowError) as error:
        raise Refusal(
            f"predict returned a {type(output).__name__} that MLflow's server cannot turn into "
            f"JSON: {error}.",
            hint="return a DataFrame, a Series, a numpy array, or plain lists and mappings of them",
        ) from None


def to_jsonable(output: Any) -> Any:
    """Return the output as MLflow's server lays it out: tables as records, arrays as lists."""
    from mlflow.utils.proto_json_utils import _get_jsonable_obj

    return _get_jsonable_obj(output, pandas_orient="records")


def _encoder() -> type[json.JSONEncoder]:
    from mlflow.utils.proto_json_utils import NumpyEncoder

    return NumpyEncoder  # type: ignore[no-any-return]


def plain(output: Any) -> Any:
    """Return the output as plain JSON data; what is not a finite number becomes ``None``."""
    return finite(json.loads(json.dumps(to_jsonable(output), cls=_encoder())))


def finite(value: Any) -> Any:
    """Return plain JSON data with ``None`` for each number that is not finite."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


FORMS = ("csv", "json", "jsonl", "npy", "parquet")


def write_result(output: Any, path: Path, form: str | None = None) -> None:
    """Write the output as ``form``, one of ``FORMS``, or ``python`` for mlpack's caller.

    Without ``form`` the file's name tells. ``json`` is the scoring server's, ``jsonl`` has a line
    for each row.
    """
    form = form or path.suffix[1:]
    if form == "json":
        text = json.dumps({"predictions": _jsonable(output)}, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    elif form == "jsonl":
        _write_lines(_jsonable(output), path)
    elif form == "csv":
        _table(output, path).to_csv(path, index=False)
    elif form == "parquet":
        _write_parquet(_table(output, path), path)
    elif form == "npy":
        _write_array(output, path)
    elif form == "python":
        _pack(output, path)
    else:
        raise Refusal(
            f"A result cannot be written as {path.suffix or 'a file without an extension'}.",
            hint="use a file name that ends in ." + ", .".join(FORMS),
        )


def _jsonable(output: Any) -> Any:
    check_jsonable(output)
    return plain(output)


def _write_lines(content: Any, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in content if isinstance(content, list) else [content]:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_parquet(table: Any, path: Path) -> None:
    try:
        table.to_parquet(path, index=False)
    except ImportError:
        raise Refusal(
            "Parquet needs pyarrow, which the model's environment does not have.",
            hint="add `pyarrow` to the model's dependencies, or choose another format",
        ) from None


def _pack(output: Any, path: Path) -> None:
    try:
        packed(output, path)
    except UnsendableError as error:
        raise Refusal(
            f"predict returned what cannot be returned to Python: {error}.",
            hint="return a DataFrame, a Series, a numpy array, or plain lists and mappings of them",
        ) from None


def _table(output: Any, path: Path) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(output, pd.DataFrame):
        table = output
    elif isinstance(output, pd.Series):
        table = output.to_frame(output.name or "prediction")
    elif isinstance(output, Mapping):
        table = pd.DataFrame({name: _column(value) for name, value in output.items()})
    else:
        array = output if isinstance(output, list) else np.atleast_1d(output)
        if isinstance(array, np.ndarray) and array.ndim > 2:
            raise Refusal(
                f"An array of {array.ndim} dimensions is not a table.",
                hint=f"write {path.stem}.npy or {path.stem}.json",
            )
        table = pd.DataFrame(array)
        if table.shape[1] == 1 and list(table.columns) == [0]:
            table.columns = ["prediction"]
    # Parquet takes no numbers as column names.
    return table.set_axis([str(name) for name in table.columns], axis=1)


def _column(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray):
        return list(value) if value.ndim > 1 else value
    return value if isinstance(value, list) else [value]


def _write_array(output: Any, path: Path) -> None:
    import numpy as np

    if isinstance(output, Mapping):
        if len(output) != 1:
            raise Refusal(
                f"A .npy file contains one array, and the output has {len(output)}.",
                hint=f"write {path.stem}.json",
            )
        [output] = output.values()
    array = np.asarray(output)
    if array.dtype.kind == "O":
        array = array.astype(str) if all(isinstance(v, str) for v in array.flat) else array
    try:
        # Given a name, numpy may add its ending to it.
        with path.open("wb") as file:
            np.save(file, array, allow_pickle=False)
    except ValueError as error:
        raise Refusal(f"The output is not a plain array: {error}.", hint="write .json") from None


LONGEST = 200


def summary(output: Any) -> str:
    """Return such as ``float32 (1, 2048)``, ``DataFrame 1 × 2`` or ``list of 3``."""
    import numpy as np
    import pandas as pd

    if isinstance(output, pd.DataFrame):
        return f"DataFrame {output.shape[0]} × {output.shape[1]}"
    if isinstance(output, pd.Series):
        return f"Series of {len(output)} ({output.dtype})"
    if isinstance(output, (np.ndarray, np.generic)):
        return f"{output.dtype} {output.shape}"
    if isinstance(output, Mapping):
        parts = [f"{name}: {summary(value)}" for name, value in list(output.items())[:6]]
        more = ", …" if len(output) > len(parts) else ""
        return "{" + ", ".join(parts) + more + "}"
    if isinstance(output, (list, tuple)):
        return f"{type(output).__name__} of {len(output)}"
    return type(output).__name__


def preview(output: Any) -> str:
    """Return the first values as text of at most 200 characters, on one line."""
    text = " ".join(_beginning(output).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _beginning(output: Any) -> str:
    import numpy as np
    import pandas as pd

    if isinstance(output, pd.DataFrame):
        return _rows(output)
    if isinstance(output, pd.Series):
        return _beginning(output.head(10).tolist())
    if isinstance(output, np.ndarray):
        # A whole array as text may take minutes; its corner tells as much.
        corner = output[tuple(slice(0, 8) for _ in output.shape)]
        ending = " …" if corner.size < output.size else ""
        if corner.dtype.kind == "f":
            short = [_short(value) for value in corner.flat]
            corner = np.array(short).reshape(corner.shape)
        text = np.array2string(corner, precision=12, separator=", ", threshold=64)
        return re.sub(r"(?<=[\d.]) +(?=[,\]])", "", text) + ending
    if isinstance(output, Mapping):
        parts = [f"{name}: {_beginning(value)}" for name, value in list(output.items())[:6]]
        return "{" + ", ".join(parts) + "}"
    if isinstance(output, (list, tuple)):
        ending = ", …" if len(output) > 10 else ""
        return "[" + ", ".join(_beginning(item) for item in output[:10]) + ending + "]"
    value = output.item() if isinstance(output, np.generic) else output
    return repr(_short(value) if isinstance(value, float) else value)


def _short(value: float) -> float:
    """Return a number with six significant digits: the rest is noise to a reader."""
    return float(f"{value:.6g}")


def _rows(table: Any) -> str:
    rows = table.head(3).to_dict(orient="records")
    ending = ", …" if len(table) > len(rows) else ""
    return (
        ", ".join(
            "{" + ", ".join(f"{name}: {_beginning(value)}" for name, value in row.items()) + "}"
            for row in rows
        )
        + ending
    )
