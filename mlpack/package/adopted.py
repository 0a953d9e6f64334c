"""Which files of a saved model a package takes over: all but those that every package has anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlpack.core.digest import Listing, below
from mlpack.core.files import project_files
from mlpack.lock.requirements import WHEELS
from mlpack.manifest.model import Artifact
from mlpack.package.layout import EXAMPLE_FILES

# What says how the model is described, installed and tried, and what a registry's client leaves.
# MLflow takes uv's files before the requirements.
_ANEW = frozenset(
    {"MLmodel", "requirements.txt", "conda.yaml", "python_env.yaml", "constraints.txt",
     "environment_variables.txt", "uv.lock", "pyproject.toml", ".python-version",
     "input_example.json", "serving_input_example.json", "registered_model_meta",
     "original_requirements.txt", str(EXAMPLE_FILES), WHEELS}
)  # fmt: skip


def is_adopted(path: PurePosixPath) -> bool:
    """Tell whether a path in a saved model is one that a package takes over."""
    return _ANEW.isdisjoint(path.parts[:1]) and "__pycache__" not in path.parts


def files_of(item: Artifact, project: Path) -> Listing:
    """Return what lists the files of a folder that is an artifact, or a saved model."""
    listed = project_files(project)
    if not item.adopted:
        return listed

    def adopted(root: Path) -> Iterator[Path]:
        return (path for path in listed(root) if is_adopted(below(path, root)))

    return adopted
