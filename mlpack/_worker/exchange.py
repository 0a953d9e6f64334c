"""Values on their way between mlpack's caller and the model, whose libraries may differ.

Arrays travel as ``.npy`` files and all else as JSON, in one folder. A pickle would need the same
numpy and pandas on both sides, and would run code.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_KIND = "~"
"""The key that tells an object of JSON from a value that JSON has no form for."""
_SAME = (bool, int, float, str, type(None))
_PLAIN_KINDS = "biufcmMSU"
# A column of many small arrays must not become as many files.
_SMALL = 1 << 12


class UnsendableError(ValueError):
    """A value of a type that cannot be sent; the message says which."""


def packed(value: Any, path: Path) -> None:
    """Write a value to ``path``, with its arrays beside it. Raises ``UnsendableError``."""
    path.write_text(json.dumps(_Packer(path.parent).node(value)), encoding="utf-8")


def unpacked(path: Path) -> Any:
    """Return the value that ``packed`` wrote. Raises ``ImportError`` where a library is missing."""
    return _value(json.loads(path.read_text(encoding="utf-8")), path.parent)


class _Packer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def node(self, value: Any) -> Any:
        if type(value) in _SAME:
            return value
        if isinstance(value, list):
            return [self.node(item) for item in value]
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, (tuple, set, frozenset)):
            kind = "tuple" if isinstance(value, tuple) else "set"
            return {_KIND: kind, "items": [self.node(item) for item in value]}
        if isinstance(value, (bytes, bytearray)):
            return {_KIND: "bytes", "base64": base64.b64encode(value).decode()}
        return self._of_libraries(value)

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        if all(type(key) is str for key in value) and _KIND not in value:
            return {key: self.node(item) for key, item in value.items()}
        entries = [[self.node(key), self.node(item)] for key, item in value.items()]
        return {_KIND: "mapping", "entries": entries}

    def _of_libraries(self, value: Any) -> Any:
        pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
        if pandas is not None:
            if isinstance(value, pandas.DataFrame):
                return self._frame(value)
            if isinstance(value, (pandas.Series, pandas.Index)):
                return self._series(value)
            if value is pandas.NaT or value is pandas.NA:
                return {_KIND: "missing", "name": "NaT" if value is pandas.NaT else "NA"}
            if isinstance(value, pandas.Timestamp):
                zone = None if value.tz is None else str(value.tz)
                return {_KIND: "timestamp", "iso": value.isoformat(), "zone": zone}
        if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
            return self._array(value)
        if isinstance(value, (dt.datetime, dt.date)):
            return {_KIND: type(value).__name__, "iso": value.isoformat()}
        if isinstance(value, (str, int, float)):
            # A class of somebody's own, such as an enumeration.
            return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))
        name = f"{type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")
        raise UnsendableError(
            f"a value of type {name} cannot be sent from one environment to another"
        )

    def _array(self, array: Any) -> Any:
        import numpy as np

        if array.dtype.kind == "O":
            items = [self.node(item) for item in array.ravel().tolist()]
            return {_KIND: "objects", "shape": list(array.shape), "items": items}
        if array.dtype.kind not in _PLAIN_KINDS:
            raise UnsendableError(f"an array of {array.dtype} cannot be sent")
        kind = "scalar" if isinstance(array, np.generic) else "array"
        if array.nbytes <= _SMALL:
            inside = base64.b64encode(array.tobytes()).decode()
            shape = list(array.shape)
            return {_KIND: kind, "dtype": array.dtype.str, "shape": shape, "base64": inside}
        self._files += 1
        name = f"{self._files}.npy"
        np.save(self._folder / name, array, allow_pickle=False)
        return {_KIND: kind, "file": name}

    def _frame(self, table: Any) -> Any:
        columns = [self._column(table.iloc[:, place]) for place in range(table.shape[1])]
        labels, rows = self._labels(table.columns), self._rows(table.index)
        return {_KIND: "frame", "labels": labels, "rows": rows, "columns": columns}

    def _series(self, series: Any) -> Any:
        rows = self._rows(series.index)
        return {_KIND: "series", "column": self._column(series), "rows": rows}

    def _rows(self, index: Any) -> Any:
        import pandas as pd

        simple = isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index)))
        return len(index) if simple and index.name is None else self._labels(index)

    def _labels(self, index: Any) -> Any:
        import pandas as pd

        if isinstance(index, pd.MultiIndex):
            names = self.node(list(index.names))
            return {_KIND: "levels", "items": self.node(index.tolist()), "names": names}
        return {_KIND: "index", "column": self._column(index)}

    def _column(self, series: Any) -> Any:
        import numpy as np

        known = isinstance(series.dtype, np.dtype) and series.dtype.kind in _PLAIN_KINDS
        values = self.node(series.to_numpy() if known else series.tolist())
        return {"dtype": str(series.dtype), "values": values, "name": self.node(series.name)}


def _value(node: Any, folder: Path) -> Any:
    if isinstance(node, list):
        return [_value(item, folder) for item in node]
    if not isinstance(node, dict):
        return node
    if _KIND not in node:
        return {key: _value(item, folder) for key, item in node.items()}
    return _MADE[node[_KIND]](node, folder)


def _items(node: Any, folder: Path) -> list[Any]:
    return [_value(item, folder) for item in node["items"]]


def _array(node: Any, folder: Path) -> Any:
    import numpy as np

    if "file" in node:
        return np.load(folder / node["file"], allow_pickle=False)
    inside = base64.b64decode(node["base64"])
    return np.ndarray(node["shape"], dtype=node["dtype"], buffer=inside).copy()


def _objects(node: Any, folder: Path) -> Any:
    import numpy as np

    array = np.empty(len(node["items"]), dtype=object)
    array[:] = _items(node, folder)
    return array.reshape(node["shape"])


def _timestamp(node: Any, folder: Path) -> Any:
    import pandas as pd

    moment = pd.Timestamp(node["iso"])
    return moment if node["zone"] is None else moment.tz_convert(node["zone"])


def _missing(node: Any, folder: Path) -> Any:
    import pandas as pd

    return getattr(pd, node["name"])


def _frame(node: Any, folder: Path) -> Any:
    import pandas as pd

    rows = _rows(node["rows"], folder)
    made = (_typed(pd.Series, each, folder, index=rows) for each in node["columns"])
    return pd.DataFrame(dict(enumerate(made)), index=rows).set_axis(
        _value(node["labels"], folder), axis=1
    )


def _series(node: Any, folder: Path) -> Any:
    import pandas as pd

    return _typed(pd.Series, node["column"], folder, index=_rows(node["rows"], folder))


def _index(node: Any, folder: Path) -> Any:
    import pandas as pd

    return _typed(pd.Index, node["column"], folder)


def _levels(node: Any, folder: Path) -> Any:
    import pandas as pd

    return pd.MultiIndex.from_tuples(_items(node, folder), names=_value(node["names"], folder))


def _rows(node: Any, folder: Path) -> Any:
    import pandas as pd

    return pd.RangeIndex(node) if isinstance(node, int) else _value(node, folder)


def _typed(make: Callable[..., Any], column: Any, folder: Path, **more: Any) -> Any:
    """Return a series or an index; of a dtype that is unknown here, what its values make."""
    values, name = _value(column["values"], folder), _value(column["name"], folder)
    try:
        return make(values, dtype=column["dtype"], name=name, **more)
    except (TypeError, ValueError):
        return make(values, name=name, **more)


_MADE: Mapping[str, Callable[[Any, Path], Any]] = {
    "tuple": lambda node, folder: tuple(_items(node, folder)),
    "set": lambda node, folder: set(_items(node, folder)),
    "bytes": lambda node, folder: base64.b64decode(node["base64"]),
    "mapping": lambda node, folder: {
        _value(key, folder): _value(item, folder) for key, item in node["entries"]
    },
    "datetime": lambda node, folder: dt.datetime.fromisoformat(node["iso"]),
    "date": lambda node, folder: dt.date.fromisoformat(node["iso"]),
    "timestamp": _timestamp,
    "missing": _missing,
    "array": _array,
    "scalar": lambda node, folder: _array(node, folder)[()],
    "objects": _objects,
    "frame": _frame,
    "series": _series,
    "index": _index,
    "levels": _levels,
}
