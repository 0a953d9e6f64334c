"""What is done with this machine: look at it."""

from __future__ import annotations

from mlpack.manifest.model import Manifest
from mlpack.report import DoctorReport


def doctor(manifest: Manifest | None = None, *, offline: bool = False) -> DoctorReport:
    """Look at what a build needs of this machine; what is missing is a fact, no exception."""
    from mlpack.api.examinations import examinations
    from mlpack.workflow.doctoring import doctor as tell

    return tell(manifest, examinations(manifest, offline=offline))
