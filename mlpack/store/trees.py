"""Files and whole folders in the store: a folder is its blobs, and a list of their names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from mlpack.digest import FileDigest, TreeDigest, canonical_json, root_digest, value_digest
from mlpack.errors import OutsideError
from mlpack.store.blobs import Store

_TREES = "trees"


def keep_file(store: Store, path: Path, digest: str, size: int) -> None:
    """Move a file that lies on the store's file system into the store."""
    store.adopt(path, digest, size)


def keep_tree(store: Store, root: Path, tree: TreeDigest) -> None:
    """Move the files of a folder on the store's file system into the store; it stays empty."""
    for file in tree.files:
        # Two files of one content are one blob, and the first has moved there.
        store.adopt(root / file.path, file.digest, file.size)
    listed = [[str(file.path), file.digest, file.size] for file in tree.files]
    place = _place(store, tree.digest)
    with store.incoming() as folder:
        written = folder / "tree"
        # The root digest does not hold the names: the list has a digest of its own.
        written.write_bytes(canonical_json({"files": listed, "digest": value_digest(listed)}))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            written.replace(place)
        except OSError as error:
            raise OutsideError(f"{place} cannot be written: {error.strerror}") from error


def kept(store: Store, digest: str) -> Mapping[PurePosixPath, Path] | None:
    """Return where the content of this digest lies, checked; ``None`` where it is not all there.

    A folder's files go by their paths in it, a file alone by the path ``.``.
    """
    blob = store.find(digest)
    if blob is not None:
        return {PurePosixPath(): blob}
    files = _listed(store, digest)
    if files is None:
        return None
    found = {file.path: store.find(file.digest) for file in files}
    there = {path: blob for path, blob in found.items() if blob is not None}
    return there if len(there) == len(found) else None


def _listed(store: Store, digest: str) -> tuple[FileDigest, ...] | None:
    try:
        content = json.loads(_place(store, digest).read_bytes())
        files = tuple(
            FileDigest(path=PurePosixPath(path), digest=each, size=size)
            for path, each, size in content["files"]
        )
        whole = value_digest(content["files"]) == content["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return files if whole and root_digest(files).digest == digest else None


def _place(store: Store, digest: str) -> Path:
    return store.folder / _TREES / f"{digest.removeprefix('sha256:')}.json"
