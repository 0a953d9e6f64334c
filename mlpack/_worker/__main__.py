"""Run one task, ``python mlpack/_worker REQUEST.json RESPONSE.json``, or serve tasks.

``python mlpack/_worker IMPORTS`` serves; ``IMPORTS`` are, as JSON, what all tasks begin with.

Python puts this folder first on ``sys.path``; it is taken off again, and the siblings are loaded
as the package ``_mlpack_worker``, so that a user's ``save.py`` or ``predict.py`` is the user's.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

PACKAGE = "_mlpack_worker"


def adopt_siblings(home: str) -> None:
    """Make the modules in ``home`` importable below ``PACKAGE`` and under no other name."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != home]  # noqa: PTH100
    spec = importlib.util.spec_from_file_location(
        PACKAGE,
        os.path.join(home, "__init__.py"),  # noqa: PTH118
        submodule_search_locations=[home],
    )
    if spec is None or spec.loader is None:  # pragma: no cover - the file lies beside this one
        raise SystemExit(f"{home} is not a package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    adopt_siblings(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    if len(sys.argv) == 2:
        importlib.import_module(f"{PACKAGE}.server").serve(sys.argv[1])
    importlib.import_module(f"{PACKAGE}.task").run(sys.argv[1], sys.argv[2])
