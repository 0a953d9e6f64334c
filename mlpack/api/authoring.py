"""A manifest for a new project, or for what exists already."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from mlpack.api.outside import Silence, outside_world
from mlpack.authoring.survey import Survey
from mlpack.ports import Narrator
from mlpack.ports.report import ImportReport, InitReport
from mlpack.workflow.options import ImportOptions, InitOptions


def import_(options: ImportOptions, *, narrator: Narrator | None = None) -> ImportReport:
    """Read a project or a model as a manifest; write it with ``options.write``.

    Nothing of the source is run without ``options.run``. Raises ``UsageError`` for a source of no
    known kind, and where files would be replaced.
    """
    from mlpack.authoring.importers import IMPORTERS
    from mlpack.workflow.import_ import import_ as tell

    return tell(options, IMPORTERS, outside_world(narrator))


_OLDEST, _NEWEST = (3, 10), (3, 13)


def look_around(directory: str | Path = ".") -> Survey:
    """Return what a folder holds already: models among its classes, packages, data files."""
    from mlpack.authoring.survey import survey

    return survey(Path(directory).absolute(), prefer=default_python())


def init(
    directory: str | Path = ".",
    options: InitOptions | None = None,
    *,
    narrator: Narrator | None = None,
) -> InitReport:
    """Write a new project, or a manifest for the code that is in ``directory`` already.

    All files appear, or none. Raises ``UsageError`` where a file is in the way.
    """
    from mlpack.adapters.machine.installed import own_requirement
    from mlpack.storage.cache import cache_root
    from mlpack.workflow.init import Machine, start

    machine = Machine(
        python=default_python(),
        year=time.localtime().tm_year,
        environ=os.environ,
        locks=cache_root() / "locks",
        requirement=own_requirement(),
    )
    return start(look_around(directory), options or InitOptions(), machine, narrator or Silence())


def default_python() -> str:
    """Return the minor version of the Python that runs mlpack: that one is certainly there."""
    major, minor = max(_OLDEST, min(_NEWEST, sys.version_info[:2]))
    return f"{major}.{minor}"
