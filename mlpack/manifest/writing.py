"""A manifest's keys as text that a person would write, and that is read back as the same values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlpack.manifest.document.scalars import ScalarError, resolve

WIDTH = 88
_OPTIONAL_BY_DEFAULT = frozenset({"array", "object", "map", "any"})
_INSIDE = ("items", "properties", "values")
_PLAIN = re.compile(r"[A-Za-z_./~][A-Za-z0-9_./+@~*-]*(:[A-Za-z_][A-Za-z0-9_.]*)?")
# Other readers of YAML take these words for values.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def key_text(key: str, value: Any, *, indent: int = 0) -> str:
    """Return ``key: value`` and a newline: on one line where that reads well, else over several."""
    margin = " " * indent
    line = f"{margin}{scalar_text(key)}: {flow_text(value)}"
    if len(line) <= WIDTH and not _wants_block(value):
        return line + "\n"
    if isinstance(value, Mapping) and value:
        inner = "".join(key_text(str(k), item, indent=indent + 2) for k, item in value.items())
        return f"{margin}{scalar_text(key)}:\n{inner}"
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        items = "".join(f"{margin}  - {flow_text(item)}\n" for item in value)
        return f"{margin}{scalar_text(key)}:\n{items}"
    return line + "\n"


def flow_text(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        entries = (f"{scalar_text(str(k))}: {flow_text(item)}" for k, item in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow_text(item) for item in value) + "]"
    return scalar_text(value)


def scalar_text(value: Any) -> str:
    """Return a scalar so that YAML 1.1 and 1.2 read the same; ``ValueError`` for what is none."""
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    if isinstance(value, float):
        return _float_text(value)
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    raise ValueError(f"a manifest cannot contain a {type(value).__name__}")


def field_as_written(field: Mapping[str, Any]) -> dict[str, Any]:
    """Turn MLflow's form of a column, tensor or param into the manifest's."""
    named = {"name": field["name"]} if field.get("name") else {}
    if "tensor-spec" in field:
        return {**named, **field["tensor-spec"]}
    # Older lines of MLflow call a param's type `dtype`, and wrote `optional` for a column.
    written = {**named, "type": field.get("type", field.get("dtype"))}
    skipped = ("name", "type", "dtype", "optional", "required")
    rest = {
        key: _nested(item) if key in _INSIDE else item
        for key, item in field.items()
        if key not in skipped
    }
    if "shape" in rest and rest["shape"] is None:
        del rest["shape"]
    optional = {} if "default" in field or _required(field) else {"required": False}
    return {**written, **rest, **optional}


def signature_as_written(signature: Mapping[str, Any]) -> dict[str, Any]:
    """Turn MLflow's lists of inputs, outputs and params into the manifest's `signature`."""
    return {
        side: [field_as_written(field) for field in signature[side]]
        for side in ("inputs", "outputs", "params")
        if signature.get(side)
    }


def _nested(value: Any) -> Any:
    """Turn the inside of a column's type; only an object's properties may be optional."""
    if not isinstance(value, Mapping):
        return value
    if "type" in value and isinstance(value["type"], str):
        return {k: _nested(item) for k, item in value.items() if k != "required"}
    return {name: _property(item) for name, item in value.items()}


def _property(field: Any) -> Any:
    inner = _nested(field)
    if isinstance(field, Mapping) and not _required(field):
        inner["required"] = False
    return inner


def _required(field: Mapping[str, Any]) -> bool:
    if field.get("optional"):
        return False
    # What MLflow leaves out means optional for these types, and required for the others.
    return bool(field.get("required", field.get("type") not in _OPTIONAL_BY_DEFAULT))


def _wants_block(value: Any) -> bool:
    """Tell whether a mapping reads better over several lines: it nests more than once."""
    if not isinstance(value, Mapping):
        return False
    return any(_nests(item) for item in value.values())


def _nests(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(isinstance(item, (Mapping, list, tuple)) and item for item in value)
    return isinstance(value, Mapping) and bool(value)


def _is_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or text.lower() in _WORDS:
        return False
    try:
        return resolve(text) == text and text[0] not in ".~"
    except ScalarError:
        return False


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _float_text(value: float) -> str:
    text = json.dumps(value, allow_nan=False)
    mantissa, exponent, power = text.partition("e")
    return text if not exponent or "." in mantissa else f"{mantissa}.0e{power}"
