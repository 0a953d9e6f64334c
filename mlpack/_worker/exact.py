"""Take the building machine out of what MLflow wrote: paths, versions, and its own requirement."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PINNED = re.compile(r"^([A-Za-z0-9._-]+)\s*==\s*([^\s;]+)\s*(?:;(.*?))?(?:\s+--hash=.*)?$")
BUILD_PACKAGES = ("pip", "setuptools", "wheel")


def make_exact(model: Any, request: Mapping[str, Any]) -> None:
    """Rewrite the files of ``request["destination"]`` so that only the request decides them."""
    package = Path(request["destination"])
    pins = pinned_versions(request["requirements"])
    _exact_flavor(model.flavors["python_function"], request, pins)
    model.model_size_bytes = (model.model_size_bytes or 0) + request["artifact_bytes"]
    model.save(str(package / "MLmodel"))
    _write_requirements(package, request["requirements"])
    _rewrite_conda(package / "conda.yaml", request, pins)
    _rewrite_python_env(package / "python_env.yaml", request["python"], pins)
    for cache in list(package.rglob("__pycache__")):
        shutil.rmtree(cache)


def _exact_flavor(
    flavor: dict[str, Any], request: Mapping[str, Any], pins: Mapping[str, str]
) -> None:
    flavor["python_version"] = request["python"]
    if "cloudpickle" in pins:
        flavor["cloudpickle_version"] = pins["cloudpickle"]
    if flavor.get("model_code_path"):
        flavor["model_code_path"] = os.path.basename(flavor["model_code_path"])  # noqa: PTH119
    if request["artifacts"]:
        flavor["artifacts"] = {
            name: {"path": path, "uri": path} for name, path in request["artifacts"].items()
        }


def pinned_versions(requirements: list[str]) -> dict[str, str]:
    """Return the version of each pinned package whose marker holds here, by normalised name."""
    from packaging.markers import Marker

    pins = {}
    for line in requirements:
        match = PINNED.match(line.strip())
        if match is None:
            continue
        name, version, marker = match.groups()
        if marker is None or Marker(marker.strip()).evaluate():
            pins[re.sub(r"[-_.]+", "-", name).lower()] = version
    return pins


def _write_requirements(package: Path, requirements: list[str]) -> None:
    text = "".join(f"{line}\n" for line in requirements)
    (package / "requirements.txt").write_text(text, encoding="utf-8")


def _rewrite_conda(path: Path, request: Mapping[str, Any], pins: Mapping[str, str]) -> None:
    import yaml

    conda = yaml.safe_load(path.read_text(encoding="utf-8"))
    pip = f"pip<={pins['pip']}" if "pip" in pins else "pip"
    conda["dependencies"] = [
        f"python={request['python']}",
        pip,
        {"pip": list(request["requirements"])},
    ]
    path.write_text(yaml.safe_dump(conda, default_flow_style=False), encoding="utf-8")


def _rewrite_python_env(path: Path, python: str, pins: Mapping[str, str]) -> None:
    import yaml

    env = yaml.safe_load(path.read_text(encoding="utf-8"))
    env["python"] = python
    env["build_dependencies"] = [
        f"{name}=={pins[name]}" if name in pins else name for name in BUILD_PACKAGES
    ]
    text = yaml.safe_dump(env, sort_keys=False, default_flow_style=False)
    path.write_text(text, encoding="utf-8")
