"""The packages that code asks for, and the wheel of PyTorch that fits this machine."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
    yield "# TODO: add version bounds; the names come from the imports."
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWheel:
    """A CPU wheel in a folder of wheels: its version, and uv's name for where it runs."""

    version: str
    platform: str


def local_cpu_wheel(environ: Mapping[str, str], python: str) -> LocalWheel | None:
    """Return the newest CPU wheel for ``python`` that ``UV_FIND_LINKS`` leads to, if any.

    Where there is one, the folder stands for the index that has such wheels, which may well be
    out of reach then.
    """
    from packaging.version import Version

    found = [
        wheel
        for place in environ.get("UV_FIND_LINKS", "").split(",")
        if place and "://" not in place
        for wheel in _wheels(Path(place), f"cp{python.replace('.', '')}")
    ]
    return max(found, key=lambda wheel: Version(wheel.version), default=None)


def _wheels(folder: Path, tag: str) -> Iterator[LocalWheel]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    for path in sorted(folder.glob("torch-*.whl")):
        try:
            _, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        for each in tags:
            platform = re.fullmatch(r"(manylinux_\d+_\d+)_(x86_64|aarch64)", each.platform)
            if version.local == "cpu" and each.interpreter == tag and platform:
                yield LocalWheel(version=version.public, platform=f"{platform[2]}-{platform[1]}")
