"""Packages in container registries, as CNCF's ModelPack format has them.

Each large file is a layer of its own, so that a registry stores weights once; all others are one
tar without times, owners or an order of its own. The same package gives the same manifest, whoever
pushes it and when. Evidence refers to the manifest as its subject.
Source: ModelPack model-spec v1, OCI image and distribution specifications 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.adapters.publishers.modelpack import (
    DIGEST,
    EVIDENCE,
    Layer,
    checked,
    config_of,
    layer_of,
    manifest_of,
    opened,
    packed,
    unpack,
)
from mlpack.adapters.publishers.registry import INDEX, MANIFEST, Repository
from mlpack.adapters.publishers.versions import SUFFIX
from mlpack.adapters.sources.clients import Patience
from mlpack.adapters.sources.located import Located, RemoteFile
from mlpack.adapters.sources.transfer import begun_anew, transfer
from mlpack.core.digest import canonical_json, file_digest, sha256_bytes
from mlpack.core.errors import IntegrityError, OutsideError, UsageError
from mlpack.manifest.rules.publish import IMAGE
from mlpack.ports import Progress
from mlpack.ports.publishing import Held, Published, Release, other_content

_EMPTY = b"{}"
_EMPTY_KIND = "application/vnd.oci.empty.v1+json"
_EVIDENCE_KIND = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OciPublisher:
    """Publishes to ``oci://host/name:tag``."""

    environ: Mapping[str, str]
    patience: Patience

    def recorded(self, target: str, name: str, label: str) -> Published | None:
        """Return what the tag has, if anything."""
        repository, tag = self._target(target, label)
        return _recorded(repository, tag)

    def push(self, target: str, release: Release, *, force: bool, progress: Progress) -> Published:
        """Upload the layers that are not there, the manifest and the evidence; the tag last."""
        repository, tag = self._target(target, release.label)
        there = _recorded(repository, tag)
        if there is not None and there.digest != release.tree.digest and not force:
            raise other_content(target, release, there.digest)
        with packed(release) as layers:
            manifest = canonical_json(manifest_of(release, layers))
            sent = _send_layers(repository, release, layers, progress)
        digest = sha256_bytes(manifest)
        repository.send_manifest(digest, manifest)
        for suffix, content in release.evidence.items():
            _send_evidence(repository, digest, len(manifest), suffix, content)
        if there is None or not there.uri.endswith(digest):
            repository.send_manifest(tag, manifest)
        return Published(digest=release.tree.digest, uri=f"{repository.shown}@{digest}", sent=sent)

    def held(self, uri: str) -> Held:
        """Find an artifact by its tag or its manifest's digest."""
        parts = _parts(uri)
        reference = parts["digest"] or parts["tag"]
        if reference is None:
            raise UsageError(f"{uri} does not say which version", hint=f"write {uri}:1.0")
        repository = self._repository(parts)
        found = repository.manifest(reference)
        if found is None:
            raise OutsideError(f"{uri} does not exist", hint="fix the URI")
        manifest = checked(uri, repository.parsed(found[0]), found[1])
        layers = [layer_of(uri, each) for each in manifest["layers"]]
        return Held(
            name=str(parts["name"]).rpartition("/")[2],
            digest=(manifest.get("annotations") or {}).get(DIGEST),
            size=sum(layer.size for layer in layers),
            evidence=_evidence(repository, sha256_bytes(found[0])),
            bring=partial(self._bring, repository, tuple(layers), uri),
        )

    def _bring(
        self,
        repository: Repository,
        layers: tuple[Layer, ...],
        uri: str,
        folder: Path,
        have: Mapping[PurePosixPath, Path],
        progress: Progress,
    ) -> Path:
        files = tuple(
            RemoteFile(name=layer.place, key=layer.digest, size=layer.size, fixed=True)
            for layer in layers
            if layer.is_tar or layer.path not in have
        )
        located = Located(files=files, reader=repository, folder=True)
        came = begun_anew(uri, lambda: transfer(located, folder, uri, self.patience, progress))
        for layer in layers:
            if layer.is_tar:
                unpack(came / layer.place, layer, came)
            elif layer.path not in have and file_digest(came / layer.path) != layer.digest:
                raise IntegrityError(f"{layer.path} is not what {uri} states: {layer.digest}")
        return came

    def _target(self, target: str, label: str) -> tuple[Repository, str]:
        parts = _parts(target)
        if parts["digest"]:
            raise UsageError(
                f"{target} is a digest: push to a tag", hint="write it like host/name:1.0"
            )
        tag = parts["tag"] or re.sub(r"[^\w.-]", "_", label)[:128]
        return self._repository(parts), tag

    def _repository(self, parts: Mapping[str, str | None]) -> Repository:
        return Repository(host=str(parts["host"]), name=str(parts["name"]), environ=self.environ)


def _parts(uri: str) -> dict[str, str | None]:
    found = re.fullmatch(IMAGE, uri)
    if found is None:
        raise UsageError(
            f"{uri} is not a place in a container registry",
            hint="write it like oci://host/name:tag",
        )
    return found.groupdict()


def _send_layers(
    repository: Repository, release: Release, layers: list[Layer], progress: Progress
) -> int:
    total, sent = sum(layer.size for layer in layers), 0
    done = 0
    for layer in layers:
        if layer.source is not None and not repository.has_blob(layer.digest):
            with opened(layer.source) as content:
                repository.send_blob(layer.digest, layer.size, content)
            sent += layer.size
        done += layer.size
        progress(done, total)
    _send_small(repository, config_of(release, layers))
    return sent


def _send_small(repository: Repository, content: bytes) -> None:
    digest = sha256_bytes(content)
    if not repository.has_blob(digest):
        repository.send_blob(digest, len(content), content)


def _send_evidence(
    repository: Repository, subject: str, size: int, suffix: str, content: bytes
) -> None:
    """Store evidence as an artifact that refers to the package's manifest."""
    for each in (content, _EMPTY):
        _send_small(repository, each)
    manifest = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": _EVIDENCE_KIND,
            "config": _described(_EMPTY, _EMPTY_KIND),
            "layers": [_described(content, _EVIDENCE_KIND)],
            "subject": {"mediaType": MANIFEST, "digest": subject, "size": size},
            "annotations": {EVIDENCE: suffix},
        }
    )
    digest = sha256_bytes(manifest)
    if not repository.send_manifest(digest, manifest):
        listed = {**_described(manifest, MANIFEST), "artifactType": _EVIDENCE_KIND}
        listed["annotations"] = {EVIDENCE: suffix}
        _list_referrer(repository, subject, listed)


def _list_referrer(repository: Repository, subject: str, listed: dict[str, Any]) -> None:
    """List a referrer under the fallback tag, where the registry has no API for referrers."""
    there = repository.referrers(subject)
    if listed in there:
        return
    suffix = listed["annotations"][EVIDENCE]
    others = [each for each in there if (each.get("annotations") or {}).get(EVIDENCE) != suffix]
    index = canonical_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [*others, listed]})
    repository.send_manifest(subject.replace(":", "-"), index, INDEX)


def _described(content: bytes, kind: str) -> dict[str, Any]:
    return {"mediaType": kind, "digest": sha256_bytes(content), "size": len(content)}


def _recorded(repository: Repository, tag: str) -> Published | None:
    found = repository.manifest(tag)
    if found is None:
        return None
    annotations = repository.parsed(found[0]).get("annotations") or {}
    uri = f"{repository.shown}@{sha256_bytes(found[0])}"
    return Published(digest=str(annotations.get(DIGEST, "")), uri=uri)


def _evidence(repository: Repository, digest: str) -> dict[str, bytes]:
    """Return the evidence that refers to a manifest, each under the suffix that it states."""
    found = {}
    for each in repository.referrers(digest):
        suffix = (each.get("annotations") or {}).get(EVIDENCE)
        if not isinstance(suffix, str) or not SUFFIX.fullmatch(suffix):
            continue
        listed = repository.manifest(str(each.get("digest")))
        if listed is None:
            continue
        layers = repository.parsed(listed[0]).get("layers")
        if not isinstance(layers, list) or len(layers) != 1 or not isinstance(layers[0], dict):
            raise IntegrityError(f"evidence {suffix} of {repository.shown} cannot be read")
        key = str(layers[0].get("digest"))
        file = RemoteFile(name=PurePosixPath(suffix), key=key, size=None)
        content = b"".join(repository.whole(file))
        if sha256_bytes(content) != key:
            raise IntegrityError(f"evidence {suffix} was corrupted in transit", hint="try again")
        found[suffix] = content
    return found
