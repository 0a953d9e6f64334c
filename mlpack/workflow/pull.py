"""The story of `mlpack pull`: a package comes here, and appears once its bytes are checked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mlpack.core.digest import (
    TreeDigest,
    differences,
    file_digests,
    tree_digest,
    value_digest,
)
from mlpack.core.errors import IntegrityError, UsageError
from mlpack.package.layout import is_cache, without_caches
from mlpack.package.placing import EVIDENCE, place_package
from mlpack.package.record import SUFFIX
from mlpack.package.record_reading import Record, read_record
from mlpack.ports.outside import Outside
from mlpack.ports.publishing import Held, PullReport
from mlpack.storage.file_locks import exclusive
from mlpack.storage.staging import staging
from mlpack.storage.trees import check_room
from mlpack.workflow.options import PullOptions

PULLED = "pulled"
"""Where packages from elsewhere are kept, below the cache folder."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


_REMOTE = re.compile(r"models:/|[a-z][a-z0-9+.-]*://")


def is_remote(model: str | Path) -> bool:
    """Tell whether what a command takes as MODEL is a URI, and no folder."""
    return isinstance(model, str) and _REMOTE.match(model) is not None


def at_hand(source: str, outside: Outside) -> Path:
    """Return where a package from elsewhere is in the cache, pulled again if it has changed."""
    folder = outside.cache / PULLED / value_digest(source)[7:39]
    folder.mkdir(parents=True, exist_ok=True)
    return pull(source, PullOptions(folder=folder, force=True), outside).package


def pull(source: str, options: PullOptions, outside: Outside) -> PullReport:
    """Download a package and its evidence to ``options.output``, or to a folder of its own name.

    Its digest must be ``options.digest`` and the one that the source promises. Raises
    ``IntegrityError`` where it is not, and nothing appears.
    """
    if options.digest is not None and not _DIGEST.fullmatch(options.digest):
        raise UsageError(
            f"{options.digest!r} is not a digest", hint="write sha256: and 64 hexadecimal digits"
        )
    places = outside.publishers.to(tracking_uri=options.tracking_uri, aliases=(), tags={})
    held = places.of(source).held(source)
    _check_promise(held, options.digest)
    work = outside.store.folder / "downloads" / value_digest(["pull", source, held.digest])[7:39]
    with exclusive(work, outside.cache / "locks", waiting=outside.narrator.note):
        return _pull(source, held, work, options, outside)


def _pull(
    source: str, held: Held, work: Path, options: PullOptions, outside: Outside
) -> PullReport:
    record = _record(held, work)
    target = options.output or options.folder / _name(held, record)
    expected = options.digest or held.digest
    report = PullReport(
        package=target,
        source=source,
        status="present",
        digest=expected or "",
        compared_with="--digest" if options.digest else "the source" if held.digest else None,
    )
    if target.exists() and any(target.iterdir()):
        there = without_caches(tree_digest(target, outside.memory.contents))
        if there.digest == expected:
            return report
        if not options.force:
            raise UsageError(
                f"{target} exists and is not this package; nothing was changed",
                hint="choose another folder with -o/--output, or replace it with --force",
            )
    check_room(target, held.size)
    have = _kept(record, outside)
    outside.narrator.step(f"Pulling {target.name}")
    came = held.bring(work / "files", have, outside.narrator.progress)
    tree = _placed(came, have, record, target, expected, held, outside)
    shutil.rmtree(work, ignore_errors=True)
    outside.narrator.done(f"Pulled {target.name}")
    return replace(report, status="pulled", digest=tree.digest, size=tree.size)


def _placed(
    came: Path,
    have: Mapping[PurePosixPath, Path],
    record: Record | None,
    target: Path,
    expected: str | None,
    held: Held,
    outside: Outside,
) -> TreeDigest:
    """Put together what came and what was here, check it, and move it into place."""
    with staging(target, outside.cache / "locks", waiting=outside.narrator.note) as folder:
        staged = folder / "package"
        shutil.move(came, staged)
        for path, blob in have.items():
            # Not every client can leave files out.
            if not (staged / path).exists():
                outside.store.lay(f"sha256:{blob.name}", staged / path)
        for left in [each for each in staged.rglob("*") if each.is_file()]:
            if is_cache(PurePosixPath(left.relative_to(staged))):
                left.unlink()
        tree = tree_digest(staged, outside.memory.contents)
        if expected not in (None, tree.digest) or (record and record.files != file_digests(tree)):
            raise _damaged(held, tree, expected, record)
        # Only what a build writes too: a source must not choose the names of files here.
        evidence = {key: held.evidence[key] for key in EVIDENCE if key in held.evidence}
        place_package(staged, target, evidence, outside.store)
    return tree


def _check_promise(held: Held, digest: str | None) -> None:
    if digest is not None and held.digest not in (None, digest):
        raise IntegrityError(
            f"the source has {held.name} with the digest {held.digest}, not {digest}",
            hint="check --digest, or pull another version",
        )


def _record(held: Held, work: Path) -> Record | None:
    """Read the record that came along. Raises ``IntegrityError`` for one of another package."""
    content = held.evidence.get(SUFFIX)
    if content is None:
        return None
    work.mkdir(parents=True, exist_ok=True)
    path = work / f"{held.name}{SUFFIX}"
    path.write_bytes(content)
    record = read_record(path)
    if held.digest not in (None, record.package):
        raise IntegrityError(
            f"the record of {held.name} describes another package: {record.package}, "
            f"not {held.digest}",
            hint="push the package again",
        )
    return record


def _name(held: Held, record: Record | None) -> str:
    if record is None:
        return held.name
    return record.name if record.variant is None else f"{record.name}-{record.variant}"


def _kept(record: Record | None, outside: Outside) -> dict[PurePosixPath, Path]:
    """Return the files that the store has already: they need not travel."""
    if record is None:
        return {}
    found = {
        PurePosixPath(path): outside.store.find(digest) for path, digest in record.files.items()
    }
    return {path: blob for path, blob in found.items() if blob is not None}


def _damaged(
    held: Held, tree: TreeDigest, expected: str | None, record: Record | None
) -> IntegrityError:
    named = differences(record.files, file_digests(tree)).sentences() if record else ()
    return IntegrityError(
        f"what came for {held.name} is not what was published: found {tree.digest}, expected "
        f"{expected or (record.package if record else None)}",
        details="\n".join(named[:20]),
        hint="pull it again; if that does not help, push it again from where it was built",
    )
