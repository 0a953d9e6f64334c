"""What a pickle says of itself: only what is imported by name is the same in every process."""

from __future__ import annotations

import io
import mmap
import pickletools
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from .failure import Refusal

BY_VALUE = {
    "_make_function",
    "_make_skeleton_class",
    "_make_skeleton_enum",
    "_make_typevar",
    "dynamic_subimport",
    "_fill_function",
}
WAY_OUT = "use `build: {serialization: code}`, the default, or import by name what the model holds"


def check_pickle(path: Path, model: Any, machine_paths: list[str]) -> None:
    """Refuse a pickle that holds code by value, or paths of the machine that builds."""
    with path.open("rb") as stream:
        by_value = any(name in BY_VALUE for _, name in references(stream))
    if by_value:
        raise Refusal(
            f"{type(model).__name__} cannot be pickled the same way twice: {_culprit(model)}, which"
            " is pickled by value, with source paths and random ids in it.",
            hint=WAY_OUT,
        )
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
        leaks = any(held.find(folder.encode()) != -1 for folder in machine_paths)
    if leaks:
        raise Refusal(
            f"The pickled {type(model).__name__} holds a path of the machine that built it.",
            hint="keep paths out of the instance: take them from context.artifacts in "
            "load_context; or use `build: {serialization: code}`",
        )


def references(stream: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Yield ``(module, name)`` of everything that a pickle imports, without loading it."""
    strings: list[str] = []
    memo: dict[int, str] = {}
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "GLOBAL":
            module, _, name = str(argument).partition(" ")
            yield module, name
        elif opcode.name == "STACK_GLOBAL" and len(strings) > 1:
            yield strings[-2], strings[-1]
        elif isinstance(argument, str):
            strings.append(argument)
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = strings[-1] if strings else ""
        elif opcode.name in {"BINGET", "LONG_BINGET"}:
            strings.append(memo.get(int(argument or 0), ""))
        # Only the last two names and what the memo holds can be asked for.
        del strings[:-2]


def _culprit(model: Any) -> str:
    from mlflow.pyfunc.model import cloudpickle

    for name, value in sorted(getattr(model, "__dict__", {}).items()):
        found = references(io.BytesIO(cloudpickle.dumps(value)))
        if any(reference in BY_VALUE for _, reference in found):
            return f"its attribute `{name}` holds a lambda, a closure or a local class"
    return "it is, or holds, a class or function that cannot be imported by name"
