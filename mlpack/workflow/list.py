"""The story of `mlpack list`: which models there are to build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mlpack.core.errors import StaleLockError
from mlpack.lock.model import Output
from mlpack.lock.text import read_lock
from mlpack.manifest.model import Manifest, Variant
from mlpack.ports.outside import Outside
from mlpack.ports.publishing import label
from mlpack.ports.report import ListedModel, PublishedModel


def listed(manifests: Sequence[Manifest]) -> tuple[ListedModel, ...]:
    """Return each variant of each manifest, with the digest that its lock records."""
    return tuple(model for manifest in manifests for model in _models(manifest))


def with_published(
    models: Sequence[ListedModel], manifests: Sequence[Manifest], outside: Outside
) -> tuple[ListedModel, ...]:
    """Return the models with what the targets of their manifests have of them."""
    variants = [variant for manifest in manifests for variant in manifest.variants]
    return tuple(
        replace(model, published=tuple(_published(model, variant, outside)))
        for model, variant in zip(models, variants, strict=True)
    )


def _published(model: ListedModel, variant: Variant, outside: Outside) -> Iterator[PublishedModel]:
    version = label(model.version, model.variant)
    for target in variant.publish:
        outside.narrator.step(f"Asking {target}")
        found = outside.publishers.of(target).recorded(target, model.name, version)
        outside.narrator.done(f"Asked {target}")
        same = found is not None and found.digest == model.digest
        yield PublishedModel(
            model=variant.package_name,
            version=version,
            target=target,
            status="missing" if found is None else "current" if same else "different",
            digest=found.digest if found else None,
            uri=found.uri if found else None,
        )


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
