"""Which lists a manifest's requirements are in, and what to write there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from mlpack.authoring.editing.listing import Listing, UneditableError, place_for
from mlpack.authoring.editing.targets import Target, shared_variant, shares, targets
from mlpack.core.errors import Span, UsageError
from mlpack.lock.request import gathered
from mlpack.manifest.model import Manifest, Variant
from mlpack.manifest.rules.requirement import check_requirement
from mlpack.manifest.rules.requirement_lines import Source
from mlpack.manifest.schema import closest
from mlpack.ports.dependency_reports import RequirementChange

_BOM = "\ufeff"
_PARTS = re.compile(r"([\w.-]+)\s*(\[[^\]]*\])?\s*(.*?)(?:\s*(;.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A file before and after."""

    path: Path
    before: bytes
    after: bytes


def edits(
    manifest: Manifest, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> tuple[tuple[Edited, ...], tuple[RequirementChange, ...]]:
    """Return the files to write so that requirements are added, or removed, and what changes.

    Nothing is written. Raises ``UsageError`` for what is no requirement or is not there, and
    ``UneditableError`` for what only a person can edit.
    """
    wanted = [_requirement(text, manifest) for text in add]
    names = [_name(text) for text in remove]
    desk = _Desk(shared_variant(manifest), manifest)
    changes = [desk.add(each) for each in wanted]
    changes += [change for name in names for change in desk.remove(name)]
    return tuple(desk.edited()), tuple(changes)


def own_dependencies(manifest: Manifest) -> tuple[str, ...]:
    """Return the variants whose dependencies are their own, and not the manifest's."""
    return tuple(each.variant or "" for each in manifest.variants if not shares(each))


@dataclass(slots=True, kw_only=True)
class _Text:
    before: bytes
    now: str


class _Desk:
    """Edits the lists of one variant in memory, one requirement after another."""

    def __init__(self, variant: Variant, manifest: Manifest) -> None:
        self._variant = variant
        self._manifest = manifest
        self._targets = tuple(targets(manifest, variant))
        self._texts: dict[Path, _Text] = {}

    def add(self, wanted: str) -> RequirementChange:
        """Add a requirement, or give the one that is there another version."""
        name = _name_in(wanted) or ""
        found = list(self._entries(name))
        if not found:
            return self._insert(wanted)
        if len(found) > 1:
            listed = ", ".join(sorted({target.label for target, _, _ in found}))
            raise UneditableError(
                f"{name} is required {len(found)} times, in {listed}",
                hint="edit the requirements by hand, then run `mlpack lock`",
            )
        ((target, index, before),) = found
        after = _merged(before, wanted)
        if after == before:
            return RequirementChange(
                change="unchanged", file=target.label, before=before, after=before
            )
        listing = self._opened(target)
        said = [item.text for item in listing.items]
        said[index] = after
        self._take(target, listing.replaced(index, after), said)
        return RequirementChange(change="changed", file=target.label, before=before, after=after)

    def remove(self, name: str) -> Iterator[RequirementChange]:
        """Remove a requirement wherever it is."""
        if next(self._entries(name), None) is None:
            raise _not_required(name, self._variant, self._manifest)
        while (entry := next(self._entries(name), None)) is not None:
            target, index, before = entry
            listing = self._opened(target)
            said = [item.text for item in listing.items]
            del said[index]
            self._take(target, listing.removed(index), said)
            yield RequirementChange(change="removed", file=target.label, before=before, after=None)

    def edited(self) -> Iterator[Edited]:
        """Yield each file that is to be written."""
        for path, text in self._texts.items():
            bom = _BOM if text.before.startswith(_BOM.encode()) else ""
            after = f"{bom}{text.now}".encode()
            if after != text.before:
                yield Edited(path=path, before=text.before, after=after)

    def _insert(self, wanted: str) -> RequirementChange:
        target = self._targets[0]
        listing = self._opened(target)
        names = [_name_in(item.text) or "" for item in listing.items]
        index = place_for(_name_in(wanted) or "", names)
        said = [item.text for item in listing.items]
        said.insert(index, wanted)
        self._take(target, listing.inserted(index, wanted), said)
        return RequirementChange(change="added", file=target.label, before=None, after=wanted)

    def _entries(self, name: str) -> Iterator[tuple[Target, int, str]]:
        for target in self._targets:
            for index, item in enumerate(self._opened(target).items):
                if _name_in(item.text) == name:
                    yield target, index, item.text

    def _opened(self, target: Target) -> Listing:
        return target.opened(self._text(target.path).now)

    def _text(self, path: Path) -> _Text:
        if path not in self._texts:
            content = path.read_bytes()
            text = content.decode("utf-8").removeprefix(_BOM)
            self._texts[path] = _Text(before=content, now=text)
        return self._texts[path]

    def _take(self, target: Target, text: str, said: Sequence[str]) -> None:
        """Take a changed text in, if it says what was meant and nothing else."""
        if not _says(target, text, said, self._opened(target)):
            raise UneditableError(
                f"{target.label} cannot be edited with certainty",
                hint="edit the requirements by hand, then run `mlpack lock`",
            )
        self._text(target.path).now = text


def _says(target: Target, text: str, said: Sequence[str], before: Listing) -> bool:
    try:
        listing = target.opened(text)
    except (UsageError, ValueError):
        return False
    return [item.text for item in listing.items] == list(said) and listing.rest == before.rest


def _requirement(text: str, manifest: Manifest) -> str:
    """Return a requirement to add; raises ``UsageError`` with the way to write it."""
    span = Span(file="", line=1, column=1, end_line=1, end_column=1)
    view = Source(name="", span=span).view(manifest.root)
    unhashed = manifest.variants[0].dependencies.allow_unhashed
    for problem in check_requirement(view, text, "", unhashed):
        if problem.severity == "error":
            raise UsageError(f"cannot add `{text}`: {problem.message}", hint=problem.hint)
    return text.strip()


def _merged(before: str, wanted: str) -> str:
    """Return a requirement with another version; what is not given stays as it is written."""
    name, extras, version, marker = _parts(before)
    _, new_extras, new_version, new_marker = _parts(wanted)
    extras, version, marker = new_extras or extras, new_version or version, new_marker or marker
    gap = " " if version.startswith("@") else ""
    end = f" {marker}" if marker and gap else marker
    after = f"{name}{extras}{gap}{version}{end}"
    return before if Requirement(after) == Requirement(before) else after


def _parts(requirement: str) -> tuple[str, str, str, str]:
    """Return name, extras in brackets, version or URL, and marker with its semicolon."""
    found = _PARTS.fullmatch(requirement.strip())
    assert found is not None  # noqa: S101 - it is known to be a requirement
    return found[1], found[2] or "", found[3], found[4] or ""


def _name(text: str) -> str:
    name = _name_in(text)
    if name is None or name != canonicalize_name(text.strip()):
        raise UsageError(
            f"{text!r} is not the name of a package", hint="pass names only, such as `numpy`"
        )
    return name


def _name_in(text: str) -> str | None:
    try:
        return str(canonicalize_name(Requirement(text).name))
    except InvalidRequirement:
        return None


def _not_required(name: str, variant: Variant, manifest: Manifest) -> UsageError:
    """Say where a package is, if it is not among the requirements that can be edited."""
    own = [each for each in manifest.variants if not shares(each) and _requires(each, name)]
    if own:
        return UneditableError(
            f"only variant {own[0].variant} requires {name}, in its own `dependencies`",
            hint=f"edit `variants.{own[0].variant}.dependencies` by hand, then run `mlpack lock`",
        )
    limits = [entry.source for entry in gathered(variant).constraints if entry.name == name]
    if limits:
        return UneditableError(
            f"{name} is not required; it is only constrained, in {limits[0]}",
            hint=f"edit {limits[0]} by hand, then run `mlpack lock`",
        )
    near = closest(name, [entry.name for entry in gathered(variant).requirements])
    return UsageError(
        f"{name} is not one of the requirements of {manifest.path.name}",
        hint=f"did you mean `{near}`?"
        if near
        else f"run `mlpack tree --invert --package {name}` to see what requires it",
    )


def _requires(variant: Variant, name: str) -> bool:
    return any(entry.name == name for entry in gathered(variant).requirements)
