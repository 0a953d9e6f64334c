"""The packages that code asks for: in a file, or else by what it imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

# Where the package is called otherwise than the module that it brings.
_CALLED = {
    "Bio": "biopython",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "faiss": "faiss-cpu",
    "google": "google-cloud-storage",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}


def dependency_lines(file: PurePosixPath | None, imports: Sequence[str]) -> Iterator[str]:
    """Yield the manifest's key ``dependencies``; the packages of ``imports`` carry a TODO."""
    if file is not None and file.name == "pyproject.toml":
        yield f"dependencies: {{pyproject: {{path: {file}}}}}"
        return
    if file is not None:
        yield f"dependencies: {{file: {file}}}"
        return
    yield "# TODO: bounds for the versions; the names are read from the imports."
    yield "dependencies:"
    yield from (f"  - {name}" for name in packages_of(imports))


def packages_of(imports: Sequence[str]) -> tuple[str, ...]:
    """Return the packages that bring these modules, as far as names tell; MLflow first."""
    names = {
        _CALLED.get(module, module.replace("_", "-"))
        for module in imports
        if module not in sys.stdlib_module_names
    }
    # Loading a model with MLflow takes pandas, whether the model does or not.
    return ("mlflow-skinny", *sorted((names | {"pandas"}) - {"mlflow"}))
