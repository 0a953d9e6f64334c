"""JSON and table values as the types that the signature declares, or a refusal."""

# ruff: noqa: B905 - Python 3.9, which models may run on, has no zip(strict=)

from __future__ import annotations

import base64
import binascii
import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from .captured import each_warning, finding
from .failure import Refusal

INTEGERS = {"integer": "int32", "long": "int64"}
FLOATS = {"float": "float32", "double": "float64"}
HINT = "change the value, or the type that the signature declares"


def to_frame(table: Any, schema: Any) -> Any:
    """Return a DataFrame whose columns have the dtypes and the order that ``schema`` declares.

    ``table`` is a DataFrame as read; columns that the schema does not know are kept behind.
    """
    if schema is None or schema.is_tensor_spec():
        return table
    if not schema.has_input_names():
        for position, spec in list(enumerate(schema.inputs))[: table.shape[1]]:
            label = table.columns[position]
            table = (
                table.assign(**{label: cast_column(table[label], spec, f"{position}")})
                if (isinstance(label, str))
                else _assigned(table, label, spec)
            )
        return table
    known = [name for name in schema.input_names() if name in table.columns]
    specs = {spec.name: spec for spec in schema.inputs}
    _check_labels(table, specs)
    table = table[known + [name for name in table.columns if name not in specs]]
    return table.assign(**{name: cast_column(table[name], specs[name], name) for name in known})


def _check_labels(table: Any, specs: dict[str, Any]) -> None:
    """Refuse labels that only look like the signature's names: MLflow's server does, too."""
    numbers = [str(name) for name in table.columns if name not in specs and str(name) in specs]
    if numbers:
        raise Refusal(
            f"The input's column labels {', '.join(numbers)} are numbers, and the signature's "
            "names are strings.",
            hint="make them strings before you write the file: `table.columns = "
            "table.columns.astype(str)`, or quotes in JSON",
        )


def _assigned(table: Any, label: Any, spec: Any) -> Any:
    table = table.copy()
    table[label] = cast_column(table[label], spec, str(label))
    return table


def cast_column(column: Any, spec: Any, name: str) -> Any:
    """Return ``column`` as a Series of the dtype that MLflow expects for ``spec``."""
    import pandas as pd

    kind = getattr(spec.type, "name", type(spec.type).__name__.lower())
    missing = column.isna()
    if kind in INTEGERS:
        return _integers(column, missing, INTEGERS[kind], kind, name)
    if kind in FLOATS:
        return _floats(column, missing, FLOATS[kind], kind, name)
    if kind == "datetime":
        return _datetimes(column, _flags(missing), name)
    check: Callable[[Any, str], Any] = CHECKS.get(kind, lambda v, n: _cast_inside(v, spec.type, n))
    flags = _flags(missing)
    values = [None if gone else check(value, name) for value, gone in zip(column, flags)]
    if kind == "boolean" and not any(flags):
        return pd.Series(values, index=column.index, dtype="bool")
    return pd.Series(values, index=column.index, dtype="object")


def _cast_inside(value: Any, declared: Any, name: str) -> Any:
    """Return a value of an array, object or map, where MLflow casts nothing, not even 2 to 2.0."""
    import numpy as np

    value = value.tolist() if isinstance(value, np.ndarray) else value
    kind = type(declared).__name__
    if kind == "Array" and isinstance(value, (list, tuple)):
        return [_cast_inside(item, declared.dtype, name) for item in value]
    if kind == "Map" and isinstance(value, dict):
        return {key: _cast_inside(item, declared.value_type, name) for key, item in value.items()}
    if kind == "Object" and isinstance(value, dict):
        types = {item.name: item.dtype for item in declared.properties}
        return {k: _cast_inside(v, types[k], name) if k in types else v for k, v in value.items()}
    check = INSIDE.get(getattr(declared, "name", ""))
    return value if check is None or value is None else check(value, name)


def _flags(missing: Any) -> list[bool]:
    return [bool(flag) for flag in missing]


def _refuse(name: str, value: Any, kind: str) -> Refusal:
    article = "an" if kind[0] in "aeio" else "a"
    return Refusal(
        f"The input's column {name} contains {value!r}, which is not {article} {kind}.", hint=HINT
    )


def _integers(column: Any, missing: Any, dtype: str, kind: str, name: str) -> Any:
    import pandas as pd

    if missing.any():
        raise Refusal(
            f"The input's column {name} is missing a value, which {kind} columns do not allow.",
            hint="declare the column as double, or fill in the missing values",
        )
    for value in column:
        if not _is_whole(value):
            raise _refuse(name, value, kind)
    try:
        return pd.Series([int(v) for v in column], index=column.index, dtype=dtype)
    except OverflowError:
        raise _refuse(name, max(column, key=abs), f"{kind} ({dtype})") from None


def _floats(column: Any, missing: Any, dtype: str, kind: str, name: str) -> Any:
    import pandas as pd

    values = [float("nan") if gone else v for v, gone in zip(column, _flags(missing))]
    for value in values:
        if not _is_number(value):
            raise _refuse(name, value, kind)
    return pd.Series([float(v) for v in values], index=column.index, dtype=dtype)


def _is_number(value: Any) -> bool:
    import numbers

    import numpy as np

    return isinstance(value, (numbers.Real, np.number)) and not isinstance(value, (bool, np.bool_))


def _is_whole(value: Any) -> bool:
    # `is_integer` of floats is False for NaN and the infinities.
    return _is_number(value) and (not hasattr(value, "is_integer") or value.is_integer())


def _datetimes(column: Any, missing: list[bool], name: str) -> Any:
    import pandas as pd

    if getattr(column.dtype, "kind", "") == "M":
        utc = pd.to_datetime(column, utc=True).dt.tz_localize(None)
        _tell_zone(column[column.dt.tz_localize(None) != utc].dropna().head(1), name)
        return utc.astype("datetime64[ns]")
    # One by one: for a whole column pandas takes the first value's form as that of all.
    values = [pd.NaT if gone else _moment(v, name) for v, gone in zip(column, missing)]
    _tell_zone(values, name)
    return pd.Series(
        [_in_utc(value) for value in values], index=column.index, dtype="datetime64[ns]"
    )


def _moment(value: Any, name: str) -> Any:
    import pandas as pd

    try:
        return pd.Timestamp(value)
    except (ValueError, TypeError):
        raise _refuse(name, value, "datetime") from None


def _in_utc(moment: Any) -> Any:
    """Return a moment as MLflow's datetime, which has no time zone: in UTC."""
    return moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)


class ConvertedToUTC(UserWarning):
    """A column's times had a time zone."""


def _tell_zone(moments: Any, name: str) -> None:
    first = next((each for each in moments if each.tzinfo and each.utcoffset()), None)
    if first is not None:
        said = f"`{first.isoformat()}` becomes `{_in_utc(first).isoformat()}`"
        warnings.warn(
            f"The times of the column `{name}` are converted to UTC: {said}",
            ConvertedToUTC,
            stacklevel=2,
        )


@contextlib.contextmanager
def conversions() -> Iterator[list[dict[str, Any]]]:
    """Yield a list that will have a finding for each column whose times are converted within."""
    found: list[dict[str, Any]] = []

    def take(category: type[Warning], said: str, *_: Any) -> None:
        if category is ConvertedToUTC:
            found.append(finding("datetime-zone", said, _ZONE_HINT, pointer="/input_example"))

    with each_warning(take):
        yield found


_ZONE_HINT = (
    "MLflow's datetime has no time zone. Write the times in UTC, or declare the column as `string` "
    "to keep their zones."
)


def _boolean(value: Any, name: str) -> bool:
    import numpy as np

    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise _refuse(name, value, "boolean")


def _string(value: Any, name: str) -> str:
    if isinstance(value, str):
        return str(value)
    raise _refuse(name, value, "string")


def _binary(value: Any, name: str) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        raise _refuse(name, value, "base64 string") from None


def _long(value: Any, name: str) -> int:
    if not _is_whole(value):
        raise _refuse(name, value, "long")
    return int(value)


def _double(value: Any, name: str) -> float:
    if not _is_number(value):
        raise _refuse(name, value, "double")
    return float(value)


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "boolean": _boolean,
    "string": _string,
    "binary": _binary,
}
INSIDE: dict[str, Callable[[Any, str], Any]] = {
    "boolean": _boolean,
    "string": _string,
    "long": _long,
    "double": _double,
}


def to_tensors(value: Any, schema: Any) -> Any:
    """Return an array, or a dictionary of arrays, of the dtypes that the tensor schema declares."""
    if not schema.has_input_names():
        return to_tensor(value, schema.inputs[0], "input")
    specs = {spec.name: spec for spec in schema.inputs}
    if not isinstance(value, dict):
        if len(specs) == 1:
            [(name, spec)] = specs.items()
            return {name: to_tensor(value, spec, name)}
        raise Refusal(
            "The input is one array, but the signature declares " + ", ".join(specs) + ".",
            hint="use a mapping from each name to its values",
        )
    return {
        name: to_tensor(item, specs[name], name) if name in specs else item
        for name, item in value.items()
    }


def to_tensor(value: Any, spec: Any, name: str) -> Any:
    """Return ``value`` as an array of ``spec``'s dtype, refusing what would change on the way."""
    import numpy as np

    target = np.dtype(spec.type)
    try:
        given = np.asarray(value)
        array = np.asarray(value, dtype=target)
    except (ValueError, TypeError, OverflowError) as error:
        raise Refusal(f"The input's {name} is not a {target} array: {error}.", hint=HINT) from None
    same = given.dtype.kind not in "iufb" or target.kind not in "iu" or np.array_equal(given, array)
    if target.kind == "M":
        # Of a time before 1678 or after 2261, numpy makes another one in nanoseconds.
        seconds = np.asarray(value, dtype="datetime64[s]")
        same = np.array_equal(seconds, array.astype("datetime64[s]"), equal_nan=True)
    if not same:
        raise Refusal(f"The input's {name} contains values that are not {target}.", hint=HINT)
    return array
