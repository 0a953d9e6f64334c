"""A record read again: what a package should hold, and where it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from mlpack.core.digest import FileDigest, root_digest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.package.record import BUILD_TYPE, PROVENANCE, STATEMENT, record_path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HINT = "restore the file, or build the package again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One input of a build: its name or package URL, its part in the build, its digests."""

    name: str
    role: str
    digest: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the record beside a package says.

    ``files`` maps each file of the package to its digest, ``package`` is the root digest over
    them; ``commit`` and ``dirty`` are ``None`` where the project was in no repository.
    """

    path: Path
    files: Mapping[str, str]
    package: str
    manifest: str
    name: str
    version: str
    variant: str | None
    model_class: str | None
    serialization: str | None
    builder: str
    builder_version: str | None
    commit: str | None
    dirty: bool | None
    dependencies: tuple[Dependency, ...]


def record_of(package: Path) -> Record | None:
    """Return the record that lies beside a package, or ``None`` where none does."""
    path = record_path(package)
    return read_record(path) if path.is_file() else None


def read_record(path: Path) -> Record:
    """Read a record. Raises ``IntegrityError`` for one that mlpack cannot have written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error
    try:
        statement = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"the record {path} is not valid JSON", hint=_HINT) from error
    return _Reading(path=path).record(statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Takes a statement apart, and names the place where it is not what it must be."""

    path: Path

    def record(self, statement: Any) -> Record:
        top = self.mapping(statement, "the top")
        self.equal(top, "_type", STATEMENT)
        self.equal(top, "predicateType", PROVENANCE)
        predicate = self.mapping(top.get("predicate"), "predicate")
        definition = self.mapping(predicate.get("buildDefinition"), "buildDefinition")
        self.equal(definition, "buildType", BUILD_TYPE)
        asked = self.mapping(definition.get("externalParameters"), "externalParameters")
        run = self.mapping(predicate.get("runDetails"), "runDetails")
        builder = self.mapping(run.get("builder"), "builder")
        files = self.files(top.get("subject"))
        dependencies = self.items(definition.get("resolvedDependencies"), "resolvedDependencies")
        source = self.source(dependencies)
        return Record(
            path=self.path,
            files={str(file.path): file.digest for file in files},
            package=root_digest(files).digest,
            manifest=self.text(asked, "manifest"),
            name=self.text(asked, "name"),
            version=self.text(asked, "version"),
            variant=self.optional(asked, "variant"),
            model_class=self.optional(asked, "class"),
            serialization=self.optional(asked, "serialization"),
            builder=self.text(builder, "id"),
            builder_version=self.optional(
                self.mapping(builder.get("version", {}), "version"), "mlpack"
            ),
            commit=source and source[0],
            dirty=source and source[1],
            dependencies=tuple(self.dependency(item) for item in dependencies),
        )

    def files(self, subjects: Any) -> list[FileDigest]:
        files: dict[str, FileDigest] = {}
        for subject in self.items(subjects, "subject"):
            name = self.text(subject, "name")
            path = PurePosixPath(name)
            if (
                str(path) != name
                or not path.parts
                or path.is_absolute()
                or ".." in path.parts
                or name in files
            ):
                self.refuse(
                    f"the subject {name!r} is not a file of the package, or is listed twice"
                )
            digest = self.text(self.mapping(subject.get("digest"), "digest"), "sha256")
            if not _SHA256.fullmatch(digest):
                self.refuse(f"the digest of {name} is not a sha256 digest")
            # A record has no sizes; none is asked of it.
            files[name] = FileDigest(path=path, digest=f"sha256:{digest}", size=0)
        return list(files.values())

    def dependency(self, item: Mapping[str, Any]) -> Dependency:
        annotations = self.mapping(item.get("annotations", {}), "annotations")
        digests = self.mapping(item.get("digest", {}), "digest")
        return Dependency(
            name=self.text(item, "name" if "name" in item else "uri"),
            role=str(annotations.get("role", "")),
            digest={str(key): str(value) for key, value in digests.items()},
        )

    def source(self, dependencies: list[Mapping[str, Any]]) -> tuple[str, bool] | None:
        for item in dependencies:
            annotations = self.mapping(item.get("annotations", {}), "annotations")
            if annotations.get("role") == "source":
                digest = self.mapping(item.get("digest"), "digest")
                return self.text(digest, "gitCommit"), annotations.get("dirty") is not False
        return None

    def equal(self, value: Mapping[str, Any], key: str, expected: str) -> None:
        if value.get(key) != expected:
            self.refuse(f"its {key} is not {expected}")

    def mapping(self, value: Any, place: str) -> Mapping[str, Any]:
        return value if isinstance(value, dict) else self.refuse(f"{place} is not a mapping")

    def items(self, value: Any, place: str) -> list[Mapping[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(f"{place} is not a list of mappings")
        return list(value)

    def text(self, value: Mapping[str, Any], key: str) -> str:
        found = value.get(key)
        return found if isinstance(found, str) else self.refuse(f"{key} is not a string")

    def optional(self, value: Mapping[str, Any], key: str) -> str | None:
        return self.text(value, key) if key in value else None

    def refuse(self, why: str) -> NoReturn:
        raise IntegrityError(f"the record {self.path} is damaged: {why}", hint=_HINT)
