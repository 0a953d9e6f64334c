"""What a model folder is: read from it and from the record beside it, nothing of it run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.core.digest import TreeDigest, file_digests, tree_digest
from mlpack.core.errors import Problem
from mlpack.core.loading import json_value
from mlpack.package.classes import class_in_pickle, class_in_script
from mlpack.package.layout import cache_warnings, without_caches
from mlpack.package.reading import PackageFacts, read_package, requirements_of
from mlpack.package.record_reading import Record, record_of

# A pickled model larger than this is not searched for its class.
_SEARCHED = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactDescription:
    """An artifact's name, its path in the package, and the bytes of its files."""

    name: str
    path: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One line of ``requirements.txt``; ``hashes`` counts the files that may be installed."""

    name: str
    specifier: str
    marker: str
    hashes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the record says; ``matches`` tells whether it describes the package as it stands."""

    record: Path
    matches: bool
    builder: str
    builder_version: str | None
    manifest: str
    commit: str | None
    dirty: bool | None
    inputs: Mapping[str, int]
    """How many inputs of each role: manifest, lock, code, artifact, example, package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """An MLflow pyfunc model; what it does not say is ``None`` or empty.

    ``signature`` holds MLflow's lists under inputs, outputs and params; ``size`` is in bytes.
    """

    package: Path
    name: str | None
    version: str | None
    variant: str | None
    description: str | None
    model_class: str | None
    serialization: str | None
    loader: str
    mlflow_version: str | None
    created: str | None
    signature: Mapping[str, Any]
    artifacts: tuple[ArtifactDescription, ...]
    python: str
    dependencies: tuple[Dependency, ...]
    tags: Mapping[str, Any]
    metadata: Mapping[str, Any]
    files: int
    size: int
    digest: str
    provenance: Provenance | None
    warnings: tuple[Problem, ...] = ()


def describe(path: Path) -> Description:
    """Describe any MLflow pyfunc model folder.

    Raises ``UsageError`` where it is none, ``IntegrityError`` for links in it or a broken record.
    """
    facts = read_package(path)
    whole = tree_digest(path)
    tree = without_caches(whole)
    origin, metadata = facts.origin or {}, facts.mlmodel.get("metadata")
    own = dict(metadata) if isinstance(metadata, Mapping) else {}
    own.pop("mlpack", None)
    tags = own.pop("tags", {}) if isinstance(own.get("tags"), Mapping) else {}
    record = record_of(path)
    return Description(
        package=path,
        name=_text(origin.get("name")),
        version=_text(origin.get("version")),
        variant=_text(origin.get("variant")),
        description=_text(origin.get("description")),
        model_class=_model_class(facts) or (record.model_class if record else None),
        serialization=_serialization(facts),
        loader=str(facts.flavor.get("loader_module", "")),
        mlflow_version=_text(facts.mlmodel.get("mlflow_version")),
        created=_text(facts.mlmodel.get("utc_time_created")),
        signature=json_value(facts.signature),
        artifacts=tuple(_artifacts(facts, tree)),
        python=facts.python,
        dependencies=tuple(_dependencies(facts)),
        tags=tags,
        metadata=own,
        files=len(tree.files),
        size=tree.size,
        digest=tree.digest,
        provenance=_provenance(record, tree) if record else None,
        warnings=cache_warnings(whole),
    )


def _serialization(facts: PackageFacts) -> str | None:
    if facts.flavor.get("model_code_path"):
        return "code"
    return "pickle" if facts.flavor.get("python_model") else None


def _model_class(facts: PackageFacts) -> str | None:
    script, pickled = facts.flavor.get("model_code_path"), facts.flavor.get("python_model")
    try:
        if isinstance(script, str):
            # MLflow writes an absolute path here, and reads only its last part.
            path = facts.path / PurePosixPath(script).name
            return class_in_script(path.read_text(encoding="utf-8"), path.stem)
        if isinstance(pickled, str):
            path = facts.path / PurePosixPath(pickled).name
            if path.stat().st_size <= _SEARCHED:
                return class_in_pickle(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        return None
    return None


def _artifacts(facts: PackageFacts, tree: TreeDigest) -> Iterator[ArtifactDescription]:
    stated = facts.flavor.get("artifacts")
    for name, entry in sorted(stated.items() if isinstance(stated, Mapping) else ()):
        path = entry.get("path") if isinstance(entry, Mapping) else None
        if isinstance(path, str):
            place = PurePosixPath(path)
            size = sum(
                file.size for file in tree.files if place == file.path or place in file.path.parents
            )
            yield ArtifactDescription(name=name, path=path, size=size)


def _dependencies(facts: PackageFacts) -> Iterator[Dependency]:
    for item in requirements_of(facts.requirements):
        if item.is_package:
            yield Dependency(
                name=item.name,
                specifier=item.specifier,
                marker=item.marker,
                hashes=len(item.hashes),
            )


def _provenance(record: Record, tree: TreeDigest) -> Provenance:
    roles = [dependency.role for dependency in record.dependencies]
    return Provenance(
        record=record.path,
        matches=record.files == file_digests(tree),
        builder=record.builder,
        builder_version=record.builder_version,
        manifest=record.manifest,
        commit=record.commit,
        dirty=record.dirty,
        inputs={role: roles.count(role) for role in dict.fromkeys(roles) if role != "source"},
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
