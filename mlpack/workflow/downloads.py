"""Bringing content that is not the project's own: downloads into the store, commands into place."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlpack.core.digest import FileDigest, Listing, TreeDigest, sha256_bytes, tree_digest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.core.files import project_files
from mlpack.lock.model import PinnedFile
from mlpack.lock.staleness import hold, request_of
from mlpack.manifest.model import Artifact, Variant
from mlpack.package.layout import remote_name
from mlpack.ports import Delivery, Environment
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan
from mlpack.storage.file_locks import exclusive
from mlpack.storage.trees import keep_file, keep_tree, kept


def provide(planned: Plan, environment: Environment, outside: Outside) -> None:
    """Make every artifact of a plan be at hand: the remote ones in the store, made ones in place.

    Raises ``OutsideError`` naming all that is missing when the network may not be used, and
    ``IntegrityError`` when what comes is not what the plan pins.
    """
    variant = planned.variant
    missing = missing_artifacts(variant, planned.pins.get, outside)
    refuse_offline(missing, outside)
    for item in missing:
        pin = planned.pins[item.name]
        if item.uri is not None:
            bring(item, outside, pin=pin)
        else:
            made = make(item, variant, outside, lambda: environment)
            compare(item, made, pin)


def missing_artifacts(
    variant: Variant, pin_of: Callable[[str], PinnedFile | None], outside: Outside
) -> list[Artifact]:
    """Return the artifacts whose content is not on this machine."""

    def is_missing(item: Artifact) -> bool:
        if item.uri is None:
            return item.fetch is not None and not is_made(item, variant, outside)
        pin = pin_of(item.name)
        return pin is None or kept(outside.store, pin.digest) is None

    return [item for item in variant.artifacts if is_missing(item)]


def refuse_offline(missing: list[Artifact], outside: Outside) -> None:
    """Raise ``OutsideError`` naming what is missing, where it may not be fetched."""
    if missing and outside.sources is None:
        names = ", ".join(dict.fromkeys(item.name for item in missing))
        raise OutsideError(
            f"not on this machine, and network access is disabled: {names}",
            hint="run `mlpack fetch` while online",
        )


def bring(item: Artifact, outside: Outside, *, pin: PinnedFile | None = None) -> PinnedFile:
    """Download a remote artifact into the store, hold it to ``pin``, and return its own pin.

    Nothing enters the store before its digest is known and agrees with the pin, the manifest and
    what the server promised.
    """
    request = str(request_of(item))
    folder = outside.store.folder / "downloads" / request.removeprefix("sha256:")[:32]
    with exclusive(folder, outside.cache / "locks", waiting=outside.narrator.note):
        stated = pin.digest if pin else f"sha256:{item.sha256}" if item.sha256 else None
        # Another process may have brought it meanwhile.
        present = _present(stated, outside)
        if present is not None and (pin is not None or item.size in (None, present.size)):
            return pin or replace(present, request=request)
        try:
            delivery = _fetch(item, folder, pin, outside)
            tree = _contents(delivery.path, outside)
            found = replace(_pin_of(tree), request=request, revision=delivery.revision)
            _check_promises(item, delivery, tree)
            compare(item, found, pin)
        except IntegrityError:
            # To go on with these bytes would end the same way.
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if isinstance(tree, FileDigest):
            keep_file(outside.store, delivery.path, found.digest, found.size)
        else:
            keep_tree(outside.store, delivery.path, tree)
        shutil.rmtree(folder, ignore_errors=True)
    return found


def is_made(item: Artifact, variant: Variant, outside: Outside) -> bool:
    """Tell whether a made artifact's path exists, and not as what a stopped command left there."""
    path = variant.root / str(item.path)
    return path.exists() and not _unfinished(path, outside).exists()


def make(
    item: Artifact, variant: Variant, outside: Outside, environment: Callable[[], Environment]
) -> PinnedFile:
    """Run an artifact's command in the project, without a shell; return the pin of what it made.

    Raises ``OutsideError`` when it fails or its path does not exist then. A command that was
    stopped half-way is run again the next time.
    """
    path = variant.root / str(item.path)
    with exclusive(path, outside.cache / "locks", waiting=outside.narrator.note):
        # Another variant, or another process, may have made it meanwhile.
        if not is_made(item, variant, outside):
            mark = _unfinished(path, outside)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
            _run(item, variant, outside, environment())
            mark.unlink(missing_ok=True)
        return replace(
            _pin_of(_contents(path, outside, project_files(variant.root))), request=request_of(item)
        )


def _run(item: Artifact, variant: Variant, outside: Outside, environment: Environment) -> None:
    outside.narrator.note(f"Making {item.name}: {item.fetch}")
    argv = shlex.split(item.fetch or "")
    status = outside.models.command(environment, argv, workdir=variant.root)
    if status != 0:
        raise OutsideError(
            f"the command of artifact {item.name} failed with status {status}: {item.fetch}",
            hint="run it with `mlpack run -- …`, in the same environment, to debug it",
        )
    if not (variant.root / str(item.path)).exists():
        raise OutsideError(
            f"the command of artifact {item.name} did not create {item.path}: {item.fetch}",
            hint="fix the artifact's `path`, or its `fetch`",
        )


def _unfinished(path: Path, outside: Outside) -> Path:
    """Return the mark that a command is making ``path``, or was stopped while it did."""
    name = sha256_bytes(bytes(path.absolute())).removeprefix("sha256:")
    return outside.cache / "making" / name[:32]


def compare(item: Artifact, found: PinnedFile, pin: PinnedFile | None) -> None:
    """Raise ``IntegrityError`` when content is not what the lock pins or the manifest states."""
    if pin is not None:
        hold(f"artifact {item.name}", found, pin, upgrade=item.name)
    if item.sha256 is not None and found.digest != f"sha256:{item.sha256}":
        raise IntegrityError(
            f"artifact {item.name} does not match the manifest: found {found.digest}, expected "
            f"sha256:{item.sha256}",
            hint="update its `sha256` if the change is intended",
        )
    if item.size is not None and found.size != item.size:
        raise IntegrityError(
            f"artifact {item.name} has {found.size} bytes, but the manifest specifies {item.size}",
            hint="update its `size` if the change is intended",
        )


def _fetch(item: Artifact, folder: Path, pin: PinnedFile | None, outside: Outside) -> Delivery:
    if outside.sources is None:
        refuse_offline([item], outside)
        raise AssertionError(item.name)
    outside.narrator.step(f"Downloading {item.name}")
    delivery = outside.sources.fetch(
        str(item.uri),
        remote_name(str(item.uri)),
        folder,
        revision=pin.revision if pin else None,
        progress=outside.narrator.progress,
    )
    outside.narrator.done(f"Downloaded {item.name}")
    return delivery


def _present(digest: str | None, outside: Outside) -> PinnedFile | None:
    """Return the pin of content that the store has, by its digest."""
    files = kept(outside.store, digest) if digest else None
    if digest is None or files is None:
        return None
    return PinnedFile(digest=digest, size=sum(path.stat().st_size for path in files.values()))


def _contents(
    path: Path, outside: Outside, files: Listing | None = None
) -> FileDigest | TreeDigest:
    tree = tree_digest(path, outside.memory.contents, files)
    return tree.files[0] if path.is_file() else tree


def _pin_of(content: FileDigest | TreeDigest) -> PinnedFile:
    return PinnedFile(digest=content.digest, size=content.size)


def _check_promises(item: Artifact, delivery: Delivery, found: FileDigest | TreeDigest) -> None:
    files = (found,) if isinstance(found, FileDigest) else found.files
    for file in files:
        promised = delivery.promised.get(str(file.path), file.digest)
        if promised != file.digest:
            raise IntegrityError(
                f"artifact {item.name} was corrupted in transit: {file.path} has {file.digest}, "
                f"but its server announced {promised}",
                hint="try again, or contact the server's operator",
            )
