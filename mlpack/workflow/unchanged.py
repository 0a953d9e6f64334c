"""What a package depends on, as paths: while none of them moves, it is up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlpack.manifest.model import SignatureReference, Variant
from mlpack.package.code import code_folders
from mlpack.package.record import record_path
from mlpack.workflow.preparing import Work
from mlpack.workspace.stamps import tree_paths


def watched(work: Work) -> set[str]:
    """Return every file and folder that decides whether a package is up to date."""
    variant, planned = work.planned.variant, work.planned
    trees = [planned.target, *(variant.root / path for path in planned.artifacts.values())]
    trees += [variant.root / path for path in variant.input_example.files]
    return tree_paths(trees) | {str(path) for path in _files(work, variant)}


def _files(work: Work, variant: Variant) -> Iterator[Path]:
    planned, root = work.planned, variant.root
    yield from (work.manifest.path, work.manifest.lock_path, record_path(planned.target))
    yield from (root / path for path in work.files)
    config = variant.document.data.get("model_config")
    if isinstance(config, str):
        yield root / config
    if isinstance(variant.signature, SignatureReference):
        yield root / variant.signature.path
    if variant.verify.expected_output is not None:
        yield root / variant.verify.expected_output.file
    if variant.input_example.kind == "file":
        yield root / str(variant.input_example.value)
    yield from (file.source for file in planned.code)
    yield from (wheel.path for wheel in planned.wheels)
    # A file that is added shows in its folder.
    yield from code_folders(
        root, variant.code_paths, variant.code_exclude, outputs=planned.output_folders
    )
