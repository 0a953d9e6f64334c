"""Packages on a model hub: one commit has a package's files, and a file that tells them apart.

``mlpack.json`` at the repository's top has the version, its digest, its evidence and the list of
its files: the model card and git's own files are the repository's. Earlier versions are found by
the titles of their commits.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from mlpack.adapters.publishers.hub_commits import (
    CARD,
    VERSION,
    additions,
    deletions,
    has,
    is_same,
    quiet,
    send,
    upload,
)
from mlpack.adapters.publishers.versions import Version, read_version
from mlpack.adapters.sources.clients import Patience
from mlpack.adapters.sources.hub import (
    AbsentError,
    Answers,
    address,
    client,
    compare,
    locate,
)
from mlpack.adapters.sources.located import Located, RemoteFile
from mlpack.adapters.sources.transfer import begun_anew, transfer
from mlpack.core.errors import IntegrityError, OutsideError, UsageError
from mlpack.ports import Progress
from mlpack.ports.publishing import Held, Published, Release, other_content

_MODEL = PurePosixPath("MLmodel")
# What a repository of somebody else has besides its model.
_OF_THE_HUB = (CARD, PurePosixPath(".gitattributes"), PurePosixPath(".gitignore"))
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TRIES = 3
_LOGIN = "set HF_TOKEN to a token that may write, or run `hf auth login`"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubPublisher:
    """Publishes to ``hf://org/repo`` and ``hf://org/repo@branch``."""

    environ: Mapping[str, str]
    patience: Patience

    def recorded(self, target: str, name: str, label: str) -> Published | None:
        """Return what the branch has of a model under a label, now or in an earlier commit."""
        head = self._at(target)
        return None if head is None else self._recorded(target, head, name, label)

    def push(self, target: str, release: Release, *, force: bool, progress: Progress) -> Published:
        """Commit the release to the branch, if it is not there.

        Raises ``IntegrityError`` where the label has other content there, unless ``force``.
        """
        _check(target, release)
        head = self._at(target)
        if head is None:
            self._create(target)
        for _ in range(_TRIES):
            head = self._at(target)
            there = head and self._recorded(target, head, release.name, release.label)
            if there and there.digest != release.tree.digest and not force:
                raise other_content(target, release, there.digest)
            is_head = there and head and there.uri == _pinned(target, head)
            if there and there.digest == release.tree.digest and (is_head or not force):
                return there
            if done := self._commit(target, release, head, progress):
                return done
        raise OutsideError(f"{target} keeps changing while it is pushed to", hint="push again")

    def held(self, uri: str) -> Held:
        """Find a package at a branch, a tag or a commit."""
        located = self._at(uri)
        if located is None:
            raise OutsideError(f"{uri} does not exist", hint="fix the URI")
        version = self._version(uri, located)
        files = tuple(_files(located, version))
        if not any(file.name == _MODEL for file in files):
            raise OutsideError(
                f"{uri} is not a model: it has no MLmodel file",
                hint="pass the URI of a repository with an MLflow model",
            )
        return Held(
            name=version.name if version else address(uri).repository.rpartition("/")[2],
            digest=version.digest if version else None,
            size=sum(file.size or 0 for file in files),
            evidence=version.evidence if version else {},
            bring=partial(self._bring, uri, replace(located, files=files)),
        )

    def _bring(
        self,
        uri: str,
        located: Located,
        folder: Path,
        have: Mapping[PurePosixPath, Path],
        progress: Progress,
    ) -> Path:
        missing = replace(
            located, files=tuple(file for file in located.files if file.name not in have)
        )
        came = begun_anew(uri, lambda: transfer(missing, folder, uri, self.patience, progress))
        compare(missing, came, uri)
        for file in missing.files:
            if not is_same(file, came / file.name, None):
                raise IntegrityError(f"{file.name} of {uri} was corrupted in transit")
        return came

    def _at(self, uri: str, commit: str | None = None) -> Located | None:
        """Return the files at a commit or at the URI's own revision, if it exists."""
        try:
            return locate(uri, "", commit, self.patience, self.environ)
        except AbsentError:
            return None

    def _version(self, uri: str, located: Located) -> Version | None:
        files = tuple(file for file in located.files if file.name == VERSION)
        if not files:
            return None
        with tempfile.TemporaryDirectory(prefix="mlpack-version-") as name:
            one = replace(located, files=files)
            came = self._bring(uri, one, Path(name) / "file", {}, lambda done, total: None)
            return read_version((came / VERSION).read_bytes(), f"{VERSION} of {uri}")

    def _recorded(self, target: str, head: Located, name: str, label: str) -> Published | None:
        for located in self._candidates(target, head, f"{name} {label}"):
            version = self._version(target, located)
            if version is not None and (version.name, version.label) == (name, label):
                return Published(digest=version.digest, uri=_pinned(target, located))
        return None

    def _candidates(self, target: str, head: Located, title: str) -> Iterator[Located]:
        """Yield the head, and the newest commits of the title before it."""
        yield head
        api, _ = client(self.environ)
        asked = address(target)
        with Answers(target):
            commits = api.list_repo_commits(asked.repository, revision=head.revision)
        for commit in commits:
            if commit.title == title and commit.commit_id != head.revision:
                located = self._at(target, commit.commit_id)
                if located is not None:
                    yield located

    def _create(self, target: str) -> None:
        """Create what there is not yet of a private repository and its branch."""
        asked = address(target)
        api, _ = client(self.environ)
        with Answers(target, "be created", _LOGIN):
            api.create_repo(asked.repository, private=True, exist_ok=True)
            if asked.revision not in (None, "main"):
                api.create_branch(asked.repository, branch=str(asked.revision), exist_ok=True)

    def _commit(
        self, target: str, release: Release, head: Located | None, progress: Progress
    ) -> Published | None:
        """Commit what differs from the head; ``None`` where somebody else did meanwhile."""
        asked = address(target)
        changed = [file for file in release.tree.files if not has(head, release, file)]
        known = None if head is None else self._version(target, head)
        with Answers(target, "be pushed to", _LOGIN), quiet():
            api, _ = client(self.environ)
            added = additions(asked, release, head, changed)
            upload(api, asked, added, progress)
            commit = send(api, asked, release, head, [*added, *deletions(release, head, known)])
        if commit is None:
            return None
        self._check_commit(target, release, commit)
        # Even where only `mlpack.json` differs, something is new there.
        size = sum(file.size for file in changed) or release.tree.size
        return Published(digest=release.tree.digest, uri=_uri(target, commit), sent=size)

    def _check_commit(self, target: str, release: Release, commit: str) -> None:
        there = self._at(target, commit)
        for file in release.tree.files:
            if not has(there, release, file):
                raise IntegrityError(
                    f"{_uri(target, commit)} does not have the package's {file.path}",
                    hint="push it again with --force",
                )


def _check(target: str, release: Release) -> None:
    revision = address(target).revision
    if revision is not None and _COMMIT.fullmatch(revision):
        raise UsageError(
            f"{target} is a commit: push to a branch", hint="write it like hf://org/repo@branch"
        )
    for file in release.tree.files:
        if file.path == VERSION or {".git", ".cache"} & set(file.path.parts):
            raise UsageError(
                f"a package with the file {file.path} cannot be pushed to a model hub",
                hint="rename the file, or push to another kind of target",
            )


def _uri(target: str, commit: str) -> str:
    return f"{target.partition('@')[0]}@{commit}"


def _pinned(target: str, located: Located) -> str:
    return _uri(target, str(located.revision))


def _files(located: Located, version: Version | None) -> Iterator[RemoteFile]:
    """Yield the package's files. Raises ``IntegrityError`` for one outside the folder."""
    for file in located.files:
        if file.name.is_absolute() or ".." in file.name.parts:
            raise IntegrityError(f"the hub lists the file {file.name}, outside the repository")
        if file.name in version.files if version else file.name not in _OF_THE_HUB:
            yield file
