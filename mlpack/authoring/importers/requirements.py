"""Files of dependencies alone: they fill one part of a manifest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlpack.authoring.importers.constructors import model_key, only_class
from mlpack.authoring.importers.model import Imported, Key, Left, Source
from mlpack.authoring.importers.needs import needs_in, needs_of, states_dependencies
from mlpack.authoring.importers.project import (
    FIRST_VERSION,
    class_found,
    project_name,
    python_key,
    python_stated,
)
from mlpack.core.errors import UsageError
from mlpack.manifest.code import python_model_classes


class RequirementsImporter:
    """An ``MLproject``, ``conda.yaml``, ``pyproject.toml``, ``uv.lock`` or requirements file."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the path is such a file, or a folder that has one."""
        path = source.path
        if path.is_dir():
            return any(states_dependencies(each.name) for each in path.iterdir())
        return path.is_file() and states_dependencies(path.name)

    def read(self, source: Source) -> Imported:
        """Return dependencies and Python; in a folder without a manifest, a beginning of one."""
        path = source.path.absolute()
        folder = path if path.is_dir() else path.parent
        needs = needs_in(path) if path.is_dir() else needs_of(path)
        if needs is None:
            raise UsageError(f"{path} has no dependencies")
        stated, origin = (needs.python, needs.origin) if needs.python else python_stated(folder)
        keys = {
            "python": python_key(stated, origin),
            "dependencies": Key(value=needs.value, comment=f"from {needs.origin}"),
        }
        if (folder / "mlpack.yaml").exists():
            if stated is None:
                del keys["python"]
            return Imported(
                kind="file of dependencies", folder=folder, keys=keys, files=needs.files,
                left=needs.left, partial=True,
            )  # fmt: skip
        model, left = _model(folder)
        head = {"name": Key(value=project_name(folder.name)), "version": FIRST_VERSION}
        return Imported(
            kind="file of dependencies", folder=folder, keys={**head, **model, **keys},
            files=needs.files, left=(*needs.left, *left),
        )  # fmt: skip


def _model(folder: Path) -> tuple[dict[str, Key], Iterable[Left]]:
    """Return the model's keys where the folder's code has one PythonModel."""
    found = python_model_classes(folder)
    only = only_class(found)
    if only is None:
        if not found:
            return {}, ()
        names = ", ".join(each.reference for each in found)
        return {}, (Left(what="the class", why=f"there are several: {names}"),)
    extra = () if only.root.name == "" else (str(only.root / only.module.partition(".")[0]),)
    place = class_found(only.reference, folder, extra)
    key, left = model_key(place.reference, None, place.init, known=place.known)
    keys = {"model": key}
    if place.code_paths:
        keys["code_paths"] = Key(value=list(place.code_paths))
    return keys, (*place.left, *left)
