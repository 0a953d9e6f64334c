"""What a command has to say once it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from mlpack.core.errors import MlpackError, Problem, Span
from mlpack.lock.changes import Move
from mlpack.ports import Prediction

LockStatus = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReport:
    """A lock that is up to date now; ``reasons`` say in words why it was not before.

    In a dry run ``status`` says what would become of the file, and nothing is ``written``.
    """

    path: Path
    status: LockStatus
    written: bool
    reasons: tuple[str, ...]
    packages: Mapping[str, int]
    """Environment name → number of pinned packages."""
    moved: tuple[Move, ...] = ()
    """What differs from the lock before; nothing where there was none."""
    excluded: tuple[str, ...] = ()
    """Sentences on versions left out for their Requires-Python."""
    warnings: tuple[Problem, ...] = ()


FetchStatus = Literal["downloaded", "made", "present"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """One artifact that is at hand now: what it holds, and what had to be done for it."""

    artifact: str
    variant: str | None
    status: FetchStatus
    digest: str
    size: int


BuildStatus = Literal["built", "proven", "unchanged", "planned", "reproduced", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """One package; ``digest`` is empty for a planned one, ``seconds`` is the build's wall time.

    It is ``proven`` where only its forward pass was due, ``failed`` where there is an ``error``.
    """

    package: Path
    variant: str | None
    status: BuildStatus
    digest: str = ""
    size: int = 0
    seconds: float = 0.0
    prediction: Prediction | None = None
    warnings: tuple[Problem, ...] = field(default=(), metadata={"told": False})
    """What the model, its libraries and MLflow warned of, pointing into the project."""
    steps: tuple[str, ...] = ()
    """What was done, or would be, and why, in words."""
    error: MlpackError | None = None
    place: Span | None = field(default=None, metadata={"told": False})
    """Where the manifest declares it."""
    watched: frozenset[str] = field(default=frozenset(), repr=False, metadata={"told": False})
    """For an unchanged one: the paths that this depends on."""


_NAMED = 3


def warnings_of(reports: Sequence[BuildReport]) -> tuple[Problem, ...]:
    """Return each warning once; it names its packages where it is not of all that were built."""
    packages: dict[Problem, list[str]] = {}
    for report in reports:
        for warning in report.warnings:
            packages.setdefault(warning, []).append(report.package.name)
    return tuple(
        warning
        if len(names) == len(reports)
        else replace(warning, message=f"{warning.message} ({_listed(names)})")
        for warning, names in packages.items()
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """A package checked: its digest, what that was compared with, and its forward pass."""

    package: Path
    digest: str
    compared_with: str | None
    prediction: Prediction | None
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """A signature, completed by running the example; ``block`` is its YAML text."""

    block: str
    signature: Mapping[str, Any]
    """What was found, as MLflow's lists."""
    manifest: Path
    text: str | None
    """The manifest's text with what it lacked, or ``None`` where it is complete."""
    diff: str = ""
    """What is new in ``text``."""
    written: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """A package in one file: the archive and its digest, and the digest of what it holds."""

    archive: Path
    archive_digest: str
    size: int
    """Bytes of the archive."""
    package: Path
    digest: str
    compared_with: str | None
    """Who agrees that the package is whole; ``None`` where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedModel:
    """What a target has of a model's version.

    It is ``current`` where that is the recorded package, ``different`` where it is another one, and
    ``missing`` where there is none.
    """

    model: str
    version: str
    target: str
    status: Literal["current", "different", "missing"]
    digest: str | None
    uri: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """One model that a manifest describes; ``digest`` is the recorded one, where there is one."""

    manifest: Path
    name: str
    variant: str | None
    version: str
    package: Path
    digest: str | None
    published: tuple[PublishedModel, ...] = ()
    """What each target of `publish` has of it, where that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCarriedOver:
    """Something that an imported source says and the manifest does not, and the reason."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """A manifest made of what exists; ``diff`` is unified, against the manifest that is there.

    ``files`` are those that belong beside it, written only where ``written`` says so.
    ``problems`` are what `mlpack validate` will say of it.
    """

    kind: str
    path: Path
    text: str
    diff: str
    files: tuple[Path, ...]
    not_carried_over: tuple[NotCarriedOver, ...]
    problems: tuple[Problem, ...]
    written: bool = False
    replaces: bool = False
    """Whether a manifest is there already that says something else."""
    can_run: str | None = None
    """The file that `--run` would run to find out more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """A new project: its folder, the files written and left alone, relative to it."""

    root: Path
    template: str | None
    """``None`` where code that was there has been described."""
    model: str
    """The class, as ``module:Class``."""
    written: tuple[PurePosixPath, ...]
    kept: tuple[PurePosixPath, ...]
    """Files that were there, and are useful as they are."""
    todo: tuple[str, ...] = ()
    """``mlpack.yaml:7: sentence`` for each place that only a person can fill in."""
    importable: PurePosixPath | None = None
    """A file from which `mlpack import` knows more than the code tells."""
    source: str | None = None
    """A sentence on the model's file that the project was made for, if it was."""
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that `doctor` looked at: fine, or a finding with its code and the fix."""

    subject: str
    text: str
    severity: Literal["ok", "warning", "error"] = "ok"
    code: str | None = None
    hint: str | None = None

    @property
    def problem(self) -> Problem | None:
        """The finding, where it is one."""
        if self.severity == "ok" or self.code is None:
            return None
        message = f"{self.subject}: {self.text}"
        return Problem(code=self.code, message=message, hint=self.hint, severity=self.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """What this machine offers a build."""

    facts: tuple[Fact, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The facts that are findings."""
        return tuple(found for fact in self.facts if (found := fact.problem) is not None)

    @property
    def able(self) -> bool:
        """Whether building can work here."""
        return not any(each.severity == "error" for each in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfReport:
    """One kind of thing in the cache: how many, their bytes, and those nothing else shares."""

    name: str
    count: int
    size: int
    own: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheReport:
    """What the cache holds, or what was dropped of it, kind by kind."""

    cache: Path
    shelves: tuple[ShelfReport, ...]

    @property
    def own(self) -> int:
        """Bytes that the disk has back once all of it is gone."""
        return sum(shelf.own for shelf in self.shelves)
