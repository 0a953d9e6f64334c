"""Files and folders of a model hub's repositories, at one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mlpack.adapters.sources import failures
from mlpack.adapters.sources.buckets import Bucket
from mlpack.adapters.sources.clients import Patience, settings
from mlpack.adapters.sources.located import Located, RemoteFile
from mlpack.core.errors import IntegrityError, OutsideError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_KINDS = {"datasets": "dataset", "spaces": "space"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``hf://org/repo@revision/path``, with ``datasets/`` or ``spaces/`` before it or not."""

    kind: str
    repository: str
    revision: str | None
    path: str
    """Empty for the whole repository."""


def address(uri: str) -> Address:
    """Take a hub's URI apart; a `/` in a revision is written `%2F`."""
    parts = urlsplit(uri)
    kind = _KINDS.get(parts.netloc)
    segments = parts.path.strip("/").split("/")
    owner = segments.pop(0) if kind else parts.netloc
    repository, _, revision = segments[0].partition("@")
    return Address(
        kind=kind or "model",
        repository=f"{owner}/{repository}",
        revision=unquote(revision) or None,
        path=unquote("/".join(segments[1:])),
    )


def locate(
    uri: str, name: str, commit: str | None, patience: Patience, environ: Mapping[str, str]
) -> Located:
    """Find what ``uri`` names at ``commit``, or where its branch or tag stands now."""
    asked = address(uri)
    api, token = _api(environ)
    with _Answers(uri):
        info: Any = api.repo_info(
            asked.repository, revision=commit or asked.revision, repo_type=asked.kind
        )
        entries = list(_entries(api, asked, info.sha))
    if not entries:
        raise failures.missing(uri)
    folder = [entry.path for entry in entries] != [asked.path]

    def place(path: str) -> PurePosixPath:
        return PurePosixPath(path).relative_to(asked.path) if folder else PurePosixPath(name)

    return Located(
        files=tuple(
            _file(entry, place(entry.path), asked, info.sha)
            for entry in sorted(entries, key=lambda entry: str(entry.path))
        ),
        reader=_reader(uri, str(api.endpoint), token, patience, environ),
        folder=folder,
        revision=info.sha,
    )


def _api(environ: Mapping[str, str]) -> tuple[HfApi, str | None]:
    try:
        from huggingface_hub import HfApi, get_token
    except ImportError:
        raise OutsideError(
            "hf:// needs the package huggingface_hub",
            hint="run `pip install 'mlpack-mlflow[hf]'`",
        ) from None
    token = environ.get("HF_TOKEN") or get_token()
    return HfApi(endpoint=environ.get("HF_ENDPOINT") or None, token=token or False), token


def _entries(api: HfApi, asked: Address, commit: str) -> Iterator[Any]:
    """Yield the files at the path: itself, or all below it."""
    from huggingface_hub.hf_api import RepoFile

    if asked.path:
        found = api.get_paths_info(
            asked.repository, [asked.path], revision=commit, repo_type=asked.kind
        )
        files = [entry for entry in found if isinstance(entry, RepoFile)]
        if files or not found:
            yield from files
            return
    tree = api.list_repo_tree(
        asked.repository,
        asked.path or None,
        recursive=True,
        revision=commit,
        repo_type=asked.kind,
    )
    yield from (entry for entry in tree if isinstance(entry, RepoFile))


def _file(entry: Any, name: PurePosixPath, asked: Address, commit: str) -> RemoteFile:
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(
        asked.repository, entry.path, repo_type=asked.kind, revision=commit, endpoint="https://h"
    )
    return RemoteFile(
        name=name,
        key=unquote(url.removeprefix("https://h/")),
        size=entry.lfs.size if entry.lfs else entry.size,
        tag=entry.blob_id,
        # Small files are in git itself, which gives no parts of them.
        ranged=entry.lfs is not None,
        fixed=True,
        digest=f"sha256:{entry.lfs.sha256}" if entry.lfs else f"blob:{entry.blob_id}",
    )


def _reader(
    uri: str, endpoint: str, token: str | None, patience: Patience, environ: Mapping[str, str]
) -> Bucket:
    from obstore.store import HTTPStore

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    plain = endpoint.startswith("http://")
    options = settings(patience, environ, plain=plain, headers=headers)
    return Bucket(store=HTTPStore.from_url(endpoint, **options), uri=uri)


def compare(located: Located, path: Path, uri: str) -> None:
    """Hold small files to git's own digests, which the hub gives for them."""
    for file in located.files:
        if file.digest is None or not file.digest.startswith("blob:"):
            continue
        content = (path / file.name if located.folder else path).read_bytes()
        header = f"blob {len(content)}\0".encode()
        found = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
        if file.digest != f"blob:{found}":
            raise IntegrityError(
                f"{file.name} of {failures.shown(uri)} does not match the digest that the hub "
                "lists",
                hint="try again, or contact the hub's operator",
            )


class _Answers:
    """Turns the library's errors into sentences."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if not isinstance(error, Exception) or isinstance(error, OutsideError):
            return
        from huggingface_hub import errors

        if isinstance(error, errors.GatedRepoError | errors.DisabledRepoError):
            raise failures.denied(self._uri) from error
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in (401, 403):
            raise failures.denied(self._uri) from error
        if isinstance(error, errors.RevisionNotFoundError):
            raise OutsideError(
                f"{self._uri}: the repository has no such revision", hint="fix the `@revision`"
            ) from error
        if status == 404:
            raise failures.missing(self._uri) from error
        raise OutsideError(
            f"{self._uri} cannot be looked up: {_first_line(error)}",
            hint="run the same command again",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
