"""What is done with what exists already: a manifest made of it."""

from __future__ import annotations

from mlpack.api.outside import outside_world
from mlpack.ports import Narrator
from mlpack.report import ImportReport
from mlpack.workflow.options import ImportOptions


def import_(options: ImportOptions, *, narrator: Narrator | None = None) -> ImportReport:
    """Read a project or a model as a manifest; write it with ``options.write``.

    Nothing of the source is run without ``options.run``. Raises ``UsageError`` for a source of no
    known kind, and where files would be replaced.
    """
    from mlpack.importers import IMPORTERS
    from mlpack.workflow.importing import import_ as tell

    return tell(options, IMPORTERS, outside_world(narrator))
