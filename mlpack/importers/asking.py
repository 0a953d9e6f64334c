"""An imported project's dependencies on their own: enough to resolve them, or to judge them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpack.document import Document, parse
from mlpack.errors import ManifestError
from mlpack.manifest import dependencies
from mlpack.manifest.model import Dependencies
from mlpack.manifest.view import View
from mlpack.manifest.writing import key_text


@dataclass(frozen=True, slots=True, kw_only=True)
class DependenciesAlone:
    """What is asked of the resolver, where there is no whole manifest yet."""

    document: Document
    root: Path
    python: str
    dependencies: Dependencies


def dependencies_alone(root: Path, value: Any, python: str) -> DependenciesAlone:
    """Return a manifest's ``dependencies`` as a request. Raises ``ManifestError`` for a bad one."""
    document = parse(key_text("dependencies", value), file="mlpack.yaml")
    view = View(document=document, root=root, variant=None)
    wrong = tuple(dependencies.check(view))
    if wrong:
        raise ManifestError("the dependencies cannot be used", problems=wrong)
    return DependenciesAlone(
        document=document, root=root, python=python, dependencies=dependencies.parse(view)
    )
