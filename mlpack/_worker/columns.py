"""One output column against one declared type of MLflow's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

INTEGER_LIMITS = {"integer": 2**31, "long": 2**63}


def column_problem(name: Any, values: Any, declared: Any) -> str | None:
    """Return what is wrong with a column as half a sentence, or nothing."""
    dtype = getattr(values, "dtype", None)
    kind = getattr(dtype, "kind", "O")
    scalar = getattr(declared, "name", None)
    if scalar is None or kind in "OUST" or dtype is None:
        return _values_problem(name, values, declared)
    return None if _dtype_fits(dtype, scalar) else f"{name} is {dtype}, not {_named(declared)}"


def _dtype_fits(dtype: Any, scalar: str) -> bool:
    kinds = {
        "boolean": ("b", 1),
        "integer": ("iu", 4),
        "long": ("iu", 8),
        "float": ("f", 4),
        "double": ("f", 8),
        "datetime": ("M", 8),
    }
    if scalar not in kinds:
        return False
    allowed, width = kinds[scalar]
    # Narrower is the same number; an unsigned one needs a bit more.
    needed = dtype.itemsize * 2 if dtype.kind == "u" else dtype.itemsize
    return dtype.kind in allowed and (needed <= width or dtype.kind == "M")


def _named(declared: Any) -> str:
    return str(getattr(declared, "name", None) or declared).replace("DataType.", "")


def _values_problem(name: Any, values: Iterable[Any], declared: Any) -> str | None:
    for row, value in enumerate(values):
        if not _is_missing(value) and not value_fits(value, declared):
            return f"{name} contains {_short(value)} in row {row}, not {_named(declared)}"
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _is_missing(value: Any) -> bool:
    import pandas as pd

    # pandas 3 has NaN for a missing string, older ones None.
    nan = isinstance(value, float) and value != value
    return nan or value is None or value is pd.NA or value is pd.NaT


def value_fits(value: Any, declared: Any) -> bool:
    """Tell whether a single value is of a declared type, arrays, objects and maps included."""
    kind = type(declared).__name__
    if kind == "AnyType":
        return True
    if kind == "Array":
        return _is_list(value) and all(value_fits(item, declared.dtype) for item in value)
    if kind == "Map":
        return isinstance(value, Mapping) and all(
            value_fits(item, declared.value_type) for item in value.values()
        )
    if kind == "Object":
        return isinstance(value, Mapping) and _object_fits(value, declared)
    return _scalar_fits(value, declared.name)


def _object_fits(value: Mapping[str, Any], declared: Any) -> bool:
    properties = {item.name: item for item in declared.properties}
    return all(name in properties for name in value) and all(
        # None stands for a value that is left out, as in inputs.
        not item.required if value.get(name) is None else value_fits(value[name], item.dtype)
        for name, item in properties.items()
    )


def _is_list(value: Any) -> bool:
    import numpy as np

    return isinstance(value, (list, tuple, np.ndarray))


def _scalar_fits(value: Any, scalar: str) -> bool:
    import numpy as np

    if scalar == "boolean":
        return isinstance(value, (bool, np.bool_))
    if isinstance(value, (bool, np.bool_)):
        return False
    if scalar in INTEGER_LIMITS:
        limit = INTEGER_LIMITS[scalar]
        return isinstance(value, (int, np.integer)) and -limit <= value < limit
    if scalar in {"float", "double"}:
        if isinstance(value, np.floating):
            return bool(value.dtype.itemsize <= (4 if scalar == "float" else 8))
        return isinstance(value, (int, float))
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "binary": (bytes, bytearray),
        "datetime": (dt.date, np.datetime64),
    }
    return isinstance(value, kinds.get(scalar, ()))
