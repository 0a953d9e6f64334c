"""What git knows of a project: its commit, and which files are its own; it may not answer."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath, PurePosixPath

from mlpack.ports.outside import Revision

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# A repository on a disk that hangs must not hold up a build.
_PATIENCE = 30.0
# Set by git's hooks, they would name another repository than the project's.
_ELSEWHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
    "GIT_NAMESPACE", "GIT_PREFIX", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)  # fmt: skip


def git_revision(root: Path, paths: Sequence[PurePath] = (PurePath(),)) -> Revision | None:
    """Return the revision of the project at ``root``; ``None`` without git, repository or commit.

    It is dirty when one of ``paths`` (files or folders relative to ``root``) differs from the
    commit or is not in it, files that git is told to ignore aside. Whatever git does, this
    never raises.
    """
    commit = _git(root, "rev-parse", "--verify", "HEAD^{commit}")
    prefix = _git(root, "rev-parse", "--show-prefix")
    status = _git(
        root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", "."
    )
    if commit is None or prefix is None or status is None:
        return None
    if not _COMMIT.fullmatch(commit.strip()):
        return None
    top = PurePosixPath(prefix.rstrip("\n"))
    changed = _changed(status)
    return Revision(commit=commit.strip(), dirty=_touch([top / path for path in paths], changed))


def listed_files(folder: Path, name: str) -> tuple[Path, ...] | None:
    """Return the files called ``name`` at or below ``folder`` that git tracks or would track.

    ``None`` where there is no git or no repository, and in a folder that git ignores.
    """
    tracked = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found = _git(folder, *tracked, "--", f":(glob)**/{name}")
    if found is None or (not found and _git(folder, "check-ignore", "--quiet", ".") is not None):
        return None
    # A file in a merge conflict is listed once for each side.
    return tuple(folder / path for path in dict.fromkeys(found.split("\0")) if path)


def deleted_files(folder: Path) -> tuple[Path, ...]:
    """Return what the commit that is about to be made deletes, or the commits that are checked.

    `pre-commit` names the files that changed to its hooks, and not those that are gone.
    """
    names = ("PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF")
    first, last = (os.environ.get(name) for name in names)
    compared = f"{first}...{last}" if first and last else "--cached"
    asked = ("diff", compared, "--name-only", "--no-renames", "--diff-filter=D", "-z")
    top = _git(folder, "rev-parse", "--show-toplevel")
    # A commit of some files has an index of its own.
    found = _git(folder, *asked, inherit=True)
    if top is None or not found:
        return ()
    return tuple(Path(top.rstrip("\n"), path) for path in found.split("\0") if path)


def _changed(status: str) -> frozenset[PurePosixPath]:
    """Return the changed paths, relative to the repository: `XY path` entries, NUL after each."""
    return frozenset(PurePosixPath(entry[3:]) for entry in status.split("\0") if entry)


def _touch(paths: Iterable[PurePath], changed: frozenset[PurePosixPath]) -> bool:
    """Tell whether a path is changed, lies in what is (a submodule), or holds what is."""
    asked = {PurePosixPath(path) for path in paths}
    above = {parent for path in asked for parent in path.parents if parent.parts}
    return any(
        path in asked or path in above or not asked.isdisjoint(path.parents) for path in changed
    )


def _git(root: Path, *arguments: str, inherit: bool = False) -> str | None:
    elsewhere = () if inherit else _ELSEWHERE
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    try:
        done = subprocess.run(
            # A repository's own settings may name a program to watch for changes: it is not run.
            ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None
