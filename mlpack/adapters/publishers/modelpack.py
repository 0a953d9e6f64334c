"""A package in the ModelPack format: its layers, its manifest, and files out of them again.

Source: CNCF ModelPack model-spec v1.
"""

from __future__ import annotations

import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from mlpack.adapters.publishers.registry import MANIFEST
from mlpack.core.digest import FileDigest, canonical_json, file_digest, sha256_bytes
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.ports.publishing import Release

ARTIFACT = "application/vnd.cncf.model.manifest.v1+json"
CONFIG = "application/vnd.cncf.model.config.v1+json"
RAW = "application/vnd.cncf.model.weight.v1.raw"
TAR = "application/vnd.cncf.model.code.v1.tar"
FILEPATH = "org.cncf.model.filepath"
DIGEST = "mlpack.digest"
EVIDENCE = "mlpack.evidence"
# A smaller file travels in the tar: each layer costs two requests.
LARGE = 4 << 20
_TARS = PurePosixPath(".layers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer: a file of the package, or the tar of all small ones (``path`` is then empty)."""

    digest: str
    size: int
    path: PurePosixPath
    is_tar: bool
    source: Path | None = None

    @property
    def place(self) -> PurePosixPath:
        """Where it is downloaded to."""
        return _TARS / f"{self.digest[7:]}.tar" if self.is_tar else self.path

    @property
    def descriptor(self) -> dict[str, Any]:
        """How a manifest names it."""
        return {
            "mediaType": TAR if self.is_tar else RAW,
            "digest": self.digest,
            "size": self.size,
            "annotations": {FILEPATH: "." if self.is_tar else str(self.path)},
        }


@contextmanager
def packed(release: Release) -> Iterator[list[Layer]]:
    """Yield a package's layers; the tar is a temporary file."""
    large = [file for file in release.tree.files if file.size >= LARGE]
    small = [file for file in release.tree.files if file.size < LARGE]
    with tempfile.TemporaryDirectory(prefix="mlpack-push-") as folder:
        path = Path(folder) / "small.tar"
        with path.open("wb") as stream:
            _write_tar(release.package, small, stream)
        tar = Layer(
            digest=file_digest(path),
            size=path.stat().st_size,
            path=PurePosixPath(),
            is_tar=True,
            source=path,
        )
        raw = [
            Layer(
                digest=file.digest,
                size=file.size,
                path=file.path,
                is_tar=False,
                source=release.package / file.path,
            )
            for file in large
        ]
        yield [*raw, tar]


def _write_tar(package: Path, files: list[FileDigest], stream: IO[bytes]) -> None:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in files:
            entry = tarfile.TarInfo(str(file.path))
            entry.size, entry.mode = file.size, 0o644
            with opened(package / file.path) as source:
                archive.addfile(entry, source)


def manifest_of(release: Release, layers: list[Layer]) -> dict[str, Any]:
    """Return the manifest of a release: no clock, no host, no order of its own."""
    config = config_of(release, layers)
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": ARTIFACT,
        "config": {"mediaType": CONFIG, "digest": sha256_bytes(config), "size": len(config)},
        "layers": [layer.descriptor for layer in layers],
        "annotations": {
            DIGEST: release.tree.digest,
            "org.opencontainers.image.title": release.name,
            "org.opencontainers.image.version": release.label,
        },
    }


def config_of(release: Release, layers: list[Layer]) -> bytes:
    """Return the configuration that a manifest refers to."""
    return canonical_json(
        {
            "descriptor": {"name": release.name, "version": release.label},
            "config": {},
            "modelfs": {"type": "layers", "diffIds": [layer.digest for layer in layers]},
        }
    )


def checked(uri: str, manifest: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a manifest of a model. Raises ``OutsideError`` for any other."""
    kind = str(manifest.get("mediaType", kind))
    if kind != MANIFEST or not isinstance(manifest.get("layers"), list):
        what = "a list of manifests" if "manifests" in manifest else kind
        raise OutsideError(f"{uri} is not a model: it is {what}", hint="pass the URI of a model")
    config = manifest.get("config")
    stated = manifest.get("artifactType") or (
        config.get("mediaType") if isinstance(config, dict) else None
    )
    if stated not in (ARTIFACT, CONFIG):
        raise OutsideError(
            f"{uri} is not a model of the ModelPack format: its type is {stated}",
            hint="pass the URI of a model",
        )
    return manifest


def layer_of(uri: str, descriptor: Any) -> Layer:
    """Read a layer. Raises ``IntegrityError`` for one that could leave the folder."""
    try:
        kind, digest, size = descriptor["mediaType"], descriptor["digest"], descriptor["size"]
        written = (descriptor.get("annotations") or {}).get(FILEPATH, "")
        is_tar = kind.endswith(".tar")
        path = PurePosixPath() if is_tar else PurePosixPath(written)
        whole = re.fullmatch(r"sha256:[0-9a-f]{64}", digest) and isinstance(size, int) and size >= 0
    except (TypeError, KeyError, AttributeError):
        whole, is_tar, path, kind = None, False, PurePosixPath(), ""
    if not whole or (not is_tar and not kind.endswith(".raw")):
        raise IntegrityError(
            f"{uri} has a layer that cannot be read", hint="push the package again"
        )
    if not is_tar and not _stays_inside(path):
        raise IntegrityError(f"{uri} has a layer with the path {written!r}, outside the package")
    return Layer(digest=digest, size=size, path=path, is_tar=is_tar)


def _stays_inside(path: PurePosixPath) -> bool:
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def unpack(path: Path, layer: Layer, folder: Path) -> None:
    """Unpack a tar of plain files into ``folder``, and remove it."""
    if file_digest(path) != layer.digest:
        raise IntegrityError(f"a layer was corrupted in transit: {layer.digest}", hint="try again")
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                _extract(archive, entry, folder)
    except (tarfile.TarError, EOFError) as error:
        raise IntegrityError(f"layer {layer.digest} is not a tar archive") from error
    path.unlink()
    path.parent.rmdir()


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    name = PurePosixPath(entry.name)
    if entry.isdir():
        return
    source = archive.extractfile(entry) if entry.isreg() else None
    if source is None or not _stays_inside(name):
        raise IntegrityError(f"an archive has the entry {entry.name!r}, which no package has")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, target.open("wb") as file:
        while block := source.read(1 << 20):
            file.write(block)


def opened(path: Path) -> IO[bytes]:
    """Open a file to be sent. Raises ``OutsideError`` where it cannot be read."""
    try:
        return path.open("rb")
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error
