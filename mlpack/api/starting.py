"""How a project begins: `init`, and the look at a folder that comes before it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from mlpack.api.outside import Silence
from mlpack.ports import Narrator
from mlpack.report import InitReport
from mlpack.survey import Survey
from mlpack.workflow.options import InitOptions

_OLDEST, _NEWEST = (3, 10), (3, 13)


def look_around(directory: str | Path = ".") -> Survey:
    """Return what a folder holds already: models among its classes, packages, data files."""
    from mlpack.survey import survey

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
    from mlpack.workflow.starting import Machine, start
    from mlpack.workspace.cache import cache_root

    machine = Machine(
        python=default_python(),
        year=time.localtime().tm_year,
        environ=os.environ,
        locks=cache_root() / "locks",
    )
    return start(look_around(directory), options or InitOptions(), machine, narrator or Silence())


def default_python() -> str:
    """Return the minor version of the Python that runs mlpack: that one is certainly there."""
    major, minor = max(_OLDEST, min(_NEWEST, sys.version_info[:2]))
    return f"{major}.{minor}"
