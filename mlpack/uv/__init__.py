"""uv, asked from one place: its executable, a scrubbed environment, its interpreters and errors."""

from mlpack.uv.command import Answer, Uv, find_uv
from mlpack.uv.failures import failure, without_credentials
from mlpack.uv.interpreters import Interpreter, find_interpreter, need_interpreter, newest_patch
from mlpack.uv.surroundings import Locations, scrubbed

__all__ = [
    "Answer",
    "Interpreter",
    "Locations",
    "Uv",
    "failure",
    "find_interpreter",
    "find_uv",
    "need_interpreter",
    "newest_patch",
    "scrubbed",
    "without_credentials",
]
