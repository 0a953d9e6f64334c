"""The story of `mlpack signature`: run the example, look at what went in and came out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from mlpack.core.counting import counted
from mlpack.core.errors import ModelError
from mlpack.manifest.code import decoded_columns
from mlpack.manifest.model import Manifest, Variant
from mlpack.manifest.signature_text import with_signature
from mlpack.manifest.writing import key_text, signature_as_written
from mlpack.ports import PredictRequest
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan, plan
from mlpack.ports.report import SignatureReport
from mlpack.storage.staging import scratch_folder
from mlpack.workflow import fetch
from mlpack.workflow import lock as locking
from mlpack.workflow.build import (
    example_workdir,
    found_in_project,
    isolation_of,
    save_package,
)
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
        with found_in_project(planned):
            prediction = outside.models.predict(environment, example, isolation_of(planned))
        outside.narrator.done(f"Predicted {prediction.summary}")
    if prediction.signature is None:
        raise ModelError("no signature could be inferred from the example's input and output")
    found = {side: _parsed(prediction.signature.get(side)) for side in _SIDES}
    return _report(manifest, variant, planned, found, outside)


def _report(
    manifest: Manifest, variant: Variant, planned: Plan, found: Mapping[str, Any], outside: Outside
) -> SignatureReport:
    document, seen = variant.document, signature_as_written(found)
    declared = document.data.get("signature") or {}
    if isinstance(declared, str):
        notes = [f"the signature is declared in {declared}, which stays as it is"]
        missing, whole = {}, seen
    else:
        missing = {side: _missing(declared.get(side, ()), seen.get(side, ())) for side in _SIDES}
        joined = {side: [*declared.get(side, ()), *missing[side]] for side in _SIDES}
        whole = {side: fields for side, fields in joined.items() if fields}
        notes = [*_differences(declared, seen), *_suggestions(planned, missing["inputs"])]
    for note in notes:
        outside.narrator.note(note)
    before = manifest.path.read_text(encoding="utf-8")
    text = with_signature(document, before, whole) if any(missing.values()) else None
    return SignatureReport(
        block=key_text("signature", whole),
        signature=found,
        manifest=manifest.path,
        text=text,
        diff="" if text is None else _diff(before, text, manifest.path.name),
    )


def _missing(own: Sequence[Any], seen: Sequence[Any]) -> list[Any]:
    """Return what was seen and is not declared; nothing where declared fields have no names."""
    names = {field.get("name") for field in own}
    if own and (None in names or any("dtype" in field for field in (*own, *seen))):
        return []
    return [field for field in seen if field.get("name") not in names]


def _differences(declared: Mapping[str, Any], seen: Mapping[str, Any]) -> Iterator[str]:
    """Yield how the model's output differs from what is declared, and stays declared."""
    returned = {field.get("name"): field for field in seen.get("outputs", ())}
    for field in declared.get("outputs", ()):
        name, kind = field.get("name"), field.get("type")
        if name is None or not returned:
            continue
        if name not in returned:
            yield f"the output `{name}` is declared, but the model did not return it"
        elif kind is not None and kind != returned[name].get("type"):
            other = returned[name].get("type") or "a tensor"
            yield f"the output `{name}` is declared as {kind}, but the model returned {other}"


def _suggestions(planned: Plan, inputs: Sequence[Any]) -> Iterator[str]:
    """Yield where the model's code turns a string into what MLflow has a type for."""
    texts = {field["name"] for field in inputs if field.get("type") == "string"}
    sources = [file.source for file in planned.code if file.source.suffix == ".py"]
    decoded: dict[str, str] = {}
    for source in sources if texts else ():
        decoded |= decoded_columns(source.read_text(encoding="utf-8", errors="replace"))
    for name in sorted(texts & decoded.keys()):
        doing, gets = _DECODED[decoded[name]]
        yield (
            f"the model {doing} the string `{name}`: declare it as `{decoded[name]}` for MLflow to "
            f"decode it and the model to get {gets}"
        )


_DECODED = {
    "binary": ("decodes base64 from", "bytes"),
    "datetime": ("parses a time from", "timestamps"),
}


def _diff(before: str, after: str, name: str) -> str:
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return "".join(unified_diff(*lines, fromfile=name, tofile=name))


def _parsed(side: Any) -> Any:
    return json.loads(side) if isinstance(side, str) else side
