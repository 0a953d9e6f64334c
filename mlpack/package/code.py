"""Which files of the project are the model's code, and which must never be shipped with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mlpack.core.errors import ManifestError
from mlpack.manifest.code.folders import never_shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """One file of code: where it lies, and its path below the package's ``code/``."""

    source: Path
    target: PurePosixPath


def code_files(
    root: Path,
    code_paths: Sequence[PurePosixPath],
    exclude: Sequence[str] = (),
    *,
    outputs: Sequence[Path] = (),
) -> tuple[CodeFile, ...]:
    """List the files below ``code_paths``, sorted by target.

    A folder or file goes to ``code/`` under its own name, as with MLflow's ``code_paths``.
    ``exclude`` are globs against the path below the project; ``outputs`` are folders that builds
    write to. Raises ``ManifestError`` for two paths of one name and for links out of the project.
    """
    listing = _Listing(root=root, exclude=tuple(exclude), outputs=frozenset(outputs))
    taken: dict[str, PurePosixPath] = {}
    for path in code_paths:
        first = taken.setdefault(path.name, path)
        if first != path:
            raise ManifestError(
                f"code paths {first} and {path} would both become code/{path.name}",
                hint="rename one of them, or use the folder that contains both",
            )
    found = (
        file for path in code_paths for file in listing.files(root / path, PurePosixPath(path.name))
    )
    return tuple(sorted(found, key=lambda file: file.target))


def code_folders(
    root: Path,
    code_paths: Sequence[PurePosixPath],
    exclude: Sequence[str] = (),
    *,
    outputs: Sequence[Path] = (),
) -> Iterator[Path]:
    """Yield the folders that ``code_files`` looks into."""
    listing = _Listing(root=root, exclude=tuple(exclude), outputs=frozenset(outputs))
    for path in code_paths:
        yield from listing.folders(root / path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    root: Path
    exclude: tuple[str, ...]
    outputs: frozenset[Path]

    def files(self, source: Path, target: PurePosixPath) -> Iterator[CodeFile]:
        if source.is_file():
            yield CodeFile(source=source, target=target)
            return
        for child in sorted(source.iterdir()):
            if self._wanted(child):
                self._refuse_outside(child)
                yield from self.files(child, target / child.name)

    def folders(self, source: Path) -> Iterator[Path]:
        if source.is_dir():
            yield source
            for child in source.iterdir():
                if child.is_dir() and self._wanted(child):
                    yield from self.folders(child)

    def _wanted(self, path: Path) -> bool:
        if never_shipped(path.name):
            return False
        if path in self.outputs or (path / "pyvenv.cfg").is_file():
            return False
        relative = path.relative_to(self.root).as_posix()
        return not any(
            fnmatchcase(relative, pattern) or fnmatchcase(path.name, pattern)
            for pattern in self.exclude
        )

    def _refuse_outside(self, path: Path) -> None:
        if not path.is_symlink():
            return
        real = path.resolve()
        inside = self.root.resolve()
        if not real.exists():
            raise ManifestError(
                f"code path {path.relative_to(self.root)} is a broken symbolic link",
                hint="remove the link, or add it to `code_exclude`",
            )
        if not real.is_relative_to(inside) or path.parent.resolve().is_relative_to(real):
            raise ManifestError(
                f"code path {path.relative_to(self.root)} is a symbolic link that points outside "
                "its folder",
                hint="copy the files into the project, or add the link to `code_exclude`",
            )
