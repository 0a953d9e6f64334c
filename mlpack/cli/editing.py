"""What `add` and `remove` share: one manifest, an edit of it, and what came of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlpack import api
from mlpack.cli.answers import write_findings
from mlpack.cli.manifests import one_manifest_path
from mlpack.cli.reporting import Reporting, write_report
from mlpack.cli.session import Session
from mlpack.render.edits import edit_text

if TYPE_CHECKING:
    from mlpack.manifest.model import Manifest
    from mlpack.ports.dependency_reports import EditReport


def edited(
    session: Session,
    format: str,
    work: Callable[[Manifest], EditReport],
    *,
    files_required: bool,
) -> None:
    """Edit the one manifest that is meant, and say what came of it."""
    with Reporting(session, format):
        path = one_manifest_path(session)
        manifest = api.load_manifest(
            path,
            display=session.shown(path),
            signature_required=False,
            files_required=files_required,
        )
        report = work(manifest)
        if not session.quiet:
            write_findings(session, report.warnings, format)
        write_report(session, report, format, edit_text(report, session.shown), "edit")
