"""A manifest for code that is there, with a TODO wherever the files do not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.authoring.survey.folder import Survey
from mlpack.authoring.survey.packages import dependency_lines
from mlpack.authoring.survey.reading import Needs, needs
from mlpack.manifest.code import FoundClass, Parameter

_HOMES = ("model_data", "artifacts", "weights", "checkpoints", "models", "assets", "data")
_WEIGHTS = frozenset(
    (
        ".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".npz", ".npy", ".pkl", ".pickle",
        ".joblib", ".onnx", ".h5", ".keras", ".model", ".gguf",
    )
)  # fmt: skip
_TEXTS = frozenset((".json", ".txt", ".yaml", ".yml", ".csv", ".tsv", ".vocab"))
_EXAMPLES = ("examples", "example", "samples", "sample", "data", "test_data", "tests/data")
_LOADABLE = frozenset((".json", ".csv", ".parquet", ".npy"))
_STANDARD = ("input_example.json", "serving_input_example.json", "example.json", "payload.json")
# Words that stand for the model's weights, whatever their file is called.
_WEIGHT_WORDS = frozenset(
    ("weights", "weight", "model", "checkpoint", "ckpt", "state", "network", "encoder", "pipeline")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The likeliest file or folder for something, and others that it could be."""

    chosen: PurePosixPath | None
    others: tuple[PurePosixPath, ...]


def artifact_candidates(
    keys: Sequence[str], files: Sequence[PurePosixPath]
) -> dict[str, Candidates]:
    """Return what each of ``context.artifacts``' keys could be.

    A file or folder whose name is the key comes before one whose name shares a word with it. For a
    key that says no more than that it is the model, weights of any name will do, the only folder
    of data in the end.
    """
    known = _with_folders([path for path in files if _may_be_artifact(path)])
    named = {key: _named(key, known) for key in keys}
    taken = {paths[0] for paths in named.values() if paths}
    free = [path for path in known if path not in taken]
    return {key: _candidates(named[key] or _nameless(key, free)) for key in keys}


def example_candidates(
    files: Sequence[PurePosixPath], taken: Sequence[PurePosixPath], *, uri: bool
) -> Candidates:
    """Return the files that could be the example: any kind for a URI, else what mlpack can load."""
    free = [path for path in files if not any(path.is_relative_to(each) for each in taken)]
    inside = [path for path in free if any(path.is_relative_to(home) for home in _EXAMPLES)]
    if uri:
        return _candidates(sorted(inside, key=lambda path: path.suffix == ".json"))
    standard = [path for path in free if path.name in _STANDARD]
    loadable = [path for path in inside if path.suffix in _LOADABLE]
    return _candidates([*standard, *loadable])


def _candidates(paths: Sequence[PurePosixPath]) -> Candidates:
    unique = tuple(dict.fromkeys(paths))
    return Candidates(chosen=next(iter(unique), None), others=unique[1:])


def _named(key: str, known: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    exact = [path for path in known if _plain(path.stem) == _plain(key)]
    return exact or [path for path in known if _words(key) & _words(path.stem)]


def _nameless(key: str, free: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    if not _words(key) & _WEIGHT_WORDS:
        return []
    folders = [path for path in free if not path.suffix and path.parts[0] in _HOMES]
    files = [path for path in free if path.suffix in _WEIGHTS]
    alone = [path for path in files if not any(path.is_relative_to(folder) for folder in folders)]
    return [*alone, *folders, *files]


def _may_be_artifact(path: PurePosixPath) -> bool:
    if len(path.parts) > 1 and path.parts[0] in _HOMES:
        return True
    return path.suffix in _WEIGHTS or (len(path.parts) > 1 and path.suffix in _TEXTS)


def _with_folders(files: Sequence[PurePosixPath]) -> tuple[PurePosixPath, ...]:
    """Add the folders below the top ones: an artifact may be a whole folder."""
    folders = {folder for path in files for folder in path.parents if len(folder.parts) > 1}
    return (*sorted(folders), *files)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[^a-z0-9]+", text.lower()) if len(word) > 2}


_CONFIG_NAMES = frozenset(("config", "cfg", "model_config", "settings", "hparams"))
# As many as one line holds.
_TOLD = 3
_SIGNATURE = "# TODO: the signature; `mlpack signature --write` infers it from the example."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text of a manifest from the key ``model`` on, and the class that it describes."""

    model: str
    text: str


def draft(seen: Survey, found: FoundClass, *, python: str, metadata: str | None) -> Draft:
    """Describe ``found``, one of the classes of ``seen``; ``metadata`` is the license, if any."""
    wanted = needs(seen.root, found)
    artifacts = artifact_candidates(wanted.artifacts, seen.files)
    taken = [each.chosen for each in artifacts.values() if each.chosen]
    blocks = [
        "".join(f"{line}\n" for line in block)
        for block in (
            [*_model(seen, found, wanted), *_code_paths(found, wanted)],
            list(_artifacts(artifacts)),
            list(_config(seen.root, wanted)),
            [_SIGNATURE],
            list(_example(seen, taken, wanted)),
            [f"metadata: {{license: {metadata}}}"] if metadata else [],
            [f'python: "{python}"', *dependency_lines(seen.requirements, wanted.imports)],
        )
        if block
    ]
    return Draft(model=found.reference, text="\n".join(blocks))


def _model(seen: Survey, found: FoundClass, wanted: Needs) -> Iterator[str]:
    others = [each.reference for each in seen.models if each.reference != found.reference]
    if others:
        yield f"# TODO: is it this class? Others: {', '.join(others)}."
    required = [each for each in wanted.arguments if each.required]
    if not required:
        yield f"model: {found.reference}"
        return
    yield "model:"
    yield f"  class: {found.reference}"
    if _takes_config(required):
        yield "  init_from: model_config"
        return
    yield "  # TODO: the constructor's arguments, which are fixed in the package."
    yield "  init:"
    for each in required:
        yield f"    {each.name}: null{f'    # {each.annotation}' if each.annotation else ''}"


def _takes_config(required: Sequence[Parameter]) -> bool:
    return len(required) == 1 and required[0].name in _CONFIG_NAMES


def _code_paths(found: FoundClass, wanted: Needs) -> Iterator[str]:
    top = found.module.partition(".")[0]
    if [str(path).removesuffix(".py") for path in wanted.code] != [top]:
        yield f"code_paths: [{', '.join(_flow(path) for path in wanted.code)}]"


def _artifacts(found: Mapping[str, Candidates]) -> Iterator[str]:
    if found:
        yield "artifacts:"
    for key, paths in found.items():
        if paths.chosen is None:
            yield f"  # TODO: the file that the class loads as context.artifacts[{key!r}]."
        elif paths.others:
            yield f"  # TODO: is it this one? Others: {_listed(paths.others)}."
        yield f"  {key}: {'TODO' if paths.chosen is None else _flow(paths.chosen)}"


def _config(root: Path, wanted: Needs) -> Iterator[str]:
    from_config = _takes_config([each for each in wanted.arguments if each.required])
    file = next((name for name in ("model_config.json", "config.json") if _has(root, name)), None)
    if not (wanted.config or from_config):
        return
    if file:
        yield f"model_config: {file}"
    elif wanted.config:
        yield "# TODO: the values that the class reads from context.model_config."
        yield "model_config:"
        yield from (f"  {_flow(key)}: null" for key in wanted.config)
    else:
        yield "# TODO: the mapping that is passed to the constructor."
        yield "model_config: {}"


def _has(root: Path, name: str) -> bool:
    try:
        return isinstance(json.loads((root / name).read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False


def _example(seen: Survey, taken: Sequence[PurePosixPath], wanted: Needs) -> Iterator[str]:
    found = example_candidates(seen.files, taken, uri=wanted.takes_uri)
    key = "input_uri" if wanted.takes_uri else "file"
    if found.chosen is None:
        yield "# TODO: an example of the model's input; other forms are possible."
        yield f"# input_example: {{{key}: examples/input.csv}}"
        return
    others = f" Others: {_listed(found.others)}." if found.others else ""
    yield f"# TODO: is this the model's input?{others}"
    yield f"input_example: {{{key}: {_flow(found.chosen)}}}"


def _listed(paths: Sequence[PurePosixPath]) -> str:
    told = [str(path) for path in paths[:_TOLD]]
    return ", ".join([*told, "…"] if len(paths) > _TOLD else told)


def _flow(text: object) -> str:
    """Return a string as YAML within a flow mapping: in quotes unless it is plainly a string."""
    plain = str(text)
    safe = plain[:1].isalpha() and all(each.isalnum() or each in "_./-" for each in plain)
    return plain if safe and plain.isascii() else json.dumps(plain, ensure_ascii=False)
