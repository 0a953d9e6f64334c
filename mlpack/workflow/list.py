"""The story of `mlpack list`: which models there are to build."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mlpack.core.errors import StaleLockError
from mlpack.lock.model import Output
from mlpack.lock.text import read_lock
from mlpack.manifest.model import Manifest
from mlpack.ports.report import ListedModel


def listed(manifests: Sequence[Manifest]) -> tuple[ListedModel, ...]:
    """Return each variant of each manifest, with the digest that its lock records."""
    return tuple(model for manifest in manifests for model in _models(manifest))


def _models(manifest: Manifest) -> Iterable[ListedModel]:
    outputs = _outputs(manifest.lock_path)
    for variant in manifest.variants:
        recorded = outputs.get(variant.variant or "")
        yield ListedModel(
            manifest=manifest.path,
            name=variant.name,
            variant=variant.variant,
            version=variant.version,
            package=Path(variant.root / variant.output / variant.package_name),
            digest=recorded.package if recorded else None,
        )


def _outputs(path: Path) -> dict[str, Output]:
    try:
        return dict(read_lock(path).outputs)
    except StaleLockError:
        # There is none yet, or none that can be read: nothing is recorded then.
        return {}
