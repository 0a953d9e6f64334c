"""uv, asked from one place: its executable, a scrubbed environment, its interpreters and errors."""

from mlpack.adapters.uv.command import Answer, Uv, find_uv
from mlpack.adapters.uv.failures import failure
from mlpack.adapters.uv.hints import in_manifest_terms
from mlpack.adapters.uv.interpreters import (
    Interpreter,
    find_interpreter,
    need_interpreter,
    newest_patch,
)
from mlpack.adapters.uv.surroundings import Locations, scrubbed

__all__ = [
    "Answer",
    "Interpreter",
    "Locations",
    "Uv",
    "failure",
    "find_interpreter",
    "find_uv",
    "in_manifest_terms",
    "need_interpreter",
    "newest_patch",
    "scrubbed",
]
