"""What artifacts and example files hold, by their first bytes: pointers, pages, halves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from mlpack.core.errors import Problem
from mlpack.core.files import HINTS, WRONG, Entry, entries
from mlpack.manifest.rules.paths import check_path, pointer
from mlpack.manifest.view import View

_CODES = {"outside": "symlink-outside", "nothing": "missing-file", "loop": "symlink-loop"}
# So many are looked at: validate answers at once, and a build looks at every link again.
_MOST = 2_000
_HEAD = 512
_MODELS = frozenset(
    {".bin", ".ckpt", ".gguf", ".h5", ".h5ad", ".hdf5", ".joblib", ".json", ".keras", ".model",
     ".npy", ".npz", ".onnx", ".parquet", ".pb", ".pickle", ".pkl", ".pt", ".pth", ".safetensors",
     ".tflite", ".zip"}
)  # fmt: skip
_LFS, _ANNEX, _ZIP, _ZIP_END = b"version https://git-lfs", b"/annex/objects/", b"PK\3\4", b"PK\5\6"


class _Start(NamedTuple):
    """A file's name, size and first bytes."""

    path: Path
    size: int
    head: bytes


def check_data(view: View, text: str, at: str) -> Iterator[Problem]:
    """Yield what is wrong with the file or folder of data ``text``, and with what it holds."""
    problems = list(check_path(view, text, at))
    yield from problems
    if problems:
        return
    root = view.root / text
    found = entries(root, view.root) if root.is_dir() else iter([Entry(root, "file")])
    try:
        for path, kind in islice(found, _MOST):
            # Beside the data that it points to, in a folder, a DVC pointer does no harm.
            spare = path != root and path.suffix == ".dvc" and path.with_suffix("").exists()
            if kind == "file" and not spare:
                yield from _check_file(view, path, at)
            elif kind not in ("file", "folder"):
                yield _stray(view, path, kind, at)
    except OSError:
        return  # A build says what it cannot read.


def _stray(view: View, path: Path, kind: str, at: str) -> Problem:
    shown = path.relative_to(view.root).as_posix()
    return pointer(view, shown, at) or view.problem(
        _CODES.get(kind, "not-a-file"), f"`{shown}` {WRONG[kind]}", at=at, hint=HINTS[kind]
    )


def _check_file(view: View, path: Path, at: str) -> Iterator[Problem]:
    shown = path.relative_to(view.root).as_posix()
    size = path.stat().st_size
    model = path.suffix.lower() in _MODELS
    # Pointers are small, and nothing else is asked of a file that is no model's.
    if not model and size > _HEAD and path.suffix != ".dvc":
        return
    with path.open("rb") as file:
        start = _Start(path, size, file.read(_HEAD))
    if found := _pointer(view, start, shown, at):
        yield found
    elif model and (wrong := _broken(start)):
        message = f"`{shown}` {wrong}"
        hint = "Download the file again, and compare its size with the original."
        yield view.problem("broken-file", message, at=at, hint=hint, severity="warning")


def _pointer(view: View, start: _Start, shown: str, at: str) -> Problem | None:
    kind = command = ""
    if start.head.startswith(_LFS):
        kind, command = "a Git LFS pointer", "git lfs pull"
    elif start.head.startswith(_ANNEX):
        kind, command = "a git-annex pointer", f"git annex get {shown}"
    elif shown.endswith(".dvc") and b"outs:" in start.head:
        kind, command = "a DVC pointer", f"dvc pull {shown}"
    if not kind:
        return None
    message = f"`{shown}` is {kind}, not the file it points to"
    return view.problem("pointer-file", message, at=at, hint=f"Run `{command}`.")


def _broken(start: _Start) -> str | None:
    if not start.size:
        return "is empty"
    if re.match(rb"\s*<(!doctype html|html)", start.head, re.IGNORECASE):
        return "is an HTML page"
    if start.head.startswith(_ZIP) and not _has_end(start):
        return "is truncated: it is a zip archive without its end record"
    if start.path.suffix.lower() == ".safetensors" and not _is_whole(start):
        return "is truncated: it is shorter than its header says"
    return None


def _has_end(start: _Start) -> bool:
    """Tell whether a zip archive has its last record; few have a comment behind it."""
    return any(_ZIP_END in _bytes_at(start, start.size - count, count) for count in (512, 65_557))


def _is_whole(start: _Start) -> bool:
    """Tell whether a safetensors file is as long as the last tensors of its header say."""
    header = 8 + int.from_bytes(start.head[:8], "little")
    if len(start.head) < 8 or start.size < header:
        return False
    last = _bytes_at(start, max(8, header - _HEAD), min(_HEAD, header - 8))
    ends = re.findall(rb'"data_offsets"\s*:\s*\[\s*\d+\s*,\s*(\d+)', last)
    return start.size >= header + max(map(int, ends), default=0)


def _bytes_at(start: _Start, offset: int, count: int) -> bytes:
    with start.path.open("rb") as file:
        file.seek(max(0, offset), os.SEEK_SET)
        return file.read(count)
