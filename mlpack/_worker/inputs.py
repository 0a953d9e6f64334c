"""What the model is fed, and the input example as MLflow writes it into a package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from .casting import to_frame, to_tensors
from .failure import Refusal

PROTOCOL = ("dataframe_split", "dataframe_records", "inputs", "instances")


def example_input(example: dict[str, Any], signature: Any) -> tuple[Any, dict[str, Any]]:
    """Return ``(data, params)`` of the manifest's example, cast to ``signature``."""
    kind, value, params = example["kind"], example["value"], example["params"]
    if kind == "file":
        read, inside = file_input(Path(value), signature)
        return read, {**inside, **params}
    if kind == "input_uri":
        kind, value = "dataframe_records", [{"input_uri": value}]
    return cast(kind, value, signature), dict(params)


def requested_input(metadata: Any, request: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return data and params of the payload asked for, else of the package's own example."""
    if request["payload"] is not None:
        return file_input(Path(request["payload"]), metadata.signature)
    fed = metadata.load_input_example(request["package"])
    if fed is None:
        raise Refusal(
            "The package has no input example.", hint="specify an input with --payload FILE"
        )
    return fed, metadata.load_input_example_params(request["package"]) or {}


def predicted(model: Any, fed: Any, params: dict[str, Any]) -> Any:
    """Return what the model predicts; one whose ``predict`` takes no params gets none."""
    return model.predict(fed, params=params) if params else model.predict(fed)


def file_input(path: Path, signature: Any) -> tuple[Any, dict[str, Any]]:
    """Return ``(data, params)`` of a ``.json``, ``.csv``, ``.parquet`` or ``.npy`` file."""
    readers = {".json": _json, ".csv": _csv, ".parquet": _parquet, ".npy": _npy}
    if path.suffix not in readers:
        raise Refusal(
            f"{path.name} is not a supported input file.",
            hint="the file ends in " + ", ".join(readers),
        )
    try:
        return readers[path.suffix](path, signature)
    except (OSError, ValueError, ImportError) as error:
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
        return to_tensors(value, schema)
    return value if schema is None else _as_served(value, schema)


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
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise Refusal(f"{path.name} is nested too deeply.") from None
    if isinstance(content, dict):
        named = [key for key in PROTOCOL if key in content]
        if len(named) == 1:
            data = cast(named[0], content[named[0]], signature)
            return data, content.get("params") or {}
        if named:
            raise Refusal(f"{path.name} has both {' and '.join(named)}.", hint="keep one of them")
    if isinstance(content, list) and _wants_table(content, signature):
        return cast("dataframe_records", content, signature), {}
    return cast("inputs", content, signature), {}


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

    array = np.load(path, allow_pickle=False)
    return (array if signature is None else cast("inputs", array, signature)), {}


def add_example(model: Any, request: dict[str, Any], scratch: Path) -> None:
    """Write the example's files into the package and name them in ``model``."""
    if request["example"] is None:
        return
    data, params = example_input(request["example"], model.signature)
    carrier = scratch / "carrier"
    said = _as_requests_say(data)
    # MLflow would hold the text against the dtype that the server makes of it.
    signature = model.signature if said is data else None
    info = _save_carrier(carrier, (said, params) if params else said, signature)
    size = (model.model_size_bytes or 0) - _without_default(model, Path(request["destination"]))
    model.saved_input_example_info = info
    for name in _files(info, carrier):
        _make_valid(carrier / name, data, table=info["type"] in {"dataframe", "ndarray"})
        size += (carrier / name).stat().st_size
        shutil.move(str(carrier / name), str(Path(request["destination"]) / name))
    model.model_size_bytes = size


def _as_requests_say(data: Any) -> Any:
    """Return arrays of bytes and complex numbers as text, of which MLflow's server makes them.

    MLflow writes bytes in base64, which nothing decodes, and complex numbers not at all.
    """
    if isinstance(data, dict):
        said = {name: _as_requests_say(value) for name, value in data.items()}
        return said if any(said[name] is not value for name, value in data.items()) else data
    if getattr(getattr(data, "dtype", None), "kind", "") not in ("S", "c"):
        return data
    try:
        return data.astype(str)
    except UnicodeDecodeError as error:
        raise Refusal(
            f"The input example contains bytes that JSON cannot represent: {error}.",
            hint="declare the column as `binary`, which is sent as base64",
        ) from None


def _without_default(model: Any, package: Path) -> int:
    """Remove the example that MLflow gives an agent by itself; return how large it was."""
    info = model.saved_input_example_info or {}
    paths = [package / name for name in _files(info, package)]
    size = sum(path.stat().st_size for path in paths)
    for path in paths:
        path.unlink()
    return size


def _save_carrier(path: Path, example: Any, signature: Any) -> Any:
    import mlflow.pyfunc
    from mlflow.models import Model

    class Carrier(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        """Without type hints and without work: only MLflow's way with examples is wanted."""

        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return None

    model = Model()
    mlflow.pyfunc.save_model(
        path=str(path),
        python_model=Carrier(),
        mlflow_model=model,
        signature=signature,
        input_example=example,
        pip_requirements=["mlflow"],
    )
    return model.saved_input_example_info


def _files(info: dict[str, Any], carrier: Path) -> list[str]:
    names = [value for value in info.values() if isinstance(value, str)]
    return sorted({name for name in names if (carrier / name).is_file()})


def _make_valid(path: Path, data: Any, *, table: bool) -> None:
    """Write null for NaN, as JSON must, and all times of a column in one form.

    In a table or an array null is read as NaN again.
    """
    if path.suffix != ".json":
        return
    found: list[str] = []
    text = path.read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=found.append)
    if not table or set(found) - {"NaN"}:
        for constant in found:
            raise Refusal(
                f"The input example contains {constant}, which JSON cannot represent.",
                hint="write null for a missing number, and finite numbers elsewhere",
            )
    if _unify_times(content, data) or found:
        # MLflow lays the serving example out over lines, the other in one.
        indent = 2 if text.startswith("{\n") else None
        path.write_text(json.dumps(content, indent=indent), encoding="utf-8")


def _unify_times(content: Any, data: Any) -> bool:
    """Give the times of each column the same number of digits; tell whether any changed.

    pandas, and MLflow with it, reads a column of times in the form of its first value.
    """
    dtypes: Any = getattr(data, "dtypes", None)
    table = content.get("dataframe_split", content) if isinstance(content, dict) else {}
    if not hasattr(dtypes, "items") or not isinstance(table.get("data"), list):
        return False
    times = [place for place, dtype in enumerate(dtypes) if dtype.kind == "M"]
    changed = [_lengthened(table["data"], place) for place in times]
    return any(changed)


def _lengthened(rows: list[list[Any]], place: int) -> bool:
    written = [row for row in rows if row[place] is not None]
    lengths = {len(row[place]) for row in written}
    if len(lengths) < 2:
        return False
    for row in written:
        whole = row[place] if "." in row[place] else row[place] + "."
        row[place] = whole.ljust(max(lengths), "0")
    return True
