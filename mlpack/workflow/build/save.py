"""Make one package in a staging folder: save it, complete it, check it against the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.core.digest import FileDigest, TreeDigest, file_digests, root_digest, value_digest
from mlpack.core.errors import IntegrityError, MlpackError, ModelError, Problem
from mlpack.lock.model import LockedVariant
from mlpack.manifest.model import AdoptedModel, Signature, SignatureReference, Variant
from mlpack.package.contents import lay_wheels, settle_modes, stage_code
from mlpack.package.layout import CODE, EXAMPLE_FILES
from mlpack.package.reading import read_package
from mlpack.package.record_reading import record_of
from mlpack.ports import AdoptRequest, Environment, ExampleData, SavedModel, SaveRequest
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan
from mlpack.storage.blobs import Store
from mlpack.workflow.build.artifacts import check_disk, lay_artifacts, lay_example
from mlpack.workflow.build.plan import isolation_of
from mlpack.workflow.downloads import provide

# Up to here artifacts are laid while the model is saved. Above, a model that fails would keep its
# user waiting for a copy that nobody needs.
_LAID_MEANWHILE = 1 << 30


def save_package(
    planned: Plan,
    environment: Environment,
    folder: Path,
    outside: Outside,
    *,
    inferring: bool = False,
) -> tuple[Path, tuple[Problem, ...]]:
    """Save the model through MLflow and complete it; return the package's folder and warnings.

    With ``inferring`` the manifest need not have a signature yet.
    """
    provide(planned, environment, outside)
    check_disk(planned, outside.store)
    outside.narrator.step(f"Saving {planned.variant.package_name}")
    package = folder / planned.target.name
    request = save_request(planned, package, stage_code(planned.code, folder / "code"))
    request = replace(request, completing=inferring)
    laid = folder / "laid"
    with ThreadPoolExecutor(max_workers=1) as helper:
        laying = None
        if planned.artifact_bytes <= _LAID_MEANWHILE:
            laying = helper.submit(lay_artifacts, planned, laid, outside.store)
        saved = outside.models.save(environment, request, isolation_of(planned))
        _check_kind(planned.variant, saved, inferring=inferring)
        if laying is None:
            laying = helper.submit(lay_artifacts, planned, laid, outside.store)
    laying.result()
    _complete(planned, laid, package, outside.store)
    outside.narrator.done(f"Saved {planned.variant.package_name}")
    return package, saved.warnings


def save_request(
    planned: Plan, package: Path, code: tuple[Path, ...]
) -> SaveRequest | AdoptRequest:
    """Return what the worker is asked to save, or to describe anew where it was saved before."""
    variant, model = planned.variant, planned.variant.model
    if isinstance(model, AdoptedModel):
        return AdoptRequest(flavors=model.flavors, **_described(planned, package))
    return SaveRequest(
        module=model.module,
        qualname=model.qualname,
        init=model.init,
        init_from_config=model.init_from is not None,
        code_paths=code,
        serialization=variant.serialization,
        artifacts={name: str(place) for name, place in planned.places.items()},
        **_described(planned, package),
    )


def _described(planned: Plan, package: Path) -> dict[str, Any]:
    """Return the fields of a ``ModelRequest``."""
    variant, signature = planned.variant, planned.variant.signature
    return {
        "destination": package,
        "signature": signature.to_mlflow() if isinstance(signature, Signature) else None,
        "signature_file": (variant.root / signature.path, signature.name)
        if isinstance(signature, SignatureReference)
        else None,
        "example": _example(variant),
        "model_config": variant.model_config,
        "metadata": planned.metadata,
        "resources": variant.resources,
        "auth_policy": variant.auth_policy,
        "requirements": planned.requirements,
        "artifact_bytes": planned.artifact_bytes,
        "python": planned.environment.python,
        "model_id": planned.model_id,
        "build_time": planned.build_time,
    }


def _check_kind(variant: Variant, saved: SavedModel, *, inferring: bool) -> None:
    """Refuse what only the imported class tells: it is no agent of MLflow's, or it is one."""
    reference = variant.model.reference
    named = f" --variant {variant.variant}" if variant.variant else ""
    if saved.agent is not None and inferring:
        raise ModelError(
            f"{reference} is a {saved.agent}, whose signature MLflow sets itself",
            hint="remove `signature` from the manifest",
        )
    if saved.agent is None and variant.signature is None and not inferring:
        raise ModelError(
            f"{reference} is not an MLflow agent and needs a signature",
            hint=f"run `mlpack signature --write{named}`, which finds it by running the example",
        )
    if saved.agent is None and variant.input_example.kind == "default":
        raise ModelError(
            f"{reference} is not an MLflow agent and needs an input example",
            hint="add `input_example` to the manifest",
        )


def _complete(planned: Plan, laid: Path, package: Path, store: Store) -> None:
    """Put artifacts, wheels and example files into a saved package."""
    if laid.is_dir():
        for path in laid.iterdir():
            path.rename(package / path.name)
        store.memory.moved(laid, package)
    lay_wheels(planned.wheels, package)
    lay_example(planned, package, store)
    settle_modes(package)


def is_ours(target: Path, planned: Plan) -> bool:
    """Tell whether ``target`` is a package of this manifest's name, by itself or by its record.

    The record speaks for a package whose own files are damaged.
    """
    name = planned.variant.name
    try:
        record = record_of(target)
        if record is not None and record.name == name:
            return True
        origin = read_package(target).origin
    except MlpackError:
        return False
    return origin is not None and origin.get("name") == name


def _example(variant: Variant) -> ExampleData | None:
    example = variant.input_example
    if example.kind == "default":
        return None
    value = str(variant.root / str(example.value)) if example.kind == "file" else example.value
    return ExampleData(kind=example.kind, value=value, params=example.params)


def check_made(planned: Plan, locked: LockedVariant, tree: TreeDigest) -> None:
    """Raise ``IntegrityError`` where the package holds other bytes than lock and plan say.

    A file may be written, or vanish and come back, between its hashing and its copying.
    """
    for what in _moved(planned, locked, tree):
        raise IntegrityError(
            f"{what} changed while {planned.variant.package_name} was being built; nothing was "
            "written",
            hint="build again once nothing writes to it",
        )


def _moved(planned: Plan, locked: LockedVariant, tree: TreeDigest) -> Iterator[str]:
    # Artifacts are compared while they are laid.
    if planned.variant.input_example.ship:
        for path in planned.variant.input_example.files:
            if _digest_at(tree, EXAMPLE_FILES / path) != locked.example_files[str(path)].digest:
                yield f"example file {path}"
    built = file_digests(tree)
    if value_digest(_code(planned, built)) != planned.parts["code"]:
        yield "the code"


def _digest_at(tree: TreeDigest, place: PurePosixPath) -> str:
    """Return the digest of a file of the tree, or the root digest of a folder in it."""
    inside = f"{place}/"
    files = [file for file in tree.files if f"{file.path}/".startswith(inside)]
    if len(files) == 1 and files[0].path == place:
        return files[0].digest
    return root_digest(_below(file, place) for file in files).digest


def _below(file: FileDigest, place: PurePosixPath) -> FileDigest:
    return replace(file, path=file.path.relative_to(place))


def _code(planned: Plan, built: Mapping[str, str]) -> dict[str, str]:
    return {str(file.target): built.get(str(CODE / file.target), "") for file in planned.code}
