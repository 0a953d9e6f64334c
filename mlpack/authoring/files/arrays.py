"""Arrays of NumPy within a pickle: what they are, and the values of short ones."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlpack.authoring.files.pickled import Made

_FORM = re.compile(r"[|<>=]?([biufcOSUMmV?])(\d+)")
_CODES = {
    "b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I",
    "u8": "Q", "f4": "f", "f8": "d",
}  # fmt: skip
_REBUILT = ("_reconstruct", "_frombuffer", "scalar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How an array's bytes are laid out: a letter and a width as NumPy writes them."""

    kind: str
    width: int
    shape: tuple[int, ...]
    is_aligned: bool = False
    swapped: bool = False

    @staticmethod
    def of(noted: Mapping[Any, Any]) -> Layout:
        """Return the layout that joblib notes before an array's bytes; ``ValueError`` if none."""
        kind, width, swapped = form_of(noted.get("dtype"))
        shape = shape_of(noted.get("shape"))
        return Layout(
            kind=kind,
            width=width,
            shape=shape,
            swapped=swapped,
            is_aligned=noted.get("numpy_array_alignment_bytes") is not None,
        )

    @property
    def of_objects(self) -> bool:
        """Whether the array is a pickle of its own."""
        return self.kind == "O"

    @property
    def size(self) -> int:
        """The array's bytes."""
        return math.prod(self.shape) * self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """An array: its letter (``f``, ``i``, ``U``, ``O``…), its shape, its values if they are few."""

    kind: str
    width: int
    shape: tuple[int, ...]
    values: tuple[Any, ...] | None


def form_of(dtype: Any) -> tuple[str, int, bool]:
    """Return letter, width and whether the bytes are big-endian of a dtype in a pickle."""
    given = dtype.arguments if isinstance(dtype, Made) else ()
    text = given[0] if isinstance(given, tuple) and given and isinstance(given[0], str) else ""
    found = _FORM.fullmatch(text)
    if found is None or not isinstance(dtype, Made):
        raise ValueError("no dtype of plain values")
    state = dtype.state if isinstance(dtype.state, tuple) else ()
    # A width above 8 is written in the state only.
    width = state[5] if len(state) > 5 and isinstance(state[5], int) and state[5] > 0 else None
    return found[1], width or int(found[2]), len(state) > 1 and state[1] == ">"


def shape_of(value: Any) -> tuple[int, ...]:
    """Return a shape; ``ValueError`` for what is none."""
    if not isinstance(value, tuple) or not all(isinstance(n, int) and n >= 0 for n in value):
        raise ValueError("no shape")
    return value


def array_of(value: Any) -> Array | None:
    """Return an array of a pickle as values; ``None`` for what is none."""
    if not isinstance(value, Made) or value.type is None:
        return None
    try:
        if value.type.name == "NumpyArrayWrapper":
            return _of_joblib(value)
        if value.type.name in _REBUILT or value.type.name == "ndarray":
            return _of_numpy(value)
    except (ValueError, struct.error, IndexError):
        return None
    return None


def _of_joblib(made: Made) -> Array | None:
    layout = Layout.of(made.attributes)
    if not layout.of_objects:
        return _array(layout, made.raw)
    return array_of(made.items[0]) if made.items else None


def _of_numpy(made: Made) -> Array | None:
    """Read ``_reconstruct(…)`` with its state, or ``_frombuffer(bytes, dtype, shape, order)``."""
    if made.type is not None and made.type.name == "_frombuffer":
        content, dtype, shape = made.arguments[:3]
    elif isinstance(made.state, tuple) and len(made.state) >= 5:
        _, shape, dtype, _, content = made.state[:5]
    else:
        return None
    kind, width, swapped = form_of(dtype)
    layout = Layout(kind=kind, width=width, shape=shape_of(shape), swapped=swapped)
    if isinstance(content, list):
        return Array(kind=kind, width=width, shape=layout.shape, values=tuple(content))
    if isinstance(content, Made) and content.type is not None and content.type.name == "encode":
        # Protocol 2 writes bytes as text to encode.
        content = str(content.arguments[0]).encode("latin-1", "replace")
    return _array(layout, content if isinstance(content, bytes) else None)


def _array(layout: Layout, raw: bytes | None) -> Array:
    values = None if raw is None else tuple(_values(layout, raw))
    return Array(kind=layout.kind, width=layout.width, shape=layout.shape, values=values)


def _values(layout: Layout, raw: bytes) -> Sequence[Any]:
    order = ">" if layout.swapped else "<"
    count = math.prod(layout.shape)
    if layout.kind == "U":
        width = layout.width
        chunks = (raw[at : at + width] for at in range(0, count * width, width))
        coding = "utf-32-be" if layout.swapped else "utf-32-le"
        return [chunk.decode(coding, "replace").rstrip("\0") for chunk in chunks]
    code = _CODES.get(f"{layout.kind}{layout.width}")
    if code is None:
        raise ValueError("no plain values")
    return struct.unpack(f"{order}{count}{code}", raw[: count * layout.width])
