"""The manifest's keys for one call that saves a model, read or recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from mlpack.authoring.importers.constructors import Construction, model_set_by
from mlpack.authoring.importers.examples import artifacts_of
from mlpack.authoring.importers.literals import NotLiteralError
from mlpack.authoring.importers.located import Located
from mlpack.authoring.importers.model import Key, Keys, Left, NewFile, split_metadata
from mlpack.authoring.importers.needs import Needs
from mlpack.authoring.importers.notebooks import Notebook, cut_out
from mlpack.authoring.importers.project import (
    FIRST_VERSION,
    ClassFound,
    class_found,
    project_name,
    python_key,
    python_stated,
)
from mlpack.authoring.importers.save_calls import stated_needs, uv_project
from mlpack.authoring.importers.signatures import access_of
from mlpack.authoring.importers.tables import read_text
from mlpack.manifest.code import Function
from mlpack.manifest.writing import signature_as_written

# What a call may name its model by, the most telling first.
NAMES = ("registered_model_name", "name", "artifact_path", "path")
_ELSEWHERE = {
    "registered_model_name": "registering a model is a separate step",
    "await_registration_for": "registering is a separate step",
    "prompts": "prompts are stored in a registry",
    "uv_groups": "it is reported with `uv_project_path` if nothing else specifies packages",
    "uv_extras": "it is reported with `uv_project_path` if nothing else specifies packages",
    "uv_project_path": "the call also specifies other packages, or it has no pyproject.toml",
    "mlflow_model": "a build creates its own",
    "loader_module": "a manifest needs a class: write a PythonModel that loads the data",
    "data_path": "pass it to a PythonModel as an artifact",
    "infer_code_paths": "code paths are listed, not inferred",
    "example_no_conversion": "the example is cast to the signature's types",
    "streamable": "a manifest has no key for it",
    "run_id": "a package does not belong to a run",
    "model_id": "a build sets its own",
    "step": "a package does not belong to a run",
    "params": "they belong to a run",
    "model_type": "it belongs to a run",
}
_TAKEN = frozenset(
    {
        "saver",
        "problems",
        "class",
        "class_file",
        "init",
        "construction",
        "model_script",
        "function",
        "path",
        "name",
        "artifact_path",
        "artifacts",
        "code_path",
        "code_paths",
        "signature",
        "input_example",
        "metadata",
        "tags",
        "model_config",
        "python_model",
        "pip_requirements",
        "extra_pip_requirements",
        "conda_env",
        "registered_model_name",
        "resources",
        "auth_policy",
    }
)


class CallReader:
    """Turns one call into keys; ``left`` and ``files`` are filled on the way."""

    def __init__(self, place: Located, needs: Needs | None, *, ran: bool) -> None:
        self._place = place
        self._folder = place.folder
        self._script = place.path
        self._needs = needs
        self._ran = ran
        self.left: list[Left] = []
        self.files: list[NewFile] = []

    def keys(self, call: Mapping[str, Any]) -> Keys:
        """Return the keys of the manifest that the call's arguments say."""
        self._problems(call)
        keys = dict(self._head(call))
        keys.update(self._model(call))
        for name, found in (
            ("model_config", self._config(call)),
            ("artifacts", self._artifacts(call)),
            ("signature", self._signature(call)),
            ("input_example", call.get("input_example")),
            *self._facts(call),
        ):
            if found:
                keys[name] = Key(value=found)
        keys.update(self._environment(call))
        return keys

    def _problems(self, call: Mapping[str, Any]) -> None:
        way_out = "" if self._ran else "; use --run to find out"
        for name, reason in call["problems"].items():
            self._leave(f"`{name}`", f"{reason}{way_out}")
        by_uv = uv_project(call, self._folder) is not None
        for name, value in call.items():
            if name not in _TAKEN and not (by_uv and name.startswith("uv_")):
                self._leave_argument(name, value, _ELSEWHERE.get(name, "mlpack has no key for it"))

    def _leave(self, what: str, why: str) -> None:
        self.left.append(Left(what=what, why=why))

    def _leave_argument(self, name: str, value: Any, why: str) -> None:
        self._leave(f"`{name}={value!r}`", why)

    def _mapping(self, call: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = call.get(name) or {}
        if isinstance(value, Mapping):
            return value
        self._leave_argument(name, value, "it is not a mapping")
        return {}

    def _head(self, call: Mapping[str, Any]) -> Iterator[tuple[str, Key]]:
        named = next((str(call[key]) for key in NAMES if call.get(key)), "")
        name = PurePosixPath(named).name
        if name in ("", "model", "artifacts"):
            name = self._folder.name
        yield "name", Key(value=project_name(name))
        yield "version", FIRST_VERSION

    def _model(self, call: Mapping[str, Any]) -> Iterator[tuple[str, Key]]:
        stated = call.get("code_paths") or call.get("code_path") or []
        extra = [path for path in map(str, stated) if self._inside(path, "the code path")]
        if call.get("function"):
            self._leave(f"the function `{call['function']}`", "a manifest needs a class")
        made = None if call.get("function") else self._construction(call, extra)
        if made is None:
            if extra:
                yield "code_paths", Key(value=extra)
            return
        found, construction = made
        self.left += found.left
        for done in construction.changes:
            why = "a build only calls the constructor: do it there, or in load_context"
            self._leave(f"`{done}`", why)
        yield "model", self._model_key(call, found, construction)
        paths = tuple(dict.fromkeys((*found.code_paths, *extra)))
        if found.code_paths or (paths and not found.known):
            yield "code_paths", Key(value=list(paths))

    def _construction(
        self, call: Mapping[str, Any], extra: list[str]
    ) -> tuple[ClassFound, Construction] | None:
        if "model_script" in call:
            path = PurePosixPath(str(call["model_script"]))
            if not (self._folder / path).is_file():
                self._leave("the class", f"{path} does not exist")
                return None
            made = model_set_by(read_text(self._folder / path), path.stem)
            if made is None:
                self._leave("the class", f"{path} does not show what it passes to set_model")
                return None
            code = [*extra, str(path)] if made.reference.startswith(f"{path.stem}:") else extra
            return class_found(made.reference, self._folder, code), made
        if "class" not in call:
            return None
        reference, own = str(call["class"]), False
        if reference.startswith("__main__:"):
            reference = f"{self._place.module}:{reference.partition(':')[2]}"
            own = True
            extra = extra if self._place.notebook else [*extra, self._place.code_path]
        made = call.get("construction") or Construction(
            reference=reference,
            named=tuple((call.get("init") or {}).items()),
            problem=None if "init" in call or not self._ran else "they cannot be written as JSON",
        )
        if own and self._place.notebook is not None:
            return self._cut_out(reference, self._place.notebook, extra), made
        return class_found(reference, self._folder, extra), made

    def _cut_out(self, reference: str, notebook: Notebook, extra: list[str]) -> ClassFound:
        """Return a class of the notebook's, in a new module of its own."""
        module, _, qualname = reference.partition(":")
        cut = cut_out(notebook.text, qualname, self._folder, self._script.name)
        self.left += cut.left
        self.files.append(NewFile(path=PurePosixPath(f"{module}.py"), content=cut.text.encode()))
        others = tuple(dict.fromkeys((*cut.imported, *extra)))
        return ClassFound(
            reference=reference,
            code_paths=(f"{module}.py", *others) if others else (),
            init=cut.init(module, qualname),
            known=True,
        )

    def _model_key(self, call: Mapping[str, Any], found: ClassFound, made: Construction) -> Key:
        try:
            keywords = made.keywords(found.init)
        except NotLiteralError as error:
            way_out = "set it under `init`" if self._ran else "use --run to find out"
            self._leave("the constructor's arguments", f"{error}; {way_out}")
            return Key(value=found.reference)
        return constructed(found.reference, keywords, call.get("model_config"), found.init)

    def _config(self, call: Mapping[str, Any]) -> Any:
        config = call.get("model_config")
        if isinstance(config, str) and config.endswith(".json"):
            return config if self._inside(config, "the configuration") else None
        if isinstance(config, str):
            self._leave(f"the configuration {config}", "write it as a mapping, or as a .json file")
            return None
        return self._mapping(call, "model_config")

    def _artifacts(self, call: Mapping[str, Any]) -> Any:
        stated = {name: str(path) for name, path in self._mapping(call, "artifacts").items()}
        artifacts, left = artifacts_of(stated, self._folder)
        self.left += left
        return artifacts

    def _signature(self, call: Mapping[str, Any]) -> Any:
        signature = call.get("signature")
        if not isinstance(signature, Mapping):
            if signature:
                self._leave_argument("signature", signature, "it is not an MLflow signature")
            return None
        types = {field.get("type") for field in signature.get("inputs") or ()}
        if types == {"any"}:
            why = "MLflow infers `any` without scipy: set the types, or run with scipy"
            self._leave("the signature's types", why)
        return signature_as_written(signature)

    def _facts(self, call: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        stated = self._mapping(call, "metadata")
        metadata, tags = split_metadata(stated)
        for key in ("mlpack", "tags"):
            if key in stated and not (key == "tags" and isinstance(stated[key], Mapping)):
                self._leave_argument(
                    f"metadata.{key}", stated[key], "the key is reserved in a manifest"
                )
        stated = self._mapping(call, "tags")
        for name, found in access_of(call, self._folder):
            if found is None:
                self._leave_argument(name, call[name], "MLflow does not know it")
            yield name, found
        yield "metadata", metadata
        yield "tags", {**tags, **{str(key): str(value) for key, value in stated.items()}}

    def _environment(self, call: Mapping[str, Any]) -> Iterator[tuple[str, Key]]:
        own, left = stated_needs(call, self._place)
        self.left += left
        needs = own or self._needs
        stated, origin = python_stated(self._folder)
        if self._place.python is not None:
            stated, origin = self._place.python
        if needs is None:
            self._leave("the requirements", "MLflow inferred them: list them in `dependencies`")
        else:
            self.files += needs.files
            self.left += needs.left
            # What the call itself says of Python goes before what lies in its folder.
            if needs.python and (own is not None or stated is None):
                stated, origin = needs.python, needs.origin
            yield "dependencies", Key(value=needs.value)
        yield "python", python_key(stated, origin)

    def _inside(self, path: str, what: str) -> bool:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            self._leave(f"{what} {path}", "it is outside the project")
            return False
        return True


def constructed(
    reference: str, keywords: dict[str, Any], config: Any, init: Function | None
) -> Key:
    """Return the ``model`` key for constructor keywords; the whole configuration by its name."""
    if not keywords:
        return Key(value=reference)
    whole = list(keywords.values()) == [config] and isinstance(config, Mapping)
    first = init.given[0].name if init is not None and init.given else None
    if whole and (first is None or first in keywords):
        return Key(value={"class": reference, "init_from": "model_config"})
    return Key(value={"class": reference, "init": keywords})
