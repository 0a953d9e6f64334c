"""Requirement lines into an environment, by uv or by pip; the environment that is active."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from mlpack.adapters.uv import Uv
from mlpack.adapters.uv.surroundings import Locations
from mlpack.core.errors import DependencyError, IntegrityError, MlpackError, OutsideError
from mlpack.core.redaction import without_credentials
from mlpack.lock.requirements import torch_backend_of
from mlpack.ports import Environment, EnvironmentRequest


def current_environment() -> Environment:
    """Return the active virtual environment. Raises ``OutsideError`` where there is none."""
    prefix = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    python = Path(prefix or "") / "bin" / "python"
    if not prefix or not python.is_file():
        raise OutsideError(
            "no virtual environment is active",
            hint="activate the model's environment, or build without --env current",
        )
    script = "import platform; print(platform.python_version())"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OutsideError(f"{python} does not run", hint="recreate the environment")
    return Environment(python=python, version=done.stdout.strip())


FRESH = ("--no-cache", "--link-mode", "copy")
"""What makes uv take nothing from its cache, and leave nothing that shares a file with it."""


def is_hashed(requirements: Iterable[str]) -> bool:
    """Return whether every requirement among the lines has a hash, so that none can be another."""
    return all("--hash=" in line for line in _pins(requirements))


def install(
    uv: Uv,
    prefix: Path,
    request: EnvironmentRequest,
    *,
    offline: bool,
    fresh: bool,
    more: tuple[str, ...] = (),
) -> None:
    """Install ``request`` into the environment at ``prefix``, every hash enforced.

    ``more`` are arguments of uv's, such as another platform.

    Raises ``IntegrityError``, ``DependencyError`` or ``OutsideError``.
    """
    places = Locations(
        index_url=request.index_url,
        extra_index_urls=request.extra_index_urls,
        find_links=request.links,
    )
    for stage in _stages(request):
        listed = _listed(prefix, stage.lines)
        answer = uv.run(
            "pip", "install", "--python", prefix / "bin/python", *stage.arguments,
            *(FRESH if fresh else ()), *more, "-r", listed, locations=places, offline=offline,
        )  # fmt: skip
        listed.unlink()
        if answer.code != 0:
            raise uv.failed(answer, "installing the packages")


def install_with_pip(prefix: Path, request: EnvironmentRequest) -> None:
    """Install ``request`` by ``pip install -r``. Raises by kind, as ``install`` does."""
    listed = _listed(prefix, request.requirements)
    argv = [str(prefix / "bin/python"), "-m", "pip", "install", "-q", "-r", str(listed)]
    argv += [word for link in request.links for word in ("--find-links", link)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise _pip_failure(without_credentials(done.stderr))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    lines: tuple[str, ...]
    arguments: tuple[str, ...]


def _stages(request: EnvironmentRequest) -> Iterator[_Stage]:
    """Yield one stage, or two where some packages need the others installed to be built."""
    lines, pins = request.requirements, _pins(request.requirements)
    backends = [backend for line in lines if (backend := torch_backend_of(line))]
    # As an extra index, torch's would hide the newer versions that others have of its mirrors.
    options = [line for line in lines if line.startswith("-") and not torch_backend_of(line)]
    proof = ["--require-hashes"] if is_hashed(lines) else []
    arguments = (*proof, *(f"--torch-backend={backend}" for backend in backends[:1]))
    late = set(request.no_build_isolation)
    if late:
        first = [line for line in pins if _name(line) not in late]
        # The lock is complete: what the first ones need of the late ones comes with those.
        yield _Stage(lines=(*options, *first), arguments=(*arguments, "--no-deps"))
        alone = (f"--no-build-isolation-package={name}" for name in sorted(late))
        arguments = (*arguments, *alone)
    yield _Stage(lines=(*options, *pins), arguments=arguments)


def _pip_failure(stderr: str) -> MlpackError:
    details = stderr[-2000:]
    if "DO NOT MATCH THE HASHES" in stderr:
        return IntegrityError("A package's hash does not match the requirements", details=details)
    if "Connection" in stderr or "Retrying" in stderr:
        hint = "check the network, the proxy and pip's index settings, then try again"
        return OutsideError("pip cannot reach a package index", hint=hint, details=details)
    return DependencyError("pip cannot install the package's requirements", details=details)


def _pins(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if not line.startswith("-")]


def _listed(prefix: Path, lines: Iterable[str]) -> Path:
    path = prefix / "mlpack-requirements.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _name(line: str) -> str:
    return canonicalize_name(line.split("==")[0].split("@")[0].strip())
