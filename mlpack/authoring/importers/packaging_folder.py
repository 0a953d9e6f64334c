"""A packager's command line, and the folder of files that such a packager reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.command_lines import command_lines
from mlpack.authoring.importers.constructors import model_key
from mlpack.authoring.importers.examples import artifacts_of, payload_example
from mlpack.authoring.importers.literals import NotLiteralError
from mlpack.authoring.importers.model import Imported, Key, Keys, Left, Source, factored, unique
from mlpack.authoring.importers.needs import Needs, needs_in
from mlpack.authoring.importers.packager_flags import FILE as SPEC
from mlpack.authoring.importers.packager_flags import (
    MARK,
    Flags,
    Spec,
    packaging_commands,
    read_flags,
    read_spec,
)
from mlpack.authoring.importers.project import (
    class_found,
    project_name,
    python_key,
    python_stated,
    version_key,
)
from mlpack.authoring.importers.tables import read_yaml
from mlpack.core.errors import UsageError
from mlpack.core.loading import load_json

METADATA = ("packaging_metadata.yaml", "packaging_metadata.yml")
_KNOWN = {"model_name", "model_version", "version", "description", "variants", "flags", "python"}
Lines = tuple[tuple[str, ...], ...]
_DATA = PurePosixPath("model_data")
_CODE = "model_code"


class CommandImporter:
    """A packager's command line: given as words, as one quoted text, or in a file."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the words name a class by ``--model-class``, or a file that does."""
        if any(word.startswith(MARK) or f"{MARK} " in word for word in source.words):
            return True
        path = source.path
        readable = path.is_file() and path.suffix not in (".py", ".yaml", ".yml", ".ipynb")
        return readable and path.stat().st_size < 1 << 20 and MARK in _text(path)

    def read(self, source: Source) -> Imported:
        """Return the manifest of the model, or of the models, that the commands package."""
        lines, folder = _command(source)
        commands = packaging_commands(lines)
        if not commands:
            raise UsageError(f"{MARK} is missing from the command")
        flags = [read_flags(command) for command in commands]
        named = dict(zip(_variant_names(flags), flags, strict=True))
        return _imported("command line", folder, named, {}, source.recorded)


class FolderImporter:
    """A packaging folder: its metadata file, ``model_spec.py``, code, data and requirements."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the path is such a folder, or one of the two files that make it one."""
        return _packaging_folder(source.path) is not None

    def read(self, source: Source) -> Imported:
        """Return the manifest of the models that the folder packages, one variant each."""
        folder = _packaging_folder(source.path)
        assert folder is not None  # noqa: S101 - it was recognised
        metadata = _metadata(folder)
        return _imported(
            "packaging folder", folder, dict(_variants(metadata)), metadata, source.recorded
        )


def _packaging_folder(path: Path) -> Path | None:
    folder = path.parent if path.name in (*METADATA, SPEC) and path.is_file() else path
    marks = (*METADATA, SPEC)
    return folder if any((folder / name).is_file() for name in marks) else None


def _command(source: Source) -> tuple[Lines, Path]:
    """Return the command's words by line, and the folder that its paths are relative to."""
    if any(word == MARK or word.startswith(f"{MARK}=") for word in source.words):
        return (source.words,), source.folder
    if any(MARK in word for word in source.words):
        return _taken_apart(" ".join(source.words), "the command line"), source.folder
    return _taken_apart(_text(source.path), source.path.name), source.path.parent


def _taken_apart(text: str, where: str) -> Lines:
    try:
        return command_lines(text)
    except ValueError as error:
        raise UsageError(f"cannot read {where}: {error}") from error


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _metadata(folder: Path) -> Mapping[str, Any]:
    for name in METADATA:
        if (folder / name).is_file():
            content = read_yaml(folder / name)
            if not isinstance(content, dict):
                raise UsageError(f"{folder / name} is not a mapping")
            return content
    return {}


def _variants(metadata: Mapping[str, Any]) -> Iterator[tuple[str, Flags]]:
    stated = metadata.get("variants")
    if stated is None:
        yield "", _flags(metadata.get("flags", ""), "flags")
        return
    if not isinstance(stated, Mapping):
        raise UsageError("`variants` of the packaging metadata is not a mapping of names to flags")
    for name, flags in stated.items():
        yield str(name), _flags(flags, f"the variant {name}")


def _flags(stated: Any, where: str) -> Flags:
    if isinstance(stated, Mapping):
        stated = stated.get("flags", stated.get("args", stated.get("command", "")))
    if isinstance(stated, list):
        return read_flags([str(word) for word in stated])
    return read_flags([word for line in _taken_apart(str(stated or ""), where) for word in line])


def _variant_names(flags: list[Flags]) -> list[str]:
    """Name commands by where they write to, or by their number; one command needs no name."""
    if len(flags) == 1:
        return [""]
    names = [project_name(PurePosixPath(each.output or "").name) for each in flags]
    distinct = len(set(names)) == len(names) and all(each.output for each in flags)
    return names if distinct else [f"v{number}" for number in range(1, len(flags) + 1)]


def _imported(
    kind: str,
    folder: Path,
    variants: Mapping[str, Flags],
    metadata: Mapping[str, Any],
    recorded: Mapping[str, Any] | None,
) -> Imported:
    folder = folder.absolute()
    spec, needs = read_spec(folder, recorded), needs_in(folder)
    left = [*spec.left, *_unknown(metadata)]
    made: dict[str, Keys] = {}
    for name, flags in variants.items():
        reader = _Variant(folder, spec)
        made[project_name(name) if name else ""] = reader.keys(flags)
        prefix = f"{name}: " if len(variants) > 1 else ""
        left += [Left(what=f"{prefix}{each.what}", why=each.why) for each in reader.left]
    shared, rest = factored(made)
    keys = {**_head(folder, metadata), **shared, **_environment(folder, metadata, needs)}
    return Imported(
        kind=kind,
        folder=folder,
        keys=keys,
        variants={} if list(rest) == [""] else rest,
        files=needs.files if needs else (),
        left=unique([*left, *(needs.left if needs else ())]),
        to_run=spec.to_run,
    )


def _head(folder: Path, metadata: Mapping[str, Any]) -> Keys:
    name = project_name(str(metadata.get("model_name") or folder.name))
    described = metadata.get("description")
    return {
        "name": Key(value=name),
        "version": version_key(metadata.get("model_version", metadata.get("version"))),
        **({"description": Key(value=str(described))} if described else {}),
    }


def _environment(folder: Path, metadata: Mapping[str, Any], needs: Needs | None) -> Keys:
    stated, origin = python_stated(folder)
    if metadata.get("python") is not None:
        stated, origin = str(metadata["python"]), METADATA[0]
    elif stated is None and needs is not None and needs.python is not None:
        stated, origin = needs.python, needs.origin
    keys = {"python": python_key(stated, origin)}
    if needs is not None:
        keys["dependencies"] = Key(value=needs.value)
    return keys


def _unknown(metadata: Mapping[str, Any]) -> Iterator[Left]:
    for key in metadata:
        if key not in _KNOWN:
            why = "mlpack does not support this key; use `metadata` or `tags` for custom data"
            yield Left(what=f"`{key}` of the packaging metadata", why=why)


class _Variant:
    """The keys of one variant, from its flags and from what all variants share."""

    def __init__(self, folder: Path, spec: Spec) -> None:
        self._folder = folder
        self._spec = spec
        self.left: list[Left] = []

    def keys(self, flags: Flags) -> Keys:
        self.left += flags.left
        keys: dict[str, Key] = dict(self._model(flags)) if flags.model_class else {}
        if flags.model_config is not None:
            keys["model_config"] = Key(value=dict(flags.model_config))
        artifacts, left = artifacts_of(flags.artifacts, self._folder, _DATA)
        self.left += left
        if artifacts:
            keys["artifacts"] = Key(value=artifacts)
        if flags.tags:
            keys["tags"] = Key(value=dict(flags.tags))
        keys.update(self._spec.keys)
        self._payload(flags, keys)
        self._output(flags, keys)
        if flags.skip_inference:
            why = "a manifest cannot skip verification: use `mlpack build --skip-inference`"
            self.left.append(Left(what="--skip-inference", why=why))
        return keys

    def _model(self, flags: Flags) -> Iterator[tuple[str, Key]]:
        extra = [_CODE] if (self._folder / _CODE).is_dir() else []
        found = class_found(str(flags.model_class), self._folder, extra)
        self.left += found.left
        key, left = model_key(found.reference, flags.model_config, found.init, known=found.known)
        self.left += left
        yield "model", key
        if found.code_paths:
            yield "code_paths", Key(value=list(found.code_paths))

    def _payload(self, flags: Flags, keys: dict[str, Key]) -> None:
        if flags.payload is None:
            return
        if "input_example" in keys:
            why = f"use the example instead, or `mlpack build --payload {flags.payload}`"
            self.left.append(Left(what=f"the payload {flags.payload}", why=why))
            return
        path = PurePosixPath(flags.payload)
        comment = "from --json-payload-filepath"
        if path.is_absolute() or ".." in path.parts:
            value = self._inlined(Path(flags.payload))
            if value is None:
                why = "it is outside the project and cannot be read"
                self.left.append(Left(what=f"the payload {flags.payload}", why=why))
                return
            keys["input_example"] = Key(value=value, comment=comment)
        else:
            keys["input_example"] = Key(value={"file": str(path)}, comment=comment)

    def _inlined(self, path: Path) -> dict[str, Any] | None:
        try:
            content = (self._folder / path).read_bytes()
            return payload_example(load_json(content), self._folder)
        except (OSError, ValueError, NotLiteralError):
            return None

    def _output(self, flags: Flags, keys: dict[str, Key]) -> None:
        if flags.output is None:
            return
        path = PurePosixPath(flags.output)
        if path.is_absolute() or ".." in path.parts:
            why = "it is outside the project: set it with `mlpack build -o`"
            self.left.append(Left(what=f"--artifact-dir-path {flags.output}", why=why))
            return
        comment = "from --artifact-dir-path; the package is written to a subfolder of it"
        keys["build"] = Key(value={"output": str(path)}, comment=comment)
