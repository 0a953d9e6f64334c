"""Ask what only MLflow or the user's own code can tell, in an environment made for it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mlpack.authoring.importers.model import Imported
from mlpack.core.counting import counted
from mlpack.core.errors import ManifestError, UsageError
from mlpack.lock.request import request_for
from mlpack.manifest.code.folders import CACHES, ENVIRONMENTS, VERSION_CONTROL
from mlpack.manifest.document import Document, parse
from mlpack.manifest.model import Dependencies
from mlpack.manifest.rules import dependencies
from mlpack.manifest.view import View
from mlpack.manifest.writing import key_text
from mlpack.ports import Environment, FetchRequest, RecordRequest
from mlpack.ports.outside import Outside
from mlpack.ports.publishing import CLIENT_VARIABLES, TRACKING, tracking_uri
from mlpack.storage.scaffold import plant
from mlpack.workflow.environment import environment_of
from mlpack.workflow.options import ImportOptions


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


# Larger files are linked: weights are read, and copying them would take long.
_COPIED = 1 << 20
_LEFT_OUT = CACHES + VERSION_CONTROL + ENVIRONMENTS


def mirror(source: Path, destination: Path) -> None:
    """Copy a folder, large files as links; version control, caches and environments stay out."""
    destination.mkdir(parents=True, exist_ok=True)
    for child in sorted(source.iterdir()):
        target = destination / child.name
        if any(fnmatchcase(child.name, pattern) for pattern in _LEFT_OUT):
            continue
        if child.is_dir() and not child.is_symlink():
            if not (child / "pyvenv.cfg").is_file():
                mirror(child, target)
        elif child.is_file() and child.stat().st_size <= _COPIED:
            shutil.copyfile(child, target)
        elif child.exists():
            target.symlink_to(child.resolve())


def recorded(imported: Imported, options: ImportOptions, outside: Outside) -> Mapping[str, Any]:
    """Run the source's code in a copy of its folder, in the environment that it asks for."""
    wanted = imported.to_run
    assert wanted is not None  # noqa: S101 - the caller has looked
    if "dependencies" not in imported.keys:
        raise UsageError(
            f"{wanted.script} needs packages to run, but no dependencies are specified",
            hint="add a requirements.in next to it",
        )
    environment = _environment(
        imported.folder,
        imported.keys["dependencies"].value,
        str(imported.keys["python"].value),
        imported,
        options,
        outside,
    )
    outside.narrator.step(f"Running {wanted.script} with recorders")
    with tempfile.TemporaryDirectory(prefix="mlpack-import-") as name:
        folder = Path(name).resolve() / wanted.folder.name
        mirror(wanted.folder, folder)
        if wanted.text is not None:
            (folder / wanted.script).unlink()
            (folder / wanted.script).write_text(wanted.text, encoding="utf-8")
        request = RecordRequest(
            folder=folder,
            script=str(wanted.script),
            names=wanted.names,
            arguments=wanted.arguments,
            module=wanted.module,
            # As Python does for a script: what lies beside it can be imported.
            code_paths=(Path(wanted.script),) if wanted.module is None else (),
        )
        variables = {**options.isolation.env, **wanted.environment}
        isolation = replace(options.isolation, env=variables)
        told = outside.models.examine(environment, request, isolation, folder)
    outside.narrator.done(f"Ran {wanted.script}; it saved nothing")
    return told


def fetched(uri: str, folder: Path, options: ImportOptions, outside: Outside) -> Path:
    """Download a model through MLflow; return where it lies below ``folder``."""
    if options.offline:
        raise UsageError(f"{uri} must be downloaded, but --offline is set")
    otherwise = "run in the folder that contains mlflow.db or mlruns"
    tracking = tracking_uri(options.folder, os.environ, otherwise=otherwise)
    isolation = replace(
        options.isolation,
        env={TRACKING: tracking, "HOME": str(Path.home())},
        pass_env=tuple(name for name in os.environ if name.startswith(CLIENT_VARIABLES)),
    )
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    environment = _environment(folder, ["mlflow"], python, None, options, outside)
    outside.narrator.step(f"Fetching {uri}")
    request = FetchRequest(uri=uri, destination=folder / "model")
    told = outside.models.examine(environment, request, isolation, options.folder)
    outside.narrator.done(f"Fetched {uri}")
    return Path(str(told["path"]))


def _environment(
    root: Path,
    dependencies: Any,
    python: str,
    imported: Imported | None,
    options: ImportOptions,
    outside: Outside,
) -> Environment:
    """Resolve dependencies and make their environment; pinned files lie beside a copy of them."""
    with tempfile.TemporaryDirectory(prefix="mlpack-import-") as name:
        folder = Path(name).resolve() / "project"
        folder.mkdir()
        if imported is not None:
            mirror(root, folder)
            made = {file.path: file.content for file in imported.files if not file.copied_from}
            if made:
                plant(folder, made, Path(name) / "locks", waiting=outside.narrator.note)
        asking = dependencies_alone(folder, dependencies, python)
        outside.narrator.step(f"Resolving packages for Python {python}")
        locked = outside.resolver.resolve(request_for(asking), offline=options.offline)
        outside.narrator.done(f"Resolved {counted(len(locked.packages), 'package')}")
        environment = outside.environments.provide(
            environment_of(asking, locked), offline=options.offline
        )
    for note in environment.notes:
        outside.narrator.note(note)
    return environment
