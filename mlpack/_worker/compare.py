"""Hold the output against a recorded one: equal structure, numbers within tolerances."""

# ruff: noqa: B905 - Python 3.9, which models may run on, has no zip(strict=)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .failure import Refusal, counted
from .results import plain

HINT = (
    "if the new output is right, record it again; otherwise find what changed, "
    "or increase rtol/atol"
)
MOST = 5


def check_expectation(output: Any, file: Path, rtol: float, atol: float) -> None:
    """Refuse an output outside ``|actual - expected| <= atol + rtol * |expected|``."""
    found = differences(_comparable(output, file), _recorded(file), rtol, atol)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise Refusal(
            f"The output does not match {file.name}: {found[0]}{more}.",
            hint=HINT,
            problems=tuple(("output-expected", text) for text in found),
        )


def differences(actual: Any, expected: Any, rtol: float, atol: float) -> list[str]:
    """Return where ``actual`` is not ``expected``, both plain JSON data: at most ``MOST`` texts."""
    found: list[str] = []
    _differences(actual, expected, rtol, atol, "", found)
    return found


def _recorded(file: Path) -> Any:
    import numpy as np
    import pandas as pd

    try:
        if file.suffix == ".npy":
            return np.load(file, allow_pickle=False)
        if file.suffix == ".csv":
            return _frame_plain(pd.read_csv(file))
        if file.suffix == ".parquet":
            return _frame_plain(pd.read_parquet(file))
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, ImportError) as error:
        raise Refusal(f"The expected output {file.name} cannot be read: {error}") from error
    if isinstance(content, dict) and set(content) == {"predictions"}:
        return content["predictions"]
    return content


def _frame_plain(table: Any) -> Any:
    return plain(table)


def _comparable(output: Any, file: Path) -> Any:
    import numpy as np

    from .results import _table

    if file.suffix in {".csv", ".parquet"}:
        return _frame_plain(_table(output, file))
    if isinstance(output, np.ndarray) and output.dtype.kind in "iuf":
        return output
    return plain(output)


def _differences(
    actual: Any, expected: Any, rtol: float, atol: float, where: str, found: list[str]
) -> None:
    if len(found) >= MOST:
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        _mappings(actual, expected, rtol, atol, where, found)
    elif _is_list(expected) and _is_list(actual):
        _lists(actual, expected, rtol, atol, where, found)
    elif _is_number(expected) and _is_number(actual):
        if not abs(actual - expected) <= atol + rtol * abs(expected):
            found.append(f"{where or 'it'} is {actual!r}, not {expected!r}")
    elif type(actual) is not type(expected) or actual != expected:
        found.append(f"{where or 'it'} is {_short(actual)}, not {_short(expected)}")


def _mappings(
    actual: Any, expected: Any, rtol: float, atol: float, where: str, found: list[str]
) -> None:
    for key in expected:
        if key not in actual:
            found.append(f"{where or 'the output'} is missing {key}")
        else:
            inner = f"{where}.{key}" if where else str(key)
            _differences(actual[key], expected[key], rtol, atol, inner, found)
    found += [f"{where or 'it'} has {key}, which is new" for key in actual if key not in expected]


def _lists(
    actual: Any, expected: Any, rtol: float, atol: float, where: str, found: list[str]
) -> None:
    left, right = _array(actual), _array(expected)
    if left is not None and right is not None:
        _arrays(left, right, rtol, atol, where, found)
    elif len(actual) != len(expected):
        found.append(f"{where or 'it'} has {counted(len(actual), 'row')}, not {len(expected)}")
    else:
        for index, (one, other) in enumerate(zip(actual, expected)):
            _differences(one, other, rtol, atol, f"{where}[{index}]", found)


def _arrays(
    actual: Any, expected: Any, rtol: float, atol: float, where: str, found: list[str]
) -> None:
    import numpy as np

    if actual.shape != expected.shape:
        found.append(f"{where or 'it'} has the shape {actual.shape}, not {expected.shape}")
        return
    wrong = ~np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not wrong.any():
        return
    place = tuple(int(index[0]) for index in np.nonzero(wrong))
    with np.errstate(invalid="ignore"):
        widest = float(np.nanmax(np.abs(actual - expected)))
    found.append(
        f"{where}{list(place)} is {actual[place]:.9g}, not {expected[place]:.9g}; "
        f"{int(wrong.sum())} of {wrong.size} numbers differ, by {widest:.3g} at most"
    )


def _array(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return value.astype("float64")
    try:
        array = np.asarray(value)
        # A null among numbers stands for what JSON cannot say.
        if array.dtype.kind == "O" and _holds_numbers(array):
            array = array.astype("float64")
    except (ValueError, TypeError):
        return None
    return array.astype("float64") if array.dtype.kind in "iuf" and array.size else None


def _holds_numbers(array: Any) -> bool:
    return all(item is None or _is_number(item) for item in array.flat) and bool(array.size)


def _is_list(value: Any) -> bool:
    import numpy as np

    return isinstance(value, (list, np.ndarray))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
