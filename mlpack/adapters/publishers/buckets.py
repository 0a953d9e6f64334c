"""Packages in buckets and folders: bytes under their digest, versions as small files beside them.

``<target>/<name>/sha256-<hex>/…`` is the package and never changes;
``<target>/<name>/<version>[-<variant>].json`` has a version's digest and evidence. It is written
when all else is there, in one step: a reader finds a whole package or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from mlpack.adapters.publishers.objects import Place
from mlpack.adapters.publishers.versions import Version, read_version, version_text
from mlpack.adapters.sources import failures
from mlpack.adapters.sources.buckets import Bucket
from mlpack.adapters.sources.clients import Patience
from mlpack.adapters.sources.clouds import stores
from mlpack.adapters.sources.located import Located, RemoteFile
from mlpack.adapters.sources.transfer import Count, begun_anew, transfer
from mlpack.core.digest import FileDigest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.ports import Progress
from mlpack.ports.publishing import Held, Published, Release, other_content

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_FOLDER = re.compile(r"sha256-([0-9a-f]{64})")
_CONNECTIONS = 8
# What loads a package opens this first: a folder without it is not a model yet.
_LAST = PurePosixPath("MLmodel")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPublisher:
    """Publishes to ``s3://``, ``gs://``, ``az://`` and ``file:///``."""

    environ: Mapping[str, str]
    patience: Patience

    def recorded(self, target: str, name: str, label: str) -> Published | None:
        """Return what the target has of a model under a label, if anything."""
        return _there(self._writable(target), name, label)

    def push(self, target: str, release: Release, *, force: bool, progress: Progress) -> Published:
        """Upload what is missing, then say that it is there.

        Raises ``IntegrityError`` where the label has other content there, unless ``force``.
        """
        place = self._writable(target)
        there = _there(place, release.name, release.label)
        _refuse_other(target, release, there, force)
        sent = _upload(place, release, progress)
        uri = place.shown(place.key(release.name, _folder(release.tree.digest)))
        if there is None or there.digest != release.tree.digest:
            key, content = _version_key(place, release.name, release.label), version_text(release)
            if not place.put(key, content, mode="create"):
                # Another push may have been first, since this one looked.
                _refuse_other(target, release, _there(place, release.name, release.label), force)
                place.put(key, content)
        return Published(digest=release.tree.digest, uri=uri, sent=sent)

    def held(self, uri: str) -> Held:
        """Find a package by its version's file, by its digest's folder, or in any folder."""
        refused: OutsideError | None = None
        for place in self._places(uri):
            try:
                return self._held(place)
            except OutsideError as error:
                # What the first caller hears is what the user can do something about.
                refused = refused or error
        raise refused or failures.missing(uri)

    def _held(self, place: Place) -> Held:
        for key in (place.prefix, f"{place.prefix}.json"):
            if key.endswith(".json") and (found := _version(place, key)) is not None:
                folder = f"{key.rpartition('/')[0]}/{_folder(found.digest)}"
                return self._package(place, folder, found, found.digest)
        named = _FOLDER.fullmatch(place.prefix.rpartition("/")[2])
        return self._package(place, place.prefix, None, named and f"sha256:{named[1]}")

    def _package(
        self, place: Place, folder: str, stated: Version | None, digest: str | None
    ) -> Held:
        bucket = Bucket(store=place.store, uri=place.shown(folder))
        files = tuple(bucket.listed(folder))
        if not files:
            raise OutsideError(f"{bucket.uri} does not exist", hint="fix the URI")
        if not any(file.name == _LAST for file in files):
            raise OutsideError(
                f"{bucket.uri} is not a model: it has no MLmodel file",
                hint="pass the URI of a version's .json file, or of a model's folder",
            )
        above, _, last = folder.rpartition("/")
        return Held(
            name=above.rpartition("/")[2] if digest else last,
            digest=digest,
            size=sum(file.size or 0 for file in files),
            evidence=stated.evidence if stated else {},
            bring=partial(self._bring, bucket, files),
        )

    def _bring(
        self,
        bucket: Bucket,
        files: tuple[RemoteFile, ...],
        folder: Path,
        have: Mapping[PurePosixPath, Path],
        progress: Progress,
    ) -> Path:
        missing = tuple(file for file in files if file.name not in have)
        located = Located(files=missing, reader=bucket, folder=True)
        return begun_anew(
            bucket.uri, lambda: transfer(located, folder, bucket.uri, self.patience, progress)
        )

    def _writable(self, target: str) -> Place:
        # Whoever may write has credentials: the last way is with them, or with the machine's role.
        return self._places(target)[-1]

    def _places(self, uri: str) -> list[Place]:
        parts = urlsplit(uri)
        prefix, base = unquote(parts.path).strip("/"), f"{parts.scheme}://{parts.netloc}/"
        if parts.scheme == "file":
            found = [_file_system()]
        else:
            found = stores(parts.scheme, parts.netloc, self.patience, self.environ)
        return [Place(store=store, prefix=prefix, base=base) for store in found]


def _file_system() -> ObjectStore:
    from obstore.store import LocalStore

    return LocalStore("/")


def _folder(digest: str) -> str:
    return digest.replace(":", "-")


def _version_key(place: Place, name: str, label: str) -> str:
    # A version is free text: it must stay one name.
    return place.key(name, f"{quote(label, safe='+')}.json")


def _there(place: Place, name: str, label: str) -> Published | None:
    found = _version(place, _version_key(place, name, label))
    if found is None:
        return None
    uri = place.shown(place.key(name, _folder(found.digest)))
    return Published(digest=found.digest, uri=uri)


def _version(place: Place, key: str) -> Version | None:
    """Read a version's file; ``None`` where there is none."""
    content = place.read(key)
    return None if content is None else read_version(content, place.shown(key))


def _refuse_other(target: str, release: Release, there: Published | None, force: bool) -> None:
    if there is not None and there.digest != release.tree.digest and not force:
        raise other_content(target, release, there.digest)


def _upload(place: Place, release: Release, progress: Progress) -> int:
    """Upload the files that are not there yet; return their bytes."""
    folder = place.key(release.name, _folder(release.tree.digest))
    bucket = Bucket(store=place.store, uri=place.shown(folder))
    there = _sizes(bucket, folder)
    missing = [file for file in release.tree.files if there.get(file.path) != file.size]
    total = sum(file.size for file in missing)
    count = Count(total, progress)

    def send(file: FileDigest) -> None:
        place.send(f"{folder}/{file.path}", release.package / file.path)
        count.add(file.size)

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        list(pool.map(send, (file for file in missing if file.path != _LAST)))
    for file in missing:
        if file.path == _LAST:
            send(file)
    _compare(bucket, _sizes(bucket, folder) if missing else there, release)
    return total


def _sizes(bucket: Bucket, folder: str) -> dict[PurePosixPath, int | None]:
    return {file.name: file.size for file in bucket.listed(folder)}


def _compare(bucket: Bucket, found: Mapping[PurePosixPath, int | None], release: Release) -> None:
    """Refuse a folder that has other files than the package: it would not load as it was proven."""
    wanted = {file.path: file.size for file in release.tree.files}
    differing = sorted(dict(found.items() ^ wanted.items()))
    if differing:
        raise IntegrityError(
            f"{bucket.uri} does not have the package's files: {differing[0]} differs",
            hint="remove the folder there, and push again",
        )
