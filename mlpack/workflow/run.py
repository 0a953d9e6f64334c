"""The story of `mlpack run`: a command inside the locked environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlpack.core.counting import counted
from mlpack.manifest.model import Manifest
from mlpack.ports.outside import Outside
from mlpack.workflow import lock as locking
from mlpack.workflow.build import chosen_variants
from mlpack.workflow.environment import environment_of, ready_environment


def run(
    manifest: Manifest,
    argv: Sequence[str],
    variant: str | None,
    workdir: Path,
    outside: Outside,
    *,
    offline: bool = False,
) -> int:
    """Prepare the locked environment, run ``argv`` there; return its exit status.

    Nothing is written but the environment: the command may make what the lock is to pin.
    """
    chosen = chosen_variants(manifest, [variant] if variant else [])[0]
    lock = locking.present_lock(manifest.lock_path)
    locked = locking.environment_alone(chosen, lock, outside, offline=offline)
    if lock is None or locked not in lock.environments.values():
        outside.narrator.note(
            f"{manifest.lock_path.name} does not pin these packages; `mlpack lock` does."
        )
    count = counted(len(locked.packages), "package")
    request = environment_of(chosen, locked)
    environment = ready_environment(request, count, outside, offline=offline, quiet=True)
    return outside.models.command(environment, argv, workdir=workdir)
