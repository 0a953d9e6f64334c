"""A saved MLflow model that the package adopts: its ``MLmodel`` is read, nothing is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.core.errors import Problem
from mlpack.core.files import is_file
from mlpack.manifest.fields import AdoptedModel
from mlpack.manifest.rules.content import check_data
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.schema import fits
from mlpack.manifest.view import View

AT = "/model/saved"
MLMODEL = "MLmodel"
PYFUNC = "python_function"
# What a package has of its own, from the lock.
_ENVIRONMENT = ("env", "python_version")
_INSTEAD = {
    "artifacts": "the saved model's own artifacts are adopted with it",
    "code_paths": "the saved model's own code is adopted with it",
    "code_exclude": "the saved model's own code is adopted with it",
}


def parse(view: View) -> AdoptedModel | None:
    """Return the saved model, or ``None`` where the model is a class.

    One that is still to come has no flavors yet.
    """
    if view.saved is None:
        return None
    flavors = dict(_mlmodel(view).get("flavors") or {})
    if PYFUNC in flavors:
        flavors[PYFUNC] = _portable(flavors[PYFUNC])
    return AdoptedModel(path=PurePosixPath(view.saved), flavors=flavors)


def is_unread(view: View) -> bool:
    """Whether a saved model may have a signature that cannot be read: it has its own finding."""
    return view.saved is not None and not _mlmodel(view)


def completed(view: View) -> View:
    """Return the view with the saved model's signature, where the manifest states none.

    A finding about it points at the saved model. One that a manifest cannot express is left out.
    """
    stated = None if view.saved is None or "signature" in view.keys else _signature(view)
    if stated is None:
        return view
    origins = {**view.document.origins, "/signature": view.document.origin(AT)}
    data = {**view.keys, "signature": stated}
    return replace(view, document=replace(view.document, data=data, origins=origins))


def check(view: View) -> Iterator[Problem]:
    """Yield what keeps the folder from being adopted."""
    if view.saved is None:
        return
    wrong = list(check_path(view, view.saved, AT, kind="folder"))
    wrong = wrong or list(check_data(view, view.saved, AT)) or list(_check_mlmodel(view))
    yield from wrong


def check_keys(view: View) -> Iterator[Problem]:
    """Yield each key that only a class has."""
    if view.saved is None:
        return
    for key, reason in _INSTEAD.items():
        if view.keys.get(key):
            yield _useless(view, key, f"/{key}", reason)
    if "serialization" in (view.keys.get("build") or {}):
        reason = "a saved model stays as it was saved"
        yield _useless(view, "build.serialization", "/build/serialization", reason)


def _useless(view: View, key: str, at: str, reason: str) -> Problem:
    return view.problem(
        "conflicting-keys",
        f"`{key}` cannot be combined with `model.saved`: {reason}",
        at=at,
        key=True,
        hint=f"Remove `{key}`.",
        related=view.related("the saved model", AT, key=True),
    )


def _check_mlmodel(view: View) -> Iterator[Problem]:
    folder = view.root / str(view.saved)
    fault = hint = None
    if PurePosixPath(str(view.saved)) == PurePosixPath():
        fault, hint = "the project's own folder", "Save the model to a folder of its own."
    elif not is_file(folder / MLMODEL):
        fault = f"not a saved MLflow model: it has no file `{MLMODEL}`"
        inside = sorted(path.parent.name for path in folder.glob(f"*/{MLMODEL}"))
        near = (PurePosixPath(str(view.saved)) / inside[0]).as_posix() if inside else ""
        hint = f"Did you mean `{near}`?" if near else "Specify the folder that MLflow saved."
    elif not isinstance(_mlmodel(view).get("flavors"), Mapping):
        fault, hint = f"not a saved MLflow model: `{MLMODEL}` lists no flavors", "Save it again."
    elif not isinstance(_mlmodel(view)["flavors"].get(PYFUNC), Mapping):
        known = ", ".join(f"`{name}`" for name in _mlmodel(view)["flavors"])
        fault = f"saved without the flavor `{PYFUNC}`, so it cannot predict: it has {known}"
        hint = "Write a PythonModel that loads it, and use `class`."
    if fault:
        message = f"`{view.saved}` is {fault}"
        yield view.problem("not-a-saved-model", message, at=AT, hint=str(hint))


def _mlmodel(view: View) -> Mapping[str, Any]:
    """Return what the saved model says of itself; empty where that cannot be read."""
    if "mlmodel" not in view.known:
        view.known["mlmodel"] = _read(view.root / str(view.saved) / MLMODEL)
    found: Mapping[str, Any] = view.known["mlmodel"]
    return found


def _read(path: Path) -> Mapping[str, Any]:
    from mlpack.core.loading import load_yaml

    try:
        found = load_yaml(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _signature(view: View) -> dict[str, Any] | None:
    from mlpack.manifest.writing import signature_as_written

    stated = _mlmodel(view).get("signature")
    try:
        sides = {side: json.loads(text) for side, text in dict(stated or {}).items() if text}
        written = signature_as_written(sides)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return written if fits(written, "signature") else None


def _portable(flavor: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flavor without paths of the machine that saved it, of which MLflow reads none."""
    found = {key: value for key, value in flavor.items() if key not in _ENVIRONMENT}
    if isinstance(found.get("model_code_path"), str):
        found["model_code_path"] = PurePosixPath(found["model_code_path"]).name
    if isinstance(found.get("artifacts"), Mapping):
        found["artifacts"] = {
            name: {**entry, "uri": entry["path"]} if "path" in entry else entry
            for name, entry in found["artifacts"].items()
        }
    return found
