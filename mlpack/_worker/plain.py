"""Values of Python, numpy and pandas as plain data that JSON says."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

_LARGEST = 100_000


class NotPlainError(ValueError):
    """A value that has no form in JSON; the message says which."""


def plain(value: Any) -> Any:
    """Return a value as JSON's types: arrays as lists, a missing number as null."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return value if not isinstance(value, float) or math.isfinite(value) else _missing(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return _of_numpy(value)


def protocol(example: Any) -> dict[str, Any]:
    """Return an example, ``(data, params)`` or data, as MLflow's scoring protocol says it."""
    if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], Mapping):
        return {**_data(example[0]), "params": plain(example[1])}
    return _data(example)


def _data(data: Any) -> dict[str, Any]:
    import pandas as pd

    if isinstance(data, pd.Series):
        data = data.to_frame()
    if isinstance(data, pd.DataFrame):
        if data.size > _LARGEST:
            raise NotPlainError(f"a table of {len(data)} rows is too large: use a file")
        rows = [[plain(value) for value in row] for row in data.itertuples(index=False, name=None)]
        return {"dataframe_split": {"columns": [plain(c) for c in data.columns], "data": rows}}
    return {"inputs": plain(data)}


def _of_numpy(value: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(value, np.ndarray):
        if value.size > _LARGEST:
            raise NotPlainError(f"an array of {value.size} values is too large: use a file")
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if value is pd.NaT or value is pd.NA:
        return None
    raise NotPlainError(f"a {type(value).__name__} cannot be written as JSON")


def _missing(value: float) -> None:
    if not math.isnan(value):
        raise NotPlainError(f"{value} is not a finite number")
