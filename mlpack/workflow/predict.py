"""The story of `mlpack predict`: any input, in any environment of a package, to any output."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlpack.core.errors import UsageError
from mlpack.package.reading import PackageFacts
from mlpack.ports import Environment, Prediction, PredictRequest
from mlpack.ports.outside import Outside
from mlpack.storage.atomic import writing_whole
from mlpack.storage.staging import scratch_folder
from mlpack.workflow.forward_pass import (
    BY_MLFLOW,
    example_folder,
    need_input,
    package_at,
    package_environment,
    predict_through,
)
from mlpack.workflow.options import VerifyOptions

FORMATS = {
    "csv": "CSV",
    "json": "JSON",
    "jsonl": "JSON lines",
    "npy": "NPY",
    "parquet": "Parquet",
}
PYTHON = "python"
"""The format of values of mlpack's caller: a file with others beside it."""
_ENDINGS = {**{f".{form}": form for form in FORMATS}, ".ndjson": "jsonl"}
_LOOKED_AT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A file of input, or for the predictions; without ``form``, it is what the file tells."""

    path: Path
    form: str | None = None


def predict(
    path: Path,
    payload: Data | None,
    output: Data | None,
    options: VerifyOptions,
    outside: Outside,
    *,
    params: Mapping[str, Any] | None = None,
) -> Prediction:
    """Predict with any MLflow pyfunc model, in an environment made from it alone.

    The example's relative URIs resolve in a copy of its files, a payload's where the caller is.
    ``params`` come before those in the payload. ``output`` is written whole, or not at all.
    """
    facts = package_at(path)
    need_input(facts, payload.path if payload else None, "-i/--input")
    payload = _read_as(payload) if payload else None
    output = _written_as(output) if output else None
    _check_manager(payload, output, options)
    outside.narrator.done(_said(payload))
    with package_environment(facts, options, outside) as environment, scratch_folder() as folder:
        staged = _staged(output, folder)
        prediction = _predicted(facts, payload, staged, options, environment, outside, params or {})
        if output is not None and staged is not None and staged is not output:
            _deliver(staged.path, output.path)
    return prediction


def _staged(output: Data | None, folder: Path) -> Data | None:
    """Return where the model writes: what may fail half-way is not yet at its place."""
    if output is None or output.form == PYTHON:
        return output
    return replace(output, path=folder / output.path.name)


def _predicted(
    facts: PackageFacts,
    payload: Data | None,
    output: Data | None,
    options: VerifyOptions,
    environment: Environment,
    outside: Outside,
    params: Mapping[str, Any],
) -> Prediction:
    given, form = (payload.path, payload.form) if payload else (None, None)
    written, written_form = (output.path, output.form) if output else (None, None)
    if options.environment_manager in BY_MLFLOW:
        return predict_through(facts, given, written, options, environment, outside, form=form)
    with example_folder(facts) as folder:
        request = PredictRequest(
            package=facts.path,
            workdir=folder if payload is None else Path.cwd(),
            payload=given,
            payload_format=form,
            check_output=False,
            result_file=written,
            result_format=written_form,
            params=params,
        )
        return outside.models.predict(environment, request, options.isolation)


def _said(payload: Data | None) -> str:
    if payload is None:
        return "Input: the package's own example"
    form = FORMATS.get(payload.form or "")
    return "Input: values from Python" if form is None else f"Input: {payload.path.name} ({form})"


def _check_manager(payload: Data | None, output: Data | None, options: VerifyOptions) -> None:
    """Raise ``UsageError`` for what MLflow's own command can neither read nor write."""
    if options.environment_manager not in BY_MLFLOW:
        return
    for data, forms in ((payload, ("csv", "json")), (output, ("json",))):
        if data is not None and data.form not in forms:
            form = FORMATS.get(data.form or "", "values of Python")
            raise UsageError(
                f"`mlflow models predict` cannot {'read' if data is payload else 'write'} {form}",
                hint="use --env-manager uv, or " + " or ".join(FORMATS[each] for each in forms),
            )


def _written_as(output: Data) -> Data:
    form = output.form or _ENDINGS.get(output.path.suffix.lower())
    if not output.path.parent.is_dir():
        raise UsageError(
            f"the folder {output.path.parent} does not exist",
            hint="create it, or fix the path passed with -o/--output",
        )
    if form is None:
        raise UsageError(
            f"the name {output.path.name} does not tell the format of the predictions",
            hint=f"end it in {', '.join(_ENDINGS)}, or pass --output-format",
        )
    return replace(output, form=form)


def _read_as(payload: Data) -> Data:
    form = payload.form or _ENDINGS.get(payload.path.suffix.lower()) or _sniffed(payload.path)
    if form is None:
        raise UsageError(
            f"{payload.path.name} is not {', '.join(list(FORMATS.values())[:-1])} or Parquet",
            hint="convert it, or pass --input-format",
        )
    return replace(payload, form=form)


def _sniffed(path: Path) -> str | None:
    """Return the format that a file's content tells, or ``None``."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
        if start.startswith(b"PAR1"):
            return "parquet"
        if start.startswith(b"\x93NUMPY"):
            return "npy"
        if not start.strip():
            raise UsageError(f"{path.name} is empty")
        if b"\0" in start:
            return None
        if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
            return "csv"
        file.seek(0)
        lines = (line for line in file if line.strip())
        first, second = next(lines), next(lines, None)
    return "jsonl" if second is not None and _is_json(first) else "json"


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


def _deliver(written: Path, target: Path) -> None:
    """Copy the predictions to a file, whole; or into a pipe or device, as they come."""
    if target.exists() and not target.is_file():
        with written.open("rb") as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
        return
    with written.open("rb") as source, writing_whole(target) as file:
        shutil.copyfileobj(source, file)
