"""What a shell offers after Tab: manifests, packages and names, read without running anything."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from mlpack.cli.session import Session

Offers = Iterable[tuple[str, str]]
"""Values, each with a word on it, which may be empty."""

_FOLDERS = 300
"""So many are looked into for manifests and packages: a shell waits for the answer."""


def answer(program: typer.Typer, line: str) -> str:
    """Return what may follow ``line``, a value a line, each with a tab and what it means."""
    # Nothing public finds the option or argument that a line ends in.
    from typer._click import shell_completion
    from typer.main import get_command

    words = shell_completion.split_arg_string(line)[1:]
    begun = words.pop() if words and not line[-1:].isspace() else ""
    context = shell_completion._resolve_context(get_command(program), {}, "mlpack", words)
    asked, begun = shell_completion._resolve_incomplete(context, words, begun)
    return "".join(
        f"{item.value}\t{item.help or ''}\n" for item in asked.shell_complete(context, begun)
    )


def manifests(context: typer.Context, incomplete: str) -> Offers:
    """Offer the manifests near by."""
    return _near(context, incomplete, _manifests_in)


def packages(context: typer.Context, incomplete: str) -> Offers:
    """Offer the MLflow models near by."""
    return _near(context, incomplete, _package_at)


def variants(context: typer.Context, incomplete: str) -> Offers:
    """Offer the variants of the manifest that the command will read."""
    return [(name, "") for name in _mapping(_manifest(context), "variants")]


def artifacts(context: typer.Context, incomplete: str) -> Offers:
    """Offer the artifacts of the manifest and of its variants."""
    manifest = _manifest(context)
    parts = [manifest, *_mapping(manifest, "variants").values()]
    names = dict.fromkeys(name for part in parts for name in _mapping(part, "artifacts"))
    return [(name, "") for name in names]


def locked(context: typer.Context, incomplete: str) -> Offers:
    """Offer the packages that the lock pins."""
    import re

    text = _manifest_path(context).with_suffix(".lock").read_text(encoding="utf-8")
    # Names alone: reading a whole lock takes longer than a person waits.
    return [(name, "") for name in dict.fromkeys(re.findall(r"^ *- name: (\S+)$", text, re.M))]


def codes(context: typer.Context, incomplete: str) -> Offers:
    """Offer the codes of findings."""
    from mlpack.render.reference import explanations

    return [(code, text.split(".")[0]) for code, text in explanations().items()]


def one_of(words: Iterable[str]) -> Any:
    """Return what offers these words."""

    def offered(context: typer.Context, incomplete: str) -> Offers:
        return [(word, "") for word in words]

    return offered


def _near(context: typer.Context, incomplete: str, look: Any) -> Offers:
    start, _, _ = incomplete.rpartition("/")
    before = f"{start}/" if start or incomplete.startswith("/") else ""
    directory = _given(context)[0] / Path(before).expanduser()
    return [(before + name, "") for name in _walk(directory, look)]


def _walk(root: Path, look: Any) -> Iterator[str]:
    """Yield what ``look`` finds in a folder and below, the nearest first."""
    waiting = deque([""])
    for _ in range(_FOLDERS):
        if not waiting:
            return
        place = waiting.popleft()
        try:
            entries = sorted(os.scandir(root / place), key=lambda entry: entry.name)
        except OSError:
            continue
        found, inside = look(place, {entry.name for entry in entries})
        yield from found
        if inside:
            waiting.extend(place + entry.name + "/" for entry in entries if _is_open(entry))


def _is_open(entry: os.DirEntry[str]) -> bool:
    hidden = entry.name.startswith((".", "__")) or entry.name == "node_modules"
    return not hidden and entry.is_dir(follow_symlinks=False)


def _manifests_in(place: str, names: set[str]) -> tuple[list[str], bool]:
    # Environments and packages hold copies of other people's files.
    inside = not names & {"pyvenv.cfg", "MLmodel"}
    beside = {name.removesuffix(".lock") + ".yaml" for name in names if name.endswith(".lock")}
    found = {"mlpack.yaml"} | beside
    return [place + name for name in sorted(found & names)] if inside else [], inside


def _package_at(place: str, names: set[str]) -> tuple[list[str], bool]:
    found = "MLmodel" in names
    return [place.rstrip("/")] if found and place else [], not found and "pyvenv.cfg" not in names


def _given(context: typer.Context) -> tuple[Path, list[str]]:
    """Return the folder and the manifests that the line has so far."""
    session: Session | None = context.find_root().obj
    return (Path.cwd(), []) if session is None else (session.directory, session.files)


def _manifest_path(context: typer.Context) -> Path:
    from mlpack.manifest.locate import find

    directory, files = _given(context)
    return directory / files[0] if files else find(directory)


def _manifest(context: typer.Context) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_manifest_path(context).read_bytes(), loader)  # noqa: S506 - it is a safe one


def _mapping(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return {str(name): each for name, each in found.items()} if isinstance(found, dict) else {}
