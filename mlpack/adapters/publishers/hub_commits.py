"""The commit that takes a package to a model hub: what is added, what is deleted, and the card."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mlpack.adapters.publishers.versions import Version, version_text
from mlpack.adapters.sources.hub import Address, status_of
from mlpack.adapters.sources.located import Located, RemoteFile
from mlpack.core.digest import FileDigest, file_digest
from mlpack.ports import Progress
from mlpack.ports.publishing import Release

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

VERSION = PurePosixPath("mlpack.json")
CARD = PurePosixPath("README.md")
# A larger file is sent alone, so that progress can be told.
_LARGE = 4 << 20


def has(located: Located | None, release: Release, file: FileDigest) -> bool:
    """Tell whether there is a file of this path and content."""
    found = [each for each in located.files if each.name == file.path] if located else []
    return bool(found) and is_same(found[0], release.package / file.path, file)


def is_same(there: RemoteFile, path: Path, known: FileDigest | None) -> bool:
    """Tell whether a file has the digest that the hub lists: git's own for a small one."""
    if there.size != path.stat().st_size or there.digest is None:
        return False
    if there.digest.startswith("sha256:"):
        return there.digest == (known.digest if known else file_digest(path))
    content = path.read_bytes()
    header = f"blob {len(content)}\0".encode()
    digest = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
    return there.digest == f"blob:{digest}"


def additions(
    asked: Address, release: Release, head: Located | None, changed: list[FileDigest]
) -> list[CommitOperationAdd]:
    """Return what a commit adds: the package's files that differ, and what says so of them."""
    from huggingface_hub import CommitOperationAdd

    names = {file.path for file in release.tree.files}
    paths: list[str] = sorted(str(name) for name in names)
    small = {VERSION: version_text(release, files=paths)}
    if CARD not in names | {file.name for file in (head.files if head else ())}:
        small[CARD] = _card(asked, release.name)
    return [
        *(CommitOperationAdd(str(file.path), str(release.package / file.path)) for file in changed),
        *(CommitOperationAdd(str(name), content) for name, content in small.items()),
    ]


def deletions(release: Release, head: Located | None, known: Version | None) -> list[Any]:
    """Return what removes the files of the package before that this one does not have."""
    from huggingface_hub import CommitOperationDelete

    names = {file.path for file in release.tree.files}
    there = {file.name for file in head.files} if head else set()
    gone = (known.files if known else frozenset()) & there - names
    return [CommitOperationDelete(str(name), is_folder=False) for name in sorted(gone)]


def upload(api: HfApi, asked: Address, added: list[CommitOperationAdd], progress: Progress) -> None:
    """Upload the large files, which a commit then only refers to."""
    small = [each for each in added if each.upload_info.size < _LARGE]
    batches = [small, *([each] for each in added if each.upload_info.size >= _LARGE)]
    total, done = sum(each.upload_info.size for each in added), 0
    for batch in batches:
        api.preupload_lfs_files(
            asked.repository,
            additions=batch,
            revision=asked.revision,
            free_memory=False,
            # In place of the repository's own, which could leave files out.
            gitignore_content="# each file is of the package\n",
        )
        done += sum(each.upload_info.size for each in batch)
        progress(done, total)


def send(
    api: HfApi, asked: Address, release: Release, head: Located | None, operations: list[Any]
) -> str | None:
    """Send the commit; return its id, or ``None`` where the branch has moved on."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return api.create_commit(
            asked.repository,
            operations,
            commit_message=f"{release.name} {release.label}",
            commit_description=release.tree.digest,
            revision=asked.revision,
            parent_commit=head.revision if head else None,
        ).oid
    except HfHubHTTPError as error:
        if status_of(error) in (409, 412):
            return None
        raise


def _card(asked: Address, name: str) -> bytes:
    """Return the page that the hub shows, for a repository that has none."""
    return f"""---
library_name: mlflow
tags:
- mlflow
- mlpack
---

# {name}

An MLflow model, packaged by mlpack. `mlpack.json` has its version and digest.

```console
$ mlpack pull hf://{asked.repository}
```

```python
import mlflow
from huggingface_hub import snapshot_download

model = mlflow.pyfunc.load_model(snapshot_download("{asked.repository}"))
```
""".encode()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the library's progress bars and warnings off the terminal."""
    utils: Any = import_module("huggingface_hub.utils")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        was = utils.are_progress_bars_disabled()
        utils.disable_progress_bars()
        try:
            yield
        finally:
            if not was:
                utils.enable_progress_bars()
