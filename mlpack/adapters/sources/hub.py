"""Files and folders of a model hub's repositories, at one commit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mlpack.adapters.sources import failures
from mlpack.adapters.sources.buckets import Bucket
from mlpack.adapters.sources.clients import Patience, settings
from mlpack.adapters.sources.located import Located, RemoteFile
from mlpack.core.errors import IntegrityError, MlpackError, OutsideError

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
    api, token = client(environ)
    with Answers(uri):
        info: Any = api.repo_info(
            asked.repository, revision=commit or asked.revision, repo_type=asked.kind
        )
        entries = list(_entries(api, asked, info.sha))
    if not entries:
        raise _absent(uri)
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


def client(environ: Mapping[str, str]) -> tuple[HfApi, str | None]:
    """Return the hub's own client, and the token of the variable or of the hub's login."""
    try:
        from huggingface_hub import HfApi, get_token
    except ImportError:
        raise OutsideError(
            "hf:// needs the package huggingface_hub",
            hint="run `pip install 'mlpack-mlflow[hf]'`",
        ) from None
    token = environ.get("HF_TOKEN", "").strip() or get_token()
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


class AbsentError(OutsideError):
    """There is no such repository, revision or file."""


def _absent(uri: str) -> AbsentError:
    known = failures.missing(uri)
    return AbsentError(known.message, hint=known.hint)


class Answers:
    """Turns the library's errors into sentences."""

    def __init__(self, uri: str, cannot: str = "be looked up", login: str | None = None) -> None:
        self._uri = uri
        self._cannot = cannot
        self._login = login

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if not isinstance(error, Exception) or isinstance(error, MlpackError):
            return
        from huggingface_hub import errors

        status = status_of(error)
        if status in (401, 403) or isinstance(
            error, errors.GatedRepoError | errors.DisabledRepoError
        ):
            denied = failures.denied(self._uri)
            raise OutsideError(denied.message, hint=self._login or denied.hint) from error
        if isinstance(error, errors.RevisionNotFoundError):
            raise AbsentError(
                f"{self._uri}: the repository has no such revision", hint="fix the `@revision`"
            ) from error
        if status == 404:
            raise _absent(self._uri) from error
        if isinstance(error, json.JSONDecodeError | LookupError | TypeError | AttributeError):
            raise OutsideError(
                f"{self._uri} cannot {self._cannot}: the server does not answer like a model hub",
                hint="check HF_ENDPOINT",
            ) from error
        raise OutsideError(
            f"{self._uri} cannot {self._cannot}: {_first_line(error)}",
            hint="run the same command again",
        ) from error


def status_of(error: BaseException | None) -> int | None:
    """Return the status of the answer that an error of the library is about."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _first_line(error: Exception) -> str:
    """Return what an error says, without what a URL or a header in it would give away."""
    lines = str(error).splitlines() or [type(error).__name__]
    if (status := status_of(error)) is not None:
        return f"the server returned {status}"
    if error.__cause__ is not None and (status := status_of(error.__cause__)) is not None:
        return f"{lines[0]} The server returned {status}"
    return re.sub(r"https?://\S+", "the server", re.sub(r"(Bearer |hf_)\S+", "***", lines[0]))
