"""A saved MLflow model, read from its files: nothing of it is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.call_keys import constructed
from mlpack.authoring.importers.constructors import Construction, model_set_by
from mlpack.authoring.importers.examples import payload_example, placeholder_example
from mlpack.authoring.importers.literals import NotLiteralError
from mlpack.authoring.importers.model import (
    Imported,
    Key,
    Left,
    NewFile,
    Source,
    split_metadata,
    unique,
)
from mlpack.authoring.importers.pinned import PinnedReader
from mlpack.authoring.importers.project import class_found, project_name, python_key, version_key
from mlpack.authoring.importers.saved_places import folder_of, home, named, place, uri_of
from mlpack.authoring.importers.signatures import access_of
from mlpack.core.loading import load_json
from mlpack.manifest.code.folders import CACHES
from mlpack.manifest.writing import flow_text, signature_as_written
from mlpack.package.layout import ARTIFACTS, CODE
from mlpack.package.reading import PackageFacts, read_package

AGENT_TASKS = ("agent/v1/chat", "agent/v2/chat", "agent/v1/responses")
_LONGEST_EXAMPLE = 2_000


class SavedImporter:
    """A model's folder, its ``MLmodel``, or a ``models:/…`` or ``runs:/…`` URI once fetched."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the word is such a URI, or names such a folder."""
        if uri_of(source):
            return True
        return (folder_of(source.path) / "MLmodel").is_file()

    def read(self, source: Source) -> Imported:
        """Return the manifest of a project that builds the model again, and the files it needs."""
        folder = source.fetched or folder_of(source.path)
        facts = read_package(folder.absolute())
        reader = _Reader(facts, place(source, facts))
        reader.read(named(source, facts))
        variant = (facts.origin or {}).get("variant")
        return Imported(
            kind="saved model",
            folder=home(source, facts, str(reader.keys["name"].value), adopts=reader.adopts),
            keys=reader.keys,
            # With its variant's name the package comes out as it was, byte for byte.
            variants={} if variant is None else {str(variant): {}},
            files=tuple(reader.files),
            left=unique(reader.left),
            todo=reader.todo,
        )


class _Reader:
    def __init__(self, facts: PackageFacts, place: PurePosixPath) -> None:
        self._facts = facts
        self._place = place
        self.adopts = False
        """Whether the manifest takes the saved model as it is: no script constructs its class."""
        self.keys: dict[str, Key] = {}
        self.files: list[NewFile] = []
        self.left: list[Left] = []
        self.todo: dict[str, str] = {}

    def read(self, named: tuple[str, str | None]) -> None:
        name, version = named
        origin = self._facts.origin or {}
        self.keys["name"] = Key(value=project_name(name))
        self.keys["version"] = version_key(version)
        if origin.get("description"):
            self.keys["description"] = Key(value=str(origin["description"]))
        self._take_code()
        self._take_artifacts()
        self._take_signature()
        self._take_example()
        self._take_facts()
        self._take_environment()
        self._take_leavings()

    def _leave(self, what: str, why: str) -> None:
        self.left.append(Left(what=what, why=why))

    def _take_code(self) -> None:
        config = self._facts.flavor.get("config")
        if isinstance(config, Mapping) and config:
            self.keys["model_config"] = Key(value=dict(config))
        construction = self._constructed()
        if construction is None:
            self._adopt()
        else:
            self._take_class(*construction)

    def _adopt(self) -> None:
        self.adopts = True
        self.files.append(NewFile(path=self._place, copied_from=self._facts.path))
        loader = self._facts.flavor.get("loader_module")
        self.keys["model"] = Key(value={"saved": str(self._place)}, comment=f"loaded by {loader}")

    def _constructed(self) -> tuple[Construction, dict[str, Any]] | None:
        """Return the class that a script constructs and the keywords, where it says so plainly."""
        script = self._script()
        if script is None or not script.is_file():
            return None
        made = model_set_by(script.read_text(encoding="utf-8", errors="replace"), script.stem)
        if made is None or made.changes:
            return None
        own = made.reference.startswith(f"{script.stem}:")
        found = class_found(made.reference, script.parent if own else self._code())
        try:
            return (made, made.keywords(found.init)) if found.known else None
        except NotLiteralError:
            return None

    def _take_class(self, made: Construction, keywords: dict[str, Any]) -> None:
        code, script = self._code(), self._script()
        tops = sorted(code.iterdir()) if code.is_dir() else []
        kept = [top for top in tops if top.name not in CACHES]
        self.files += [NewFile(path=PurePosixPath(top.name), copied_from=top) for top in kept]
        home, paths = code, [top.name for top in kept]
        if script is not None and made.reference.startswith(f"{script.stem}:"):
            self.files.append(NewFile(path=PurePosixPath(script.name), copied_from=script))
            paths, home = [*paths, script.name], script.parent
        found = class_found(made.reference, home)
        self.left += found.left
        config = self._facts.flavor.get("config")
        self.keys["model"] = constructed(made.reference, keywords, config, found.init)
        module = made.reference.partition(":")[0].partition(".")[0]
        if paths and paths != [module] and paths != [f"{module}.py"]:
            self.keys["code_paths"] = Key(value=paths)

    def _script(self) -> Path | None:
        stated = self._facts.flavor.get("model_code_path")
        # MLflow writes an absolute path here, and reads only its last part.
        return self._facts.path / PurePosixPath(stated).name if isinstance(stated, str) else None

    def _code(self) -> Path:
        stated = self._facts.flavor.get("code")
        return self._facts.path / (stated if isinstance(stated, str) else CODE)

    def _take_artifacts(self) -> None:
        stated = None if self.adopts else self._facts.flavor.get("artifacts")
        found: dict[str, str] = {}
        for name, entry in stated.items() if isinstance(stated, Mapping) else ():
            path = entry.get("path") if isinstance(entry, Mapping) else None
            place = PurePosixPath(str(path))
            inside = isinstance(path, str) and not place.is_absolute() and ".." not in place.parts
            if not inside or not (self._facts.path / place).exists():
                self._leave(f"the artifact {name}", "the model's folder does not contain it")
                continue
            target = place if place.parts[0] == str(ARTIFACTS) else ARTIFACTS / place.name
            found[str(name)] = str(target)
            self.files.append(NewFile(path=target, copied_from=self._facts.path / place))
        if found:
            self.keys["artifacts"] = Key(value=found)

    def _take_signature(self) -> None:
        signature = self._facts.signature
        if self._is_agent() and not self.adopts:
            self.todo |= {"signature": "", "input_example": ""}
        elif signature.get("inputs"):
            self.keys["signature"] = Key(value=signature_as_written(signature))

    def _take_example(self) -> None:
        try:
            example = self._example()
        except (NotLiteralError, ValueError, OSError) as error:
            self._leave("the input example", str(error))
            return
        if example is None:
            self._draft_example()
            return
        folder = self._facts.example_files
        names = sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        for name in names:
            self.files.append(NewFile(path=PurePosixPath(name), copied_from=folder / name))
        others = [name for name in names if name != example.get("input_uri")]
        if others:
            example["files"] = others
        if len(flow_text(example)) > _LONGEST_EXAMPLE:
            example = self._as_file(example)
        self.keys["input_example"] = Key(value=example)

    def _draft_example(self) -> None:
        inputs = self._facts.signature.get("inputs")
        drafted = placeholder_example(inputs) if self.adopts and inputs else None
        if drafted is not None:
            comment = "TODO: set real values; the model was saved without an example"
            self.keys["input_example"] = Key(value=drafted, comment=comment)

    def _as_file(self, example: dict[str, Any]) -> dict[str, Any]:
        import json

        apart = [key for key in ("params", "files") if key in example]
        kept: dict[str, Any] = {key: example.pop(key) for key in apart}
        path = PurePosixPath("input_example.json")
        self.files.append(NewFile(path=path, content=json.dumps(example).encode() + b"\n"))
        return {"file": str(path), **kept}

    def _example(self) -> dict[str, Any] | None:
        info = self._facts.mlmodel.get("saved_input_example_info")
        if not isinstance(info, Mapping):
            return None
        serving = info.get("serving_input_path")
        if isinstance(serving, str) and (self._facts.path / serving).is_file():
            content = load_json((self._facts.path / PurePosixPath(serving).name).read_bytes())
            return payload_example(content, self._facts.example_files)
        path = self._facts.path / PurePosixPath(str(info.get("artifact_path"))).name
        content = load_json(path.read_bytes())
        if info.get("type") == "dataframe" and isinstance(content, Mapping):
            content = content if "dataframe_split" in content else {"dataframe_split": content}
        elif not (isinstance(content, Mapping) and {"inputs", "instances"} & set(content)):
            content = {"inputs": content}
        return payload_example(content, self._facts.example_files)

    def _take_facts(self) -> None:
        metadata = self._facts.mlmodel.get("metadata")
        rest, tags = split_metadata(metadata if isinstance(metadata, Mapping) else {})
        if self._is_agent() and not self.adopts:
            del rest["task"]
        found: dict[str, Any] = {"metadata": rest, "tags": tags}
        found |= access_of(self._facts.mlmodel, self._facts.path)
        self.keys |= {name: Key(value=value) for name, value in found.items() if value}

    def _is_agent(self) -> bool:
        """Whether the model is one of MLflow's agents, whose signature and task MLflow sets."""
        metadata = self._facts.mlmodel.get("metadata")
        task = metadata.get("task") if isinstance(metadata, Mapping) else None
        return str(task) in AGENT_TASKS

    def _take_environment(self) -> None:
        pinned = PinnedReader(self._facts)
        pinned.read()
        self.files += pinned.files
        self.left += pinned.left
        self.keys["python"] = python_key(self._facts.python or None, "python_env.yaml")
        if pinned.value:
            self.keys["dependencies"] = Key(value=pinned.value)

    def _take_leavings(self) -> None:
        for what, why in _leavings(self._facts.mlmodel, adopts=self.adopts):
            self._leave(what, why)


def _leavings(mlmodel: Mapping[str, Any], *, adopts: bool) -> Iterator[tuple[str, str]]:
    for flavor in mlmodel.get("flavors", {}):
        if flavor != "python_function" and not adopts:
            yield f"the flavor {flavor}", "a package of a class has only the python_function flavor"
    if mlmodel.get("run_id"):
        yield "the run that it was logged in", "a package does not belong to a run"
    if mlmodel.get("prompts"):
        yield "`prompts`", "a manifest has no key for it"
