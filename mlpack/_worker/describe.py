"""Say in one line what an output is, and show its beginning."""

# ruff: noqa: RUF001, RUF002 - the sign between rows and columns is meant

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
        return repr(output.head(10).tolist())
    if isinstance(output, np.ndarray):
        # A whole array as text may take minutes; its corner tells as much.
        corner = output[tuple(slice(0, 8) for _ in output.shape)]
        ending = " …" if corner.size < output.size else ""
        return str(np.array2string(corner, precision=6, separator=", ", threshold=64)) + ending
    if isinstance(output, Mapping):
        parts = [f"{name}: {_beginning(value)}" for name, value in list(output.items())[:6]]
        return "{" + ", ".join(parts) + "}"
    if isinstance(output, (list, tuple)):
        ending = ", …" if len(output) > 10 else ""
        return "[" + ", ".join(_beginning(item) for item in output[:10]) + ending + "]"
    return repr(output) if not isinstance(output, np.generic) else repr(output.item())


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
