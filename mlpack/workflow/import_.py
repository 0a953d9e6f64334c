"""The story of `mlpack import`: what a source says, as a manifest beside what is there."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from mlpack.authoring.files import is_model_file
from mlpack.authoring.importers.model import Imported, Importer, Keys, NewFile, Source
from mlpack.authoring.importers.text import laid_into, manifest_text
from mlpack.core.errors import ManifestError, OutsideError, Problem, UsageError
from mlpack.lock.request import request_for
from mlpack.manifest.code.folders import CACHES
from mlpack.manifest.reading import read
from mlpack.ports.outside import Outside
from mlpack.ports.report import ImportReport, NotCarriedOver
from mlpack.storage.scaffold import plant
from mlpack.workflow.examine import dependencies_alone, fetched, mirror, recorded
from mlpack.workflow.options import ImportOptions

_MANIFEST = "mlpack.yaml"
# What large files seem to be in a copy of the project that has none of their content.
_OF_THE_COPY = frozenset({"symlink-outside", "broken-file"})
_TO_DO = frozenset({"missing-key", "missing-signature"})

Importers = Mapping[str, Importer]
Files = Mapping[PurePosixPath, bytes | Path]


def import_(options: ImportOptions, importers: Importers, outside: Outside) -> ImportReport:
    """Read a source as a manifest; with ``write`` put it and its files in place, all or none.

    Code of the source runs only with ``run``. Raises ``UsageError`` where nothing is known of the
    source, or where a manifest is there that says something else.
    """
    source = Source(words=options.words, folder=options.folder)
    with _at_hand(source, options, outside) as source:
        importer = _importer(source, importers)
        imported = importer.read(source)
        if options.run and imported.to_run is not None:
            told = recorded(imported, options, outside)
            imported = replace(importer.read(replace(source, recorded=told)), to_run=None)
        return _reported(imported, options, outside)


@contextmanager
def _at_hand(source: Source, options: ImportOptions, outside: Outside) -> Iterator[Source]:
    """Yield the source, downloaded first where it is a URI of MLflow's."""
    if not source.words[0].startswith(("models:/", "runs:/")):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="mlpack-import-") as name:
        folder = fetched(source.words[0], Path(name).resolve(), options, outside)
        yield replace(source, fetched=folder)


def _importer(source: Source, importers: Importers) -> Importer:
    if len(source.words) == 1 and is_model_file(source.path):
        raise UsageError(
            f"{source.words[0]} is the file of a trained model, not a project",
            hint=f"run `mlpack init --from {shlex.quote(source.words[0])}`",
        )
    for importer in importers.values():
        if importer.recognises(source):
            return importer
    word = source.words[0]
    there = source.path.exists()
    raise UsageError(
        f"mlpack cannot import {word}" if there else f"{word} does not exist",
        hint="specify a packager's command line (after --), a packaging folder, a script that "
        "saves a pyfunc model, an MLflow model's folder or URI, or a file of dependencies",
    )


def _reported(imported: Imported, options: ImportOptions, outside: Outside) -> ImportReport:
    root = (options.output or imported.folder).absolute()
    path = root / (options.manifest or _MANIFEST)
    if path.parent != root:
        raise UsageError(
            f"{options.manifest} is not a path inside {root}",
            hint="-f sets the manifest's file, -o the project's folder",
        )
    before = _present(path)
    text = laid_into(before or "", imported.keys, path.name) if imported.partial else None
    if text is None or before is None:
        text = manifest_text(imported)
    files = dict(_files(imported.files, root))
    written = options.write and _write(path, text, before, files, options, outside)
    return ImportReport(
        kind=imported.kind,
        path=path,
        text=text,
        diff=_diff(before, text, path.name),
        files=tuple(root / file for file in files),
        not_carried_over=tuple(NotCarriedOver(what=e.what, why=e.why) for e in imported.left),
        problems=_problems(text, path, imported.keys, files if not written else {}),
        written=written,
        replaces=before is not None and before != text and not written,
        can_run=str(imported.to_run.script) if imported.to_run else None,
    )


def _present(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutsideError(f"{path} cannot be read: {error.strerror}") from error


def _files(files: tuple[NewFile, ...], root: Path) -> Iterator[tuple[PurePosixPath, bytes | Path]]:
    """Yield each file to write, folders taken apart; one that lies in place already is none."""
    for file in files:
        if file.copied_from is None:
            yield file.path, file.content
        elif (root / file.path).resolve() == file.copied_from.resolve():
            continue
        elif file.copied_from.is_dir():
            for inner in sorted(file.copied_from.rglob("*")):
                inside = inner.relative_to(file.copied_from)
                if inner.is_file() and not any(part in CACHES for part in inside.parts):
                    yield file.path / inside.as_posix(), inner
        else:
            yield file.path, file.copied_from


def _write(
    path: Path,
    text: str,
    before: str | None,
    files: Files,
    options: ImportOptions,
    outside: Outside,
) -> bool:
    """Write the manifest and its files, or refuse; ``True`` where something was written."""
    root = path.parent
    moved = [name for name, content in files.items() if not _same(root / name, content)]
    taken = [str(name) for name in moved if (root / name).exists()]
    if before is not None and before != text:
        taken.append(path.name)
    if taken and not options.force:
        raise UsageError(
            f"{', '.join(taken[:3])} in {root} would be overwritten; nothing was written",
            hint="review the diff (without --write), then use --force to overwrite",
        )
    new: dict[PurePosixPath, bytes | Path] = {name: files[name] for name in moved}
    if before != text:
        new[PurePosixPath(path.name)] = text.encode()
    if new:
        plant(root, new, outside.cache / "locks", waiting=outside.narrator.note)
    return bool(new)


def _same(path: Path, content: bytes | Path) -> bool:
    if not path.is_file():
        return False
    wanted = content if isinstance(content, bytes) else None
    if wanted is None and isinstance(content, Path):
        if path.stat().st_size != content.stat().st_size:
            return False
        wanted = content.read_bytes()
    return path.read_bytes() == wanted


def _diff(before: str | None, after: str, name: str) -> str:
    lines = unified_diff(
        (before or "").splitlines(keepends=True),
        after.splitlines(keepends=True),
        fromfile="/dev/null" if before is None else name,
        tofile=name,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _problems(text: str, path: Path, keys: Keys, files: Files) -> tuple[Problem, ...]:
    """Return what is wrong with the manifest, once ``files`` are written too."""
    if not files and path.parent.is_dir():
        return _findings(text, path, keys)
    # What the manifest names comes with it, and so does a new folder: look at what will be.
    with tempfile.TemporaryDirectory(prefix="mlpack-import-") as name:
        folder = Path(name).resolve() / "project"
        folder.mkdir()
        if path.parent.is_dir():
            mirror(path.parent, folder)
        for file, content in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            small = content if isinstance(content, bytes) else _small(content)
            (folder / file).unlink(missing_ok=True)
            (folder / file).write_bytes(small)
        found = _findings(text, folder / path.name, keys)
        return tuple(each for each in found if each.code not in _OF_THE_COPY)


def _small(path: Path) -> bytes:
    # Rules look at what short files hold, and at whether large ones are there.
    return path.read_bytes() if path.stat().st_size <= 1 << 20 else b""


def _findings(text: str, path: Path, keys: Keys) -> tuple[Problem, ...]:
    try:
        manifest = read(path, display=path.name, content=text.encode(), signature_required=False)
        for variant in manifest.variants:
            request_for(variant)
    except ManifestError as error:
        # Keys that are still to do keep the whole from being read, and dependencies with it.
        known = {problem.code for problem in error.problems}
        more = _dependency_findings(path, keys) if known <= _TO_DO else ()
        return (*error.problems, *more)
    return manifest.warnings


def _dependency_findings(path: Path, keys: Keys) -> tuple[Problem, ...]:
    if "dependencies" not in keys:
        return ()
    try:
        request_for(dependencies_alone(path.parent, keys["dependencies"].value, "3.11"))
    except ManifestError as error:
        return error.problems
    return ()
