"""The story of `mlpack signature`: run the example, look at what went in and came out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlpack.core.counting import counted
from mlpack.core.errors import ModelError
from mlpack.manifest.document import parse
from mlpack.manifest.model import Manifest, Variant
from mlpack.ports import PredictRequest
from mlpack.ports.outside import Outside
from mlpack.ports.plan import plan
from mlpack.ports.report import SignatureReport
from mlpack.storage.atomic import write_whole
from mlpack.storage.staging import scratch_folder
from mlpack.workflow import fetch
from mlpack.workflow import lock as locking
from mlpack.workflow.build import example_workdir, isolation_of, save_package
from mlpack.workflow.environment import environment_of, ready_environment

_SIDES = ("inputs", "outputs", "params")


def infer_signature(
    manifest: Manifest, variant: Variant, outside: Outside, *, offline: bool = False
) -> SignatureReport:
    """Run the variant's example in the locked environment and describe both sides of it."""
    asked = fetch.asked_of(manifest, outside, offline=offline)
    lock, reasons = locking.updated_lock(asked, outside.resolver, outside.narrator, offline=offline)
    if reasons:
        locking.write(lock, manifest.lock_path)
    planned = plan(variant, lock, output=None, build_time=lock.build_time)
    count = counted(len(planned.environment.packages), "package")
    request = environment_of(variant, planned.environment)
    environment = ready_environment(request, count, outside, offline=offline, quiet=True)
    with scratch_folder() as folder:
        package, _ = save_package(planned, environment, folder, outside, inferring=True)
        outside.narrator.step("Running the example")
        example = PredictRequest(
            package=package,
            workdir=example_workdir(variant, folder / "work"),
            check_output=False,
            infer_signature=True,
        )
        prediction = outside.models.predict(environment, example, isolation_of(planned))
        outside.narrator.done(f"Predicted {prediction.summary}")
    if prediction.signature is None:
        raise ModelError("no signature could be inferred from the example's input and output")
    found = {side: _parsed(prediction.signature.get(side)) for side in _SIDES}
    return SignatureReport(block=signature_block(found), signature=found, written=None)


def signature_block(signature: Mapping[str, Any]) -> str:
    """Return the manifest's `signature:` block for MLflow's lists of inputs, outputs and params."""
    lines = ["signature:"]
    for side in _SIDES:
        fields = signature.get(side)
        if fields:
            lines.append(f"  {side}:")
            lines += [f"    - {_flow(_as_written(field))}" for field in fields]
    return "\n".join(lines) + "\n"


def write_block(manifest: Manifest, block: str) -> None:
    """Put a `signature:` block into the manifest's text, in place of the one there, if any."""
    text = manifest.path.read_text(encoding="utf-8")
    place = parse(text, file=manifest.path.name).places.get("/signature")
    if place is None:
        written = f"{text.rstrip()}\n\n{block}"
    else:
        lines = text.splitlines(keepends=True)
        first = (place.key or place.value).line - 1
        # A block ends at the start of the next line, a flow value within its last one.
        last = place.value.end_line - (1 if place.value.end_column == 1 else 0)
        written = "".join(lines[:first]) + block + "".join(lines[last:])
    write_whole(manifest.path, written.encode())


def _parsed(side: Any) -> Any:
    return json.loads(side) if isinstance(side, str) else side


def _as_written(field: Mapping[str, Any]) -> dict[str, Any]:
    """Turn MLflow's form of a column, tensor or param into the manifest's."""
    if "tensor-spec" in field:
        named = {"name": field["name"]} if field.get("name") else {}
        return {**named, **field["tensor-spec"]}
    written = {key: field[key] for key in ("name", "type") if key in field}
    rest = {key: value for key, value in field.items() if key not in ("name", "type")}
    if rest.get("required") is True:
        del rest["required"]
    if "shape" in rest and rest["shape"] is None:
        del rest["shape"]
    return {**written, **rest}


def _flow(value: Any) -> str:
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**9)
    return str(text).strip()
