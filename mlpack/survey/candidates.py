"""Which files could be what: artifacts by the names that code uses, examples by their places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

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
