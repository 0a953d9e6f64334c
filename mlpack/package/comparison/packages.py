"""Two packages side by side: which files differ, and what differs in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.core.digest import FileDigest, TreeDigest, differences, file_digests, tree_digest
from mlpack.core.errors import OutsideError, UsageError
from mlpack.core.loading import load_json, load_mlmodel, load_yaml
from mlpack.package.comparison.model import (
    Change,
    Detail,
    FileDifference,
    FileSide,
    PackageComparison,
    RequirementChange,
    ValueChange,
)
from mlpack.package.comparison.structures import compare_structures
from mlpack.package.comparison.texts import compare_pickles, compare_texts, is_pickle
from mlpack.package.layout import cache_warnings, without_caches
from mlpack.package.reading import Requirement, joined_lines, requirements_of

# Larger files are told apart by size and digest only.
_LOOKED_INTO = 16 << 20
_KEPT = 400

Load = Callable[[bytes], Any]


def compare_packages(first: Path, second: Path) -> PackageComparison:
    """Compare two MLflow model folders. Raises ``UsageError`` for a folder that is none.

    Bytecode that a loader left is warned of and does not count.
    """
    for folder in (first, second):
        if not (folder / "MLmodel").is_file():
            raise UsageError(
                f"{folder} is not an MLflow model: it has no MLmodel file",
                hint="specify the folders of two MLflow models",
            )
    trees = tree_digest(first), tree_digest(second)
    old, new = (without_caches(tree) for tree in trees)
    return PackageComparison(
        first=first,
        second=second,
        equal=old.files == new.files,
        first_digest=old.digest,
        second_digest=new.digest,
        files=tuple(sorted(_files(first, second, old, new), key=lambda each: each.path)),
        warnings=tuple(dict.fromkeys(each for tree in trees for each in cache_warnings(tree))),
    )


def _files(first: Path, second: Path, old: TreeDigest, new: TreeDigest) -> Iterator[FileDifference]:
    found = differences(file_digests(old), file_digests(new))
    before, after = _sides(old.files), _sides(new.files)
    for name in found.changed:
        detail = _detail(first / name, second / name, name)
        yield _difference(name, "changed", before[name], after[name], detail=detail)
    for name in found.added:
        yield _difference(name, "added", None, after[name])
    for name in found.removed:
        yield _difference(name, "removed", before[name], None)
    for origin, name in found.renamed:
        yield _difference(name, "renamed", before[origin], after[name], old_path=origin)


def _difference(
    path: str,
    change: Change,
    before: FileSide | None,
    after: FileSide | None,
    *,
    old_path: str | None = None,
    detail: Detail | None = None,
) -> FileDifference:
    return FileDifference(
        path=path, change=change, before=before, after=after, old_path=old_path, detail=detail
    )


def _sides(files: tuple[FileDigest, ...]) -> dict[str, FileSide]:
    return {str(file.path): FileSide(digest=file.digest, size=file.size) for file in files}


def _detail(first: Path, second: Path, name: str) -> Detail:
    """Return what differs in a changed file: in its own terms, else as text, else nothing."""
    if max(path.stat().st_size for path in (first, second)) > _LOOKED_INTO:
        return Detail(kind="binary")
    before, after = _content(first), _content(second)
    own = _in_its_terms(before, after, name)
    # Spaces, comments and the order of keys are no difference in a structure, but in bytes.
    return own or compare_texts(before, after, name) or Detail(kind="binary")


def _in_its_terms(before: bytes, after: bytes, name: str) -> Detail | None:
    path = PurePosixPath(name)
    if is_pickle(name, before) and is_pickle(name, after):
        return compare_pickles(before, after, name)
    try:
        if name == "requirements.txt":
            return _requirements(before, after)
        if name == "conda.yaml":
            return _conda(before, after)
        if name == "MLmodel":
            return _structures(before, after, load_mlmodel)
        if path.suffix == ".json":
            return _structures(before, after, load_json)
        if path.suffix in (".yaml", ".yml"):
            return _structures(before, after, load_yaml)
    except ValueError:
        return None
    return None


def _structures(before: bytes, after: bytes, load: Load) -> Detail:
    return _structure_detail(list(compare_structures(load(before), load(after))))


def _structure_detail(found: list[ValueChange]) -> Detail:
    more = max(0, len(found) - _KEPT)
    return Detail(kind="structure", values=tuple(found[:_KEPT]), more=more)


def _requirements(before: bytes, after: bytes) -> Detail:
    lines = [joined_lines(content.decode()) for content in (before, after)]
    return Detail(kind="requirements", requirements=tuple(compare_requirements(*lines)))


def _conda(before: bytes, after: bytes) -> Detail:
    first, old = split_conda(load_yaml(before))
    second, new = split_conda(load_yaml(after))
    return Detail(
        kind="structure",
        values=tuple(compare_structures(first, second)),
        requirements=tuple(compare_requirements(old, new)),
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error


def compare_requirements(
    before: Iterable[str], after: Iterable[str]
) -> Iterator[RequirementChange]:
    """Yield each requirement that moved, by name; options of the file stand first."""
    old, new = _by_key(before), _by_key(after)
    for key in sorted(old.keys() | new.keys()):
        first, second = old.get(key), new.get(key)
        if first != second:
            yield RequirementChange(
                name=key.text,
                before=first.specifier if first else None,
                after=second.specifier if second else None,
                hashes_added=len(_hashes(second) - _hashes(first)),
                hashes_removed=len(_hashes(first) - _hashes(second)),
            )


def split_conda(environment: Any) -> tuple[Any, list[str]]:
    """Return a conda environment without its pip requirements, and these."""
    if not isinstance(environment, Mapping) or not isinstance(
        environment.get("dependencies"), list
    ):
        return environment, []
    kept: list[Any] = []
    lines: list[str] = []
    for item in environment["dependencies"]:
        pip = item.get("pip") if isinstance(item, Mapping) and set(item) == {"pip"} else None
        if isinstance(pip, list) and all(isinstance(line, str) for line in pip):
            lines += pip
        else:
            kept.append(item)
    return {**environment, "dependencies": kept}, lines


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Key:
    is_package: bool
    name: str
    marker: str
    number: int

    @property
    def text(self) -> str:
        return f"{self.name} ; {self.marker}" if self.marker else self.name


def _by_key(lines: Iterable[str]) -> dict[_Key, Requirement]:
    found: dict[_Key, Requirement] = {}
    for item in requirements_of(lines):
        key = _Key(is_package=item.is_package, name=item.name, marker=item.marker, number=0)
        while key in found:
            key = _Key(
                is_package=key.is_package, name=key.name, marker=key.marker, number=key.number + 1
            )
        found[key] = item
    return found


def _hashes(item: Requirement | None) -> frozenset[str]:
    return item.hashes if item else frozenset()
