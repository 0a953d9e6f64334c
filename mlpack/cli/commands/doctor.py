"""`mlpack doctor`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import OfflineOption

if TYPE_CHECKING:
    from mlpack.cli.session import Session
    from mlpack.manifest.model import Manifest

EXAMPLES = {
    "mlpack doctor": "check Python, uv, disk and network",
    "mlpack doctor --offline": "check without network access",
}


class DoctorFormat(str, Enum):
    """How the facts are written."""

    full = "full"
    json = "json"


def command(
    context: typer.Context,
    offline: OfflineOption = False,
    format: Annotated[
        DoctorFormat, typer.Option("--format", help="Output format.")
    ] = DoctorFormat.full,
) -> None:
    """Check this machine for what a build needs."""
    from mlpack import api
    from mlpack.cli.answers import ReportedError, write_machine
    from mlpack.core.errors import OutsideError
    from mlpack.render.commands import doctor_text

    session = sessions.of(context)
    manifest = _manifest(session)
    report = api.doctor(manifest, offline=offline)
    if format is DoctorFormat.full:
        session.say(doctor_text(report))
    else:
        write_machine(session, report.problems, "json", facts=report.facts)
    if not report.able:
        raise ReportedError(OutsideError.exit_code)


def _manifest(session: Session) -> Manifest | None:
    """Return the manifest, if there is a good one: a machine can be looked at without."""
    from mlpack import api
    from mlpack.cli.manifests import manifest_paths
    from mlpack.core.errors import ManifestError, UsageError

    try:
        path = manifest_paths(session)[0]
    except UsageError:
        return None
    try:
        return api.load_manifest(
            path,
            display=session.shown(path),
            signature_required=False,
            files_required=False,
        )
    except ManifestError as error:
        session.tell(f"{error.message} Run `mlpack validate`; the manifest was skipped here.\n")
        return None
