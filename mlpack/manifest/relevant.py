"""What the lock depends on, apart from the content of files."""

from __future__ import annotations

from typing import Any

from mlpack.manifest.model import Artifact, Dependencies, InputExample, Manifest, Variant


def lock_relevant(manifest: Manifest) -> dict[str, Any]:
    """Return the lock-relevant part as JSON values, by variant name (empty for the unnamed one).

    The order of keys, comments and the way that a value is written make no difference.
    """
    return {"variants": {item.variant or "": _variant(item) for item in manifest.variants}}


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "python": variant.python,
        "dependencies": _dependencies(variant.dependencies),
        "artifacts": {artifact.name: _artifact(artifact) for artifact in variant.artifacts},
        "example_files": _example_files(variant.input_example),
    }


def _dependencies(asked: Dependencies) -> dict[str, Any]:
    project = asked.pyproject
    return {
        "requirements": sorted(asked.requirements),
        "file": None if asked.file is None else str(asked.file),
        "pyproject": None
        if project is None
        else [str(project.path), sorted(project.extras), sorted(project.groups)],
        "constraints": sorted(str(path) for path in asked.constraints),
        # The order of indexes decides which one a package comes from.
        "index_url": asked.index_url,
        "extra_index_urls": list(asked.extra_index_urls),
        "find_links": list(asked.find_links),
        "torch_backend": asked.torch_backend,
        "exclude_newer": asked.exclude_newer,
        "allow_sdist": asked.allow_sdist
        if isinstance(asked.allow_sdist, bool)
        else sorted(asked.allow_sdist),
        "no_build_isolation": sorted(asked.no_build_isolation),
        "platforms": sorted(asked.platforms),
        "allow_unhashed": sorted(asked.allow_unhashed),
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return {
        "path": None if artifact.path is None else str(artifact.path),
        "uri": artifact.uri,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "fetch": artifact.fetch,
    }


def _example_files(example: InputExample) -> list[str]:
    paths = {str(path) for path in example.files}
    return sorted(paths | {str(example.value)} if example.kind == "file" else paths)
