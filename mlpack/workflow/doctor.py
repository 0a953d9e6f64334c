"""The story of `doctor`: ask about everything that a build needs, and gather the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mlpack.core.errors import MlpackError
from mlpack.lock.model import Lock, LockedEnvironment
from mlpack.lock.text import read_lock
from mlpack.manifest.model import Manifest, Variant
from mlpack.ports import EnvironmentRequest
from mlpack.ports.report import DoctorReport, Fact
from mlpack.workflow.environment import environment_of

_MLFLOW = ("mlflow", "mlflow-skinny")

Examination = Callable[[], Iterable[Fact]]
"""Looks at one thing."""
KeptAt = Callable[[EnvironmentRequest], "Path | None"]
"""Gives the folder of an environment that is kept and whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examinations:
    """What to look at, in the order of telling."""

    machine: tuple[Examination, ...]
    network: tuple[Examination, ...]
    kept_at: KeptAt


def doctor(manifest: Manifest | None, examinations: Examinations) -> DoctorReport:
    """Look at the machine, and at the manifest's environments where there is one.

    An index out of reach keeps nothing from being built whose environments are all kept.
    """
    facts = [fact for examine in examinations.machine for fact in examine()]
    locked, ready = _locked(manifest, examinations.kept_at) if manifest else ([], False)
    for fact in (fact for examine in examinations.network for fact in examine()):
        harmless = ready and fact.code == "index-unreachable"
        facts.append(replace(fact, severity="warning") if harmless else fact)
    return DoctorReport(facts=(*facts, *locked))


def _locked(manifest: Manifest, kept_at: KeptAt) -> tuple[list[Fact], bool]:
    """Return what is to say of each locked environment, and whether all of them are kept."""
    if not manifest.lock_path.exists():
        text = "none yet; `mlpack lock` or `mlpack build` creates it"
        return [Fact(subject="lock", text=text)], False
    try:
        lock = read_lock(manifest.lock_path)
    except MlpackError as error:
        return [
            Fact(
                subject="lock",
                text=error.message,
                severity="error",
                code=error.code,
                hint=error.hint,
            )
        ], False
    facts, kept = [], []
    for name, variant in _by_environment(manifest, lock).items():
        environment = lock.environments[name]
        try:
            folder = kept_at(environment_of(variant, environment))
        except MlpackError:
            # Without its cache uv finds no interpreter; the machine's facts say so.
            folder = None
        facts.append(_mlflow(environment, folder))
        kept.append(folder is not None)
    return facts, bool(kept) and all(kept)


def _by_environment(manifest: Manifest, lock: Lock) -> dict[str, Variant]:
    found: dict[str, Variant] = {}
    for variant in manifest.variants:
        locked = lock.variants.get(variant.variant or "")
        if locked is not None and locked.environment in lock.environments:
            found.setdefault(locked.environment, variant)
    return found


def _mlflow(locked: LockedEnvironment, folder: Path | None) -> Fact:
    pins = {each.name: each.version for each in locked.packages}
    found = [f"{name} {pins[name]}" for name in _MLFLOW if name in pins]
    if not found:
        return Fact(
            subject="MLflow",
            text="the lock pins neither mlflow nor mlflow-skinny",
            severity="error",
            code="lock-without-mlflow",
            hint="Run `mlpack lock`, which adds it.",
        )
    where = f"in {folder}" if folder else "locked; environment not created yet"
    return Fact(subject="MLflow", text=f"{found[0]} on Python {locked.python}, {where}")
