"""The story of `mlpack add` and `mlpack remove`: requirements edited, then locked, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

from mlpack.authoring.editing import Edited, edits, own_dependencies
from mlpack.core.errors import MlpackError
from mlpack.manifest.model import Manifest
from mlpack.manifest.reading import read
from mlpack.ports.dependency_reports import EditReport
from mlpack.ports.outside import Outside
from mlpack.storage.atomic import write_whole
from mlpack.workflow.relock import relock


def edit(
    manifest: Manifest,
    outside: Outside,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    lock: bool = True,
    dry_run: bool = False,
    offline: bool = False,
) -> EditReport:
    """Edit the requirements where they are written, then bring the lock up to date.

    Where the edited manifest is not valid or cannot be locked, the files are what they were.
    A dry run only says what would be edited.
    """
    files, changes = edits(manifest, add=add, remove=remove)
    report = EditReport(
        manifest=manifest.path,
        changes=changes,
        diff="".join(_diff(each, manifest.root) for each in files),
        written=bool(files) and not dry_run,
        untouched=own_dependencies(manifest),
    )
    if dry_run:
        return report
    with _written(files):
        # The text decides from now on: it is read as the next command will read it.
        edited = read(
            manifest.path,
            display=manifest.variants[0].document.file,
            signature_required=False,
            files_required=lock,
        )
        locked = relock(edited, outside, offline=offline) if lock else None
    warnings = (*edited.warnings, *(locked.warnings if locked else ()))
    return replace(report, lock=locked, warnings=warnings)


@contextmanager
def _written(files: Sequence[Edited]) -> Iterator[None]:
    """Write files, and what they were before where the block fails or is interrupted."""
    done: list[Edited] = []
    try:
        for each in files:
            done.append(each)
            _write(each.path, each.after)
        yield
    except BaseException as error:
        for each in done:
            _write(each.path, each.before)
        if isinstance(error, MlpackError):
            # Its places are in a text that is no longer there.
            error.span = None
            error.problems = tuple(replace(problem, span=None) for problem in error.problems)
        raise


def _write(path: Path, content: bytes) -> None:
    # What a link leads to is edited, and stays as readable as it was.
    real = path.resolve()
    mode = real.stat().st_mode
    write_whole(real, content)
    real.chmod(mode)


def _diff(edited: Edited, root: Path) -> str:
    name = edited.path.relative_to(root).as_posix()
    before, after = (
        content.decode("utf-8-sig").splitlines(keepends=True)
        for content in (edited.before, edited.after)
    )
    lines = unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
