"""What can go wrong, as values: a place, a problem, and one exception per exit code."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from mlpack.core.redaction import without_credentials

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a string file: 1-based lines and columns (in characters), the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that explains a problem, such as the first of two equal keys."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding: what is wrong, where, and the way out.

    ``pointer`` is a JSON pointer (RFC 6901) into the document; ``span`` is missing only where
    there is not a string to point at.
    """

    code: str
    message: str
    span: Span | None = None
    pointer: str = ""
    hint: str | None = None
    severity: Severity = "error"
    related: tuple[Related, ...] = ()

    def __post_init__(self) -> None:
        """Take secrets out here, so that no way of showing it can forget to."""
        object.__setattr__(self, "message", without_credentials(self.message))
        object.__setattr__(self, "hint", self.hint and without_credentials(self.hint))


class MlpackError(Exception):
    """Anything mlpack refuses or fails at; the class carries the exit code.

    ``message`` is one sentence; ``hint`` the way out; ``problems`` the places; ``details`` lines
    of another program (a model's last words, uv's reasons) to show as they are.
    """

    exit_code: ClassVar[int] = 70
    code: ClassVar[str] = "bug"
    """What machine-readable output calls an error that has no findings of its own."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        problems: Iterable[Problem] = (),
        details: str | None = None,
    ) -> None:
        self.message = without_credentials(message)
        self.hint = hint and without_credentials(hint)
        self.problems = tuple(problems)
        self.details = details and without_credentials(details)
        super().__init__(self.message)
        self.span: Span | None = None
        """Where it comes from, if that is known and no problem says it."""
        self.reports: tuple[object, ...] = ()
        """What came of the other packages, where several were built."""

    @property
    def findings(self) -> tuple[Problem, ...]:
        """The problems, or the error itself as the one finding."""
        if self.problems:
            return self.problems
        text = self.message if not self.details else f"{self.message}\n{self.details}"
        return (Problem(code=self.code, message=text, span=self.span, hint=self.hint),)

    def __str__(self) -> str:
        """Return all there is to say, as a traceback in a notebook shows it."""
        lines = [self.message]
        for problem in self.problems:
            lines.append(f"  {_placed(problem)}")
            lines += [f"    help: {problem.hint}"] if problem.hint else []
        lines += [f"  {line}" for line in (self.details or "").splitlines()]
        lines += [f"  help: {self.hint}"] if self.hint else []
        return "\n".join(lines)


def _placed(problem: Problem) -> str:
    at = problem.span
    place = "" if at is None else f"{at.file}:{at.line}:{at.column}: "
    return f"{place}{problem.severity}[{problem.code}]: {problem.message}"


class ModelError(MlpackError):
    """The model raised, crashed, timed out, or broke its signature or expected output."""

    exit_code = 1
    code = "model-failed"


class ServingError(ModelError):
    """MLflow's scoring server does not answer the package's own example as ``predict`` does."""

    code = "serving-differs"


class UsageError(MlpackError):
    """The command line asks for something that cannot be."""

    exit_code = 2
    code = "usage"


class ManifestError(MlpackError):
    """A manifest, or a file that it names, is wrong; ``problems`` says where."""

    exit_code = 2
    code = "manifest"


class StaleLockError(MlpackError):
    """The lock is missing or does not fit the manifest any more."""

    exit_code = 3
    code = "stale-lock"


class IntegrityError(MlpackError):
    """Bytes are not the ones that a digest promised."""

    exit_code = 4
    code = "integrity"


class ReproducibilityError(MlpackError):
    """A rebuild gave other bytes than the recorded ones."""

    exit_code = 5
    code = "not-reproducible"


class DependencyError(MlpackError):
    """No set of packages satisfies the requirements."""

    exit_code = 6
    code = "dependencies"


class OutsideError(MlpackError):
    """The network, the disk, a permission, or a missing tool or interpreter."""

    exit_code = 7
    code = "outside"


_DISK = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENAMETOOLONG, errno.EMFILE)


def full_disk(path: str) -> OutsideError:
    """Return the error for a file or folder whose disk is full."""
    return OutsideError(
        f"no space left on the disk to write {path}",
        hint="free up space, or write elsewhere with -o/--output, TMPDIR or MLPACK_CACHE_DIR",
    )


def outside_error(error: OSError) -> OutsideError | None:
    """Return what the system refused as an error of the outside, or ``None`` if it is a bug."""
    path = str(error.filename2 or error.filename or "a file")
    if error.errno in _DISK:
        return full_disk(path)
    if error.errno == errno.ENOENT and "usable temporary directory" in str(error):
        return OutsideError(
            "no folder for temporary files is writable",
            hint="set TMPDIR to a folder that you may write to",
        )
    if error.errno in _REFUSED:
        return OutsideError(f"cannot access {path}: {error.strerror}")
    return None
