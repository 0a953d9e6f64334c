"""What the model is fed, and the input example as MLflow writes it into a package."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from .failure import Refusal
from .payloads import cast, file_input
from .signature import sparse_matrices_known, to_fields, to_signature


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
        form = request["payload_format"]
        fed, params = file_input(Path(request["payload"]), metadata.signature, form)
        return fed, {**params, **request["params"]}
    fed = metadata.load_input_example(request["package"])
    if fed is None:
        raise Refusal(
            "The package has no input example.", hint="specify an input with --payload FILE"
        )
    params = metadata.load_input_example_params(request["package"]) or {}
    return fed, {**params, **request["params"]}


def predicted(model: Any, fed: Any, params: dict[str, Any]) -> Any:
    """Return what the model predicts; one whose ``predict`` takes no params gets none."""
    return model.predict(fed, params=params) if params else model.predict(fed)


def completed(signature: Any, example: dict[str, Any] | None) -> Any:
    """Return a signature, or ``None``, with the columns and params that only the example has.

    MLflow gives a model no param that its signature does not declare, and of a table only the
    columns that it does.
    """
    from mlflow.models import infer_signature

    if example is None:
        return signature
    data, params = example_input(example, signature)
    declared = to_fields(signature) or {}
    seen = data if declared.get("inputs") else None
    if seen is None and not params:
        return signature
    with sparse_matrices_known():
        found = to_fields(infer_signature(seen, params=params or None)) or {}
    sides = ("inputs", "params")
    return to_signature({**declared, **{side: _joined(declared, found, side) for side in sides}})


def _joined(declared: dict[str, Any], found: dict[str, Any], side: str) -> list[Any]:
    own, seen = declared.get(side) or [], found.get(side) or []
    names = {field.get("name") for field in own}
    if own and (None in names or any("tensor-spec" in field for field in own + seen)):
        return list(own)
    return [*own, *(field for field in seen if field.get("name") not in names)]


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
