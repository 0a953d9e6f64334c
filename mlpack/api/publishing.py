"""What is done between here and the places where models live: push and pull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlpack.api.outside import outside_world
from mlpack.api.projects import Given, load_manifest
from mlpack.manifest.model import Manifest
from mlpack.ports import Narrator
from mlpack.ports.publishing import PullReport, PushReport
from mlpack.workflow.options import PullOptions, PushOptions


def push(
    manifest: Given,
    options: PushOptions | None = None,
    *,
    variants: Sequence[str] = (),
    narrator: Narrator | None = None,
) -> tuple[PushReport, ...]:
    """Push the packages of a manifest, unchanged, to its ``publish`` targets or to given ones.

    Each must be the one that the lock records. Pushing what is there already adds nothing.
    """
    from mlpack.workflow.build import chosen_variants
    from mlpack.workflow.push import push_project

    taken = manifest if isinstance(manifest, Manifest) else load_manifest(manifest)
    chosen = chosen_variants(taken, variants)
    outside = outside_world(narrator)
    return tuple(push_project(taken, chosen, options or PushOptions(), outside))


def push_package(
    package: str | Path, options: PushOptions, *, narrator: Narrator | None = None
) -> tuple[PushReport, ...]:
    """Push one package, wherever it is, to ``options.targets``."""
    from mlpack.workflow.push import push_package as tell

    return tuple(tell(Path(package).absolute(), options, outside_world(narrator)))


def pull(
    source: str, options: PullOptions | None = None, *, narrator: Narrator | None = None
) -> PullReport:
    """Download a package and its evidence, checked; without options into the working folder."""
    from mlpack.workflow.pull import pull as tell

    chosen = options or PullOptions(folder=Path.cwd())
    output = chosen.output and chosen.output.absolute()
    folder = chosen.folder.absolute()
    return tell(source, replace(chosen, output=output, folder=folder), outside_world(narrator))
