"""Whether nested lists are a tensor of a dtype and a shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpack.document import join
from mlpack.manifest.fields import Tensor
from mlpack.manifest.values import Misfit, is_time
from mlpack.schema.words import value as phrase

_COMPLEX = " such as 1.5 or `1+2j`"
_FORMS = {"bytes": " as ASCII text", "complex64": _COMPLEX, "complex128": _COMPLEX}


def misfits(value: Any, tensor: Tensor, at: str) -> Iterator[Misfit]:
    """Yield where ``value`` has not the tensor's shape, or elements of another kind."""
    lengths: dict[int, int] = {}
    yield from _level(value, tensor, at, 0, lengths)


def _level(
    value: Any, tensor: Tensor, at: str, depth: int, lengths: dict[int, int]
) -> Iterator[Misfit]:
    shape = list(tensor.shape)
    if depth == len(shape):
        yield from _element(value, tensor, at)
    elif not isinstance(value, list):
        yield at, f"has {depth} dimensions here, and its shape {shape} has {len(shape)}"
    elif shape[depth] not in (-1, len(value)):
        yield at, f"has the length {len(value)} here, and its shape {shape} wants {shape[depth]}"
    elif lengths.setdefault(depth, len(value)) != len(value):
        yield at, f"is ragged: the length is {len(value)} here, and {lengths[depth]} before"
    else:
        for index, item in enumerate(value):
            yield from _level(item, tensor, join(at, index), depth + 1, lengths)


def _element(value: Any, tensor: Tensor, at: str) -> Iterator[Misfit]:
    if isinstance(value, list):
        yield at, f"has more dimensions than its shape {list(tensor.shape)}"
    elif not _fits(value, tensor.dtype):
        form = _FORMS.get(tensor.dtype, "")
        yield at, f"must hold {tensor.dtype}{form}, not {phrase(value)}"
    elif "int" in tensor.dtype and not _in_range(value, tensor.dtype):
        yield at, f"must hold {tensor.dtype}, into which {phrase(value)} does not fit"


def _fits(value: Any, dtype: str) -> bool:
    if dtype == "object":
        return True
    if dtype == "bool" or isinstance(value, bool):
        return dtype == "bool" and isinstance(value, bool)
    if dtype in ("str", "bytes"):
        # MLflow's server leaves bytes to numpy, which takes ASCII alone and decodes no base64.
        return isinstance(value, str) and (dtype == "str" or value.isascii())
    if dtype.startswith("complex") and isinstance(value, str):
        return _is_complex(value)
    if dtype.startswith("datetime"):
        return isinstance(value, str) and is_time(value)
    if dtype.startswith(("int", "uint")):
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    # Floats, complex numbers and durations; null stands for NaN.
    return isinstance(value, int | float) or value is None


def _is_complex(text: str) -> bool:
    try:
        complex(text)
    except ValueError:
        return False
    return True


def _in_range(value: int | float, dtype: str) -> bool:
    bits = int(dtype.removeprefix("u").removeprefix("int"))
    low, high = (0, 1 << bits) if dtype.startswith("u") else (-(1 << bits - 1), 1 << bits - 1)
    return low <= value < high
