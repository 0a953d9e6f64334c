"""MLflow's inference of signatures where scipy is not installed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def sparse_matrices_known() -> Iterator[None]:
    """Let MLflow ask whether data is a sparse matrix, which nothing is where scipy is missing.

    Without an answer its inference gives up inside and calls every column `any`.
    """
    if importlib.util.find_spec("scipy") is not None:
        yield
        return
    outer, inner = ModuleType("scipy"), ModuleType("scipy.sparse")
    for name in ("csc_matrix", "csr_matrix"):
        setattr(inner, name, type(name, (), {}))
    outer.sparse = inner  # type: ignore[attr-defined]
    sys.modules.update({"scipy": outer, "scipy.sparse": inner})
    try:
        yield
    finally:
        # Other libraries would take it for the real one.
        del sys.modules["scipy"], sys.modules["scipy.sparse"]
