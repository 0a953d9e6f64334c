"""The story of `mlpack lock`: the lock brought up to date, and what moved in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mlpack.core.digest import Contents
from mlpack.core.errors import MlpackError, UsageError
from mlpack.lock.changes import moves
from mlpack.lock.model import Lock
from mlpack.lock.request import request_for
from mlpack.lock.text import lock_text
from mlpack.manifest.model import Manifest
from mlpack.ports import UpgradeScope, upgraded_names
from mlpack.ports.outside import Outside
from mlpack.ports.report import LockReport, LockStatus
from mlpack.workflow import fetch
from mlpack.workflow import lock as locking
from mlpack.workflow.yanked import yanked_pins


def relock(
    manifest: Manifest,
    outside: Outside,
    *,
    upgrade: UpgradeScope = frozenset(),
    upgrade_artifacts: Collection[str] = (),
    offline: bool = False,
    dry_run: bool = False,
    anywhere: bool = False,
) -> LockReport:
    """Bring the lock up to date and say what moved; a dry run resolves and writes nothing.

    It fetches no artifact either: one that no lock pins counts as changed. With ``anywhere``,
    packages to upgrade may be those of other locks.
    """
    scope = upgrade if upgrade == "all" else upgrade_scope(upgrade)
    if scope != "all" and anywhere:
        known = _upgradable(manifest)
        scope = frozenset(each for each in scope if upgraded_names([each]) <= known)
    old = locking.present_lock(manifest.lock_path)
    if dry_run:
        asked = fetch.pinned(manifest, outside.memory.contents)
    else:
        asked = fetch.asked_of(manifest, outside, move=upgrade_artifacts, offline=offline)
    found, reasons = locking.updated_lock(
        asked, outside.resolver, outside.narrator, upgrade=scope, offline=offline
    )
    status = _status(found, manifest.lock_path)
    written = not dry_run and locking.write(found, manifest.lock_path)
    report = _report(found, manifest.lock_path, status, reasons)
    warnings = yanked_pins(asked, found)
    return replace(report, written=written, moved=moves(old, found), warnings=warnings)


def checked(manifest: Manifest, contents: Contents) -> LockReport:
    """Hold the lock to its manifest, offline; nothing is written. Raises ``StaleLockError``."""
    found = locking.checked_lock(fetch.pinned(manifest, contents))
    return _report(found, manifest.lock_path, "unchanged", ())


def check_upgradable(manifests: Iterable[Manifest], wanted: Iterable[str]) -> None:
    """Raise ``UsageError`` for a package that none of several manifests has."""
    known: set[str] = set()
    for each in manifests:
        # A lock that cannot be used is told when it is brought up to date.
        with suppress(MlpackError):
            known |= _upgradable(each)
    names = upgraded_names(upgrade_scope(wanted))
    locking.check_upgradable(names, known, "any of the locks")


def _upgradable(manifest: Manifest) -> set[str]:
    requests = [request_for(variant) for variant in manifest.variants]
    return locking.upgradable(requests, locking.present_lock(manifest.lock_path))


def upgrade_scope(wanted: Iterable[str]) -> frozenset[str]:
    """Return packages to upgrade in the form that a resolver takes: ``NumPy == 2`` → ``numpy==2``.

    Raises ``UsageError`` for what is neither a name nor a name with a version specifier.
    """
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    found = set()
    for text in wanted:
        try:
            asked = Requirement(text)
        except InvalidRequirement:
            asked = None
        if asked is None or asked.url or asked.extras or asked.marker:
            raise UsageError(
                f"{text!r} is not a package to upgrade",
                hint="pass a name, or a name and a version, such as `numpy` or `numpy==2.1.0`",
            )
        found.add(f"{canonicalize_name(asked.name)}{asked.specifier}")
    return frozenset(found)


def _status(lock: Lock, path: Path) -> LockStatus:
    if not path.exists():
        return "created"
    return "unchanged" if path.read_bytes() == lock_text(lock).encode() else "updated"


def _report(lock: Lock, path: Path, status: LockStatus, reasons: tuple[str, ...]) -> LockReport:
    skipped = (item for found in lock.environments.values() for item in found.excluded)
    sentence = "{0.name} {0.version} was skipped: it requires Python {0.requires_python}"
    return LockReport(
        path=path,
        status=status,
        written=False,
        reasons=reasons,
        packages={name: len(item.packages) for name, item in lock.environments.items()},
        excluded=tuple(sorted({sentence.format(item) for item in skipped})),
    )
