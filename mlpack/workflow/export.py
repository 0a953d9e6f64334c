"""The story of `mlpack export`: a package becomes one file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from mlpack.core.errors import IntegrityError, UsageError
from mlpack.lock.model import Lock
from mlpack.package.archive import archive_time, write_archive
from mlpack.ports.report import ExportReport
from mlpack.storage.atomic import writing_whole
from mlpack.workflow.forward_pass import package_at
from mlpack.workflow.integrity import check_integrity


def export(path: Path, output: Path, *, lock: Lock | None = None) -> ExportReport:
    """Write a package as one tar to ``output``; the same package gives the same bytes.

    Raises ``IntegrityError`` where the package is not what its lock or its record says: an archive
    must not spread damage.
    """
    package = path.absolute()
    if output.absolute().is_relative_to(package):
        raise UsageError(
            f"{output} is inside the package itself", hint="choose an output outside the package"
        )
    found = check_integrity(package, digest=None, lock=lock)
    facts = package_at(package)
    with writing_whole(output) as stream:
        tree, digest = write_archive(package, stream, mtime=archive_time(facts.mlmodel))
        if tree.digest != found.digest:
            raise IntegrityError(
                f"{package} changed while it was being exported", hint="export it again"
            )
    return ExportReport(
        archive=output,
        archive_digest=digest,
        size=output.stat().st_size,
        package=package,
        digest=tree.digest,
        compared_with=found.compared_with,
    )
