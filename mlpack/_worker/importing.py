"""Importing large libraries with the garbage collector at rest."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest while libraries are imported.

    They make much that stays and little that could be freed: looking through all of it again and
    again takes a fifth of an import of MLflow.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
