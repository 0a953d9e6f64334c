"""The same bytes everywhere: paths, versions and pickles that depend on no machine."""

from __future__ import annotations

import io
import mmap
import os
import pickletools
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from .failure import Refusal

PINNED = re.compile(r"^([A-Za-z0-9._-]+)\s*==\s*([^\s;]+)\s*(?:;(.*?))?(?:\s+--hash=.*)?$")
BUILD_PACKAGES = ("pip", "setuptools", "wheel")


def make_exact(model: Any, request: Mapping[str, Any]) -> None:
    """Rewrite the files of ``request["destination"]`` so that only the request decides them."""
    package = Path(request["destination"])
    pins = pinned_versions(request["requirements"])
    model.flavors["python_function"]["python_version"] = request["python"]
    model.model_size_bytes = (model.model_size_bytes or 0) + request["artifact_bytes"]
    model.save(str(package / "MLmodel"))
    _write_requirements(package, request["requirements"])
    _rewrite_conda(package / "conda.yaml", request, pins)
    _rewrite_python_env(package / "python_env.yaml", request["python"], pins)
    for cache in list(package.rglob("__pycache__")):
        shutil.rmtree(cache)


def exact_flavor(flavor: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Take versions and paths of the building environment out of a flavor's entry."""
    pins = pinned_versions(request["requirements"])
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


BY_VALUE = {
    "_make_function",
    "_make_skeleton_class",
    "_make_skeleton_enum",
    "_make_typevar",
    "dynamic_subimport",
    "_fill_function",
}
WAY_OUT = (
    "use `build: {serialization: code}`, the default, or import by name what the model refers to"
)


def check_pickle(path: Path, model: Any, machine_paths: list[str]) -> None:
    """Refuse a pickle that holds code by value, or paths of the machine that builds."""
    with path.open("rb") as stream:
        by_value = any(name in BY_VALUE for _, name in references(stream))
    if by_value:
        raise Refusal(
            f"{type(model).__name__} does not pickle reproducibly: {_culprit(model)}, which"
            " is pickled by value, with source paths and random ids in it.",
            hint=WAY_OUT,
        )
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
        leaks = any(held.find(folder.encode()) != -1 for folder in machine_paths)
    if leaks:
        raise Refusal(
            f"The pickled {type(model).__name__} contains a path of the machine that built it.",
            hint="keep paths out of the instance: take them from context.artifacts in "
            "load_context; or use `build: {serialization: code}`",
        )


def references(stream: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Yield ``(module, name)`` of everything that a pickle imports, without loading it."""
    strings: list[str] = []
    memo: dict[int, str] = {}
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "GLOBAL":
            module, _, name = str(argument).partition(" ")
            yield module, name
        elif opcode.name == "STACK_GLOBAL" and len(strings) > 1:
            yield strings[-2], strings[-1]
        elif isinstance(argument, str):
            strings.append(argument)
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = strings[-1] if strings else ""
        elif opcode.name in {"BINGET", "LONG_BINGET"}:
            strings.append(memo.get(int(argument or 0), ""))
        # Only the last two names and what the memo holds can be asked for.
        del strings[:-2]


def _culprit(model: Any) -> str:
    from mlflow.pyfunc.model import cloudpickle

    for name, value in sorted(getattr(model, "__dict__", {}).items()):
        found = references(io.BytesIO(cloudpickle.dumps(value)))
        if any(reference in BY_VALUE for _, reference in found):
            return f"its attribute `{name}` is a lambda, a closure or a local class"
    return "it is, or contains, a class or function that cannot be imported by name"
