"""The record beside a package: an in-toto Statement that says what it is and what made it.

Sources: in-toto Statement v1 and ResourceDescriptor v1.1, SLSA provenance v1, the package-url
type `pypi`. It holds no clock, no host and no path of the machine: the same build, the same text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlpack.core.digest import TreeDigest, canonical_json
from mlpack.core.errors import ManifestError
from mlpack.lock.model import LockedPackage, PinnedFile

STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:mlpack-mlflow:build:v1"
BUILDER = "urn:mlpack-mlflow:builder"
SUFFIX = ".intoto.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFacts:
    """What one package was made from, as names relative to the project and ``sha256:`` digests."""

    manifest: str
    """The manifest's file name."""
    manifest_digest: str
    lock: str
    lock_digest: str
    """Digest of the lock's text without its outputs, which are written after the build."""
    name: str
    version: str
    variant: str | None
    model_class: str | None
    serialization: str | None
    python: str
    build_time: int
    builder_version: str
    """mlpack's own version."""
    packages: tuple[LockedPackage, ...]
    code: Mapping[str, str] = field(default_factory=dict)
    """Path in the project → digest."""
    artifacts: Mapping[str, PinnedFile] = field(default_factory=dict)
    example_files: Mapping[str, PinnedFile] = field(default_factory=dict)
    saved: str | None = None
    """The folder of the saved model, where the model is no class."""
    commit: str | None = None
    dirty: bool = False


def record_path(package: Path) -> Path:
    """Return where the record of a package lies: ``<package>.intoto.json``, beside it."""
    return package.with_name(f"{package.name}{SUFFIX}")


def record_text(facts: BuildFacts, tree: TreeDigest) -> bytes:
    """Return the record of a package as canonical JSON and a newline.

    Raises ``ManifestError`` for a file whose name is not UTF-8, which JSON cannot represent.
    """
    statement = {
        "_type": STATEMENT,
        "subject": [
            {"name": str(file.path), "digest": _digest_set(file.digest)} for file in tree.files
        ],
        "predicateType": PROVENANCE,
        "predicate": {"buildDefinition": _definition(facts), "runDetails": _run(facts)},
    }
    try:
        return canonical_json(statement) + b"\n"
    except UnicodeEncodeError as error:
        name = ascii(error.object[max(0, error.start - 30) : error.end + 30])
        raise ManifestError(
            f"a file name is not valid UTF-8, so the record cannot list it: …{name}…",
            hint="rename the file",
        ) from error


def _definition(facts: BuildFacts) -> dict[str, Any]:
    asked = {
        "manifest": facts.manifest,
        "name": facts.name,
        "version": facts.version,
        "variant": facts.variant,
        "class": facts.model_class,
        "saved": facts.saved,
        "serialization": facts.serialization,
    }
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": {key: value for key, value in asked.items() if value is not None},
        "internalParameters": {"python": facts.python, "buildTime": facts.build_time},
        "resolvedDependencies": list(_dependencies(facts)),
    }


def _run(facts: BuildFacts) -> dict[str, Any]:
    return {"builder": {"id": BUILDER, "version": {"mlpack": facts.builder_version}}}


def _dependencies(facts: BuildFacts) -> Iterator[dict[str, Any]]:
    if facts.commit is not None:
        yield {
            "name": "source",
            "digest": {"gitCommit": facts.commit},
            "annotations": {"role": "source", "dirty": facts.dirty},
        }
    yield _file(facts.manifest, facts.manifest_digest, role="manifest")
    yield _file(facts.lock, facts.lock_digest, role="lock", covers="all but outputs")
    for name, digest in sorted(facts.code.items()):
        yield _file(name, digest, role="code")
    for role, pins in (("artifact", facts.artifacts), ("example", facts.example_files)):
        for name, pin in sorted(pins.items()):
            yield _file(name, pin.digest, role=role, size=pin.size)
    for package in sorted(facts.packages, key=_package_order):
        yield _package(package)


def _file(name: str, digest: str, **annotations: str | int) -> dict[str, Any]:
    return {"name": name, "digest": _digest_set(digest), "annotations": annotations}


def _package_order(package: LockedPackage) -> tuple[str, str, str]:
    return package.name, package.version, package.marker or ""


def _package(package: LockedPackage) -> dict[str, Any]:
    """Describe a pinned package; a digest set holds one sha256, so several are annotations."""
    annotations: dict[str, Any] = {"role": "package"}
    if package.marker:
        annotations["marker"] = package.marker
    descriptor: dict[str, Any] = {"uri": package_url(package), "annotations": annotations}
    hashes = sorted(package.sha256)
    if len(hashes) == 1:
        descriptor["digest"] = {"sha256": hashes[0]}
    elif hashes:
        annotations["sha256"] = hashes
    if package.url and package.url.startswith("git+"):
        descriptor["digest"] = {"gitCommit": package.url.partition("#")[0].rpartition("@")[2]}
    return descriptor


def package_url(package: LockedPackage) -> str:
    """Return the package URL (purl), such as ``pkg:pypi/torch@2.5.0%2Bcpu``."""
    location = ""
    if package.url:
        key = "vcs_url" if package.url.startswith("git+") else "download_url"
        location = f"?{key}={quote(package.url, safe='')}"
    return f"pkg:pypi/{package.name}@{quote(package.version, safe='.-_~')}{location}"


def _digest_set(digest: str) -> dict[str, str]:
    return {"sha256": digest.removeprefix("sha256:")}
