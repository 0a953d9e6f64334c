"""The files of CI systems, which look for them at the top of a repository alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.authoring import templates
from mlpack.authoring.templates import Facts
from mlpack.manifest.locate import repository

VARIABLE = "MLPACK"
"""The variable of a CI system that says what pip installs mlpack by, where nothing else does."""
UNKNOWN_REQUIREMENT = f"${{{VARIABLE}:?set this variable to what pip installs mlpack from}}"
SET_VARIABLE = (
    f"set the variable {VARIABLE} of the CI system to what pip installs mlpack from, such as "
    "git+https://HOST/OWNER/REPOSITORY"
)

Files = dict[PurePosixPath, bytes | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFiles:
    """The CI files of a project in ``root``, whose repository begins at ``top``."""

    root: Path
    top: Path
    inner: Files
    """Those that belong into the project, where it is all of the repository."""
    missing: Files
    """Those to write at the top; what is there may serve other projects too."""
    kept: tuple[PurePosixPath, ...]

    def shown(self, paths: Iterable[PurePosixPath]) -> list[PurePosixPath]:
        """Return paths at the top as they are seen from the project."""
        return [PurePosixPath(os.path.relpath(self.top / path, self.root)) for path in paths]

    def among(self, files: Iterable[PurePosixPath]) -> bool:
        """Tell whether a CI file is written, given the project's files that are."""
        return bool(self.missing) or not self.inner.keys().isdisjoint(files)


def ci_files(root: Path, kinds: Iterable[str], facts: Facts, *, force: bool) -> CiFiles:
    """Return the files of these CI systems; with ``force`` those at the top are replaced."""
    files: Files = {templates.CI_FILES[kind]: templates.ci_file(kind, facts) for kind in kinds}
    top = repository(root) or root
    if top == root:
        return CiFiles(root=root, top=top, inner=files, missing={}, kept=())
    kept = tuple(path for path in files if not force and os.path.lexists(top / path))
    missing = {path: content for path, content in files.items() if path not in kept}
    return CiFiles(root=root, top=top, inner={}, missing=missing, kept=kept)
