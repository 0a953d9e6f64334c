"""The story of `mlpack run`: a command inside the locked environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlpack.manifest.model import Manifest
from mlpack.plan import plan
from mlpack.workflow import locking
from mlpack.workflow.building import chosen_variants, environment_of
from mlpack.workflow.outside import Outside


def run(
    manifest: Manifest,
    argv: Sequence[str],
    variant: str | None,
    workdir: Path,
    outside: Outside,
    *,
    offline: bool = False,
) -> int:
    """Lock if needed, prepare the environment, run ``argv`` there; return its exit status."""
    chosen = chosen_variants(manifest, [variant] if variant else [])[0]
    asked = locking.asked_of(manifest)
    lock, reasons = locking.updated_lock(asked, outside.resolver, outside.narrator, offline=offline)
    if reasons:
        locking.write(lock, manifest.lock_path)
    planned = plan(chosen, lock, output=None, build_time=lock.build_time)
    environment = outside.environments.provide(environment_of(planned), offline=offline)
    return outside.models.command(environment, argv, workdir=workdir)
