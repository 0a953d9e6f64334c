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

    It is compressed where ``output`` ends with ``.gz`` or ``.tgz``.

    Raises ``IntegrityError`` where the package is not what its lock or its record says: an archive
    must not spread damage.
    """
    package = path.absolute()
    if output.absolute().is_relative_to(package):
        raise UsageError(
            f"{output} is inside the package itself", hint="choose an output outside the package"
        )
    compressed = _compressed(output)
    found = check_integrity(package, digest=None, lock=lock)
    facts = package_at(package)
    with writing_whole(output) as stream:
        mtime = archive_time(facts.mlmodel)
        tree, digest = write_archive(package, stream, mtime=mtime, compressed=compressed)
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


_OTHERS = {".zst": "zstd", ".tzst": "zstd", ".xz": "xz", ".bz2": "bzip2", ".lz4": "lz4"}


def _compressed(output: Path) -> bool:
    """Tell whether the archive is a gzip file; raises ``UsageError`` for what it cannot be."""
    suffix = output.suffix.lower()
    name = f"{output.name.removesuffix(output.suffix).removesuffix('.tar')}.tar"
    if suffix in (".zip", ".7z"):
        raise UsageError(
            f"{output.name} is not a tar archive.", hint=f"Use `-o {name}` or `-o {name}.gz`."
        )
    if suffix in _OTHERS:
        raise UsageError(
            f"`export` cannot compress with {_OTHERS[suffix]}.",
            hint=f"Use `-o {name}.gz`, or `-o {name}` and then `{_OTHERS[suffix]} {name}`.",
        )
    return suffix in (".gz", ".tgz")
