"""mlpack from Python: the functions that the command line calls, with errors as exceptions.

manifest = mlpack.load_manifest("mlpack.yaml")
for report in mlpack.build(manifest):
    print(report.package, report.digest)
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlpack.errors import Problem, UsageError
from mlpack.manifest import find, read
from mlpack.manifest.model import Manifest
from mlpack.ports import Isolation, Narrator, Prediction, UpgradeScope
from mlpack.report import BuildReport, LockReport, SignatureReport, VerifyReport
from mlpack.workflow.options import BuildOptions, VerifyOptions
from mlpack.workflow.outside import Outside
from mlpack.workspace.cache import cache_root

__all__ = [
    "BuildOptions",
    "VerifyOptions",
    "build",
    "check_lock",
    "load_manifest",
    "predict",
    "run",
    "signature",
    "update_lock",
    "verify",
]


class Silence:
    """A narrator that says nothing."""

    def step(self, text: str) -> None:
        """Ignore it."""

    def done(self, text: str) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def warn(self, problem: Problem) -> None:
        """Ignore it."""


def load_manifest(
    path: str | Path | None = None,
    *,
    display: str | None = None,
    signature_required: bool = True,
    files_required: bool = True,
) -> Manifest:
    """Read and check a manifest; without ``path`` it is searched upward from the working folder.

    ``display`` is how findings name the file; a signature and files that are not there yet
    can be allowed. Raises ``ManifestError`` with every problem.
    """
    found = find(Path.cwd()) if path is None else Path(path)
    return read(
        found.absolute(),
        display=display,
        signature_required=signature_required,
        files_required=files_required,
    )


def update_lock(
    manifest: Manifest,
    *,
    upgrade: UpgradeScope = frozenset(),
    offline: bool = False,
    narrator: Narrator | None = None,
) -> LockReport:
    """Bring the lock up to date and write it; ``upgrade`` names packages that may move."""
    from mlpack.workflow import locking

    outside = outside_world(narrator)
    asked = locking.asked_of(manifest)
    found, reasons = locking.updated_lock(
        asked, outside.resolver, outside.narrator, upgrade=upgrade, offline=offline
    )
    written = locking.write(found, manifest.lock_path)
    return locking.report(found, manifest.lock_path, written=written, reasons=reasons)


def check_lock(manifest: Manifest) -> LockReport:
    """Check offline that the lock fits; nothing is written. Raises ``StaleLockError``."""
    from mlpack.workflow import locking

    found = locking.checked_lock(locking.asked_of(manifest))
    return locking.report(found, manifest.lock_path, written=False, reasons=())


def build(
    manifest: Manifest, options: BuildOptions | None = None, *, narrator: Narrator | None = None
) -> tuple[BuildReport, ...]:
    """Build a manifest's variants into MLflow model folders, each proven by a forward pass."""
    from mlpack.workflow.building import build as tell

    return tell(manifest, options or BuildOptions(), outside_world(narrator))


def verify(
    model: str | Path,
    options: VerifyOptions | None = None,
    *,
    lock_file: Path | None = None,
    narrator: Narrator | None = None,
) -> VerifyReport:
    """Check a package's digest and run its forward pass in an environment made from it alone.

    ``lock_file`` holds the digest to compare with; the lock of the project that the package lies
    in is found without it.
    """
    from mlpack.lock.text import read_lock
    from mlpack.workflow.verifying import lock_beside
    from mlpack.workflow.verifying import verify as tell

    path = lock_file or lock_beside(Path(model))
    known = read_lock(path) if path is not None else None
    return tell(Path(model), options or VerifyOptions(), outside_world(narrator), lock=known)


def predict(
    model: str | Path,
    *,
    payload: Path | None = None,
    output: Path | None = None,
    options: VerifyOptions | None = None,
    narrator: Narrator | None = None,
) -> Prediction:
    """Predict with any MLflow pyfunc folder; without ``payload`` its own example is used.

    Relative URIs in a payload resolve in the caller's working folder, those of the package's
    example in a copy of its files. ``output`` gets the predictions.
    """
    from mlpack.workflow.verifying import predict as tell

    return tell(
        Path(model),
        payload and payload.absolute(),
        output and output.absolute(),
        options or VerifyOptions(),
        outside_world(narrator),
    )


def run(
    manifest: Manifest,
    argv: Sequence[str],
    *,
    variant: str | None = None,
    offline: bool = False,
    workdir: Path | None = None,
    narrator: Narrator | None = None,
) -> int:
    """Run a command in the locked environment; return its exit status."""
    from mlpack.workflow.running import run as tell

    outside = outside_world(narrator)
    return tell(manifest, argv, variant, workdir or Path.cwd(), outside, offline=offline)


def signature(
    manifest: Manifest,
    *,
    variant: str | None = None,
    write: bool = False,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> SignatureReport:
    """Find the signature by running the example; ``write`` puts it into the manifest."""
    from mlpack.workflow.building import chosen_variants
    from mlpack.workflow.inferring import infer_signature, write_block

    chosen = chosen_variants(manifest, [variant] if variant else [])[0]
    report = infer_signature(manifest, chosen, outside_world(narrator), offline=offline)
    if not write:
        return report
    write_block(manifest, report.block)
    return replace(report, written=manifest.path)


def outside_world(narrator: Narrator | None = None) -> Outside:
    """Compose the real outside: uv, kept environments, the worker, this machine's clock."""
    from mlpack.environments import PipEnvironments, UvEnvironments, current_environment
    from mlpack.models import WorkerModels
    from mlpack.resolving import UvResolver
    from mlpack.uv import find_uv

    cache = cache_root()
    uv = find_uv()
    environments = UvEnvironments(uv=uv, cache=cache)
    return Outside(
        resolver=UvResolver(uv=uv, environments=environments),
        environments=environments,
        pip_environments=PipEnvironments(uv=uv),
        current_environment=current_environment,
        models=WorkerModels(),
        narrator=narrator or Silence(),
        cache=cache,
        clock=time.monotonic,
        build_time=source_date_epoch(),
    )


def source_date_epoch() -> int | None:
    """Return ``SOURCE_DATE_EPOCH``, seconds since the epoch, or ``None`` where it is not set."""
    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if stated is None:
        return None
    if not (stated.isascii() and stated.isdigit()):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {stated!r}, which is not a whole number of seconds",
            hint="unset it, or give seconds since 1970 such as 1700000000",
        )
    return int(stated)


def isolation(manifest: Manifest | None) -> Isolation:
    """Return how a package's forward pass runs: as its manifest says, else by the defaults."""
    if manifest is None:
        return Isolation()
    stated = manifest.variants[0].verify
    return Isolation(timeout=stated.timeout, env=stated.env, pass_env=stated.pass_env)
