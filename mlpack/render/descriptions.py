"""What a package is, as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlpack.core.counting import counted
from mlpack.package.description import Description, Provenance
from mlpack.render import style
from mlpack.render.reports import Shown, size_text

_WIDTH = 12


def description_text(found: Description, shown: Shown) -> str:
    """Show a package's identity, signature, artifacts, dependencies, tags and provenance."""
    title = " ".join([shown(found.package), *_identity(found)])
    lines = [style(_printable(title), "bold")]
    if found.description:
        lines.append(f"  {_printable(found.description)}")
    lines += [f"  {name:{_WIDTH}}{_printable(value)}" for name, value in _facts(found) if value]
    for heading, rows in _sections(found, shown):
        if rows:
            lines += [f"  {style(heading, 'bold')}", *(f"    {_printable(row)}" for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def _identity(found: Description) -> Iterator[str]:
    if found.name:
        yield "is"
        yield from (word for word in (found.name, found.version) if word)
        if found.variant:
            yield f"({found.variant})"


def _facts(found: Description) -> Iterator[tuple[str, str | None]]:
    kind = f"saved as {found.serialization}" if found.serialization else found.loader
    yield "class", found.model_class and f"{found.model_class}, {kind}"
    yield "loader", None if found.model_class else kind
    yield "created", found.created and f"{found.created} by MLflow {found.mlflow_version or '?'}"
    yield "size", f"{size_text(found.size)} in {counted(found.files, 'file')}"
    yield "digest", found.digest
    yield "python", found.python


def _sections(found: Description, shown: Shown) -> Iterator[tuple[str, list[str]]]:
    for side in ("inputs", "outputs", "params"):
        yield side, [_column(column) for column in found.signature.get(side) or ()]
    yield (
        "artifacts",
        [f"{item.name}: {item.path} ({size_text(item.size)})" for item in found.artifacts],
    )
    yield "tags", [f"{name}: {_value(value)}" for name, value in found.tags.items()]
    yield "metadata", [f"{name}: {_value(value)}" for name, value in found.metadata.items()]
    yield f"dependencies ({len(found.dependencies)})", list(_dependencies(found))
    yield "provenance", list(_provenance(found.provenance, shown)) if found.provenance else []


def _column(column: Mapping[str, Any]) -> str:
    tensor = column.get("tensor-spec")
    name = column.get("name")
    if isinstance(tensor, Mapping):
        kind = f"{tensor.get('dtype')} {tensor.get('shape')}"
    else:
        kind = _type(column)
    text = kind if name is None else f"{name}: {kind}"
    if "default" in column:
        return f"{text} = {_value(column['default'])}"
    return text if column.get("required", True) else f"{text}, optional"


def _type(column: Mapping[str, Any]) -> str:
    kind = str(column.get("type", "?"))
    inner = column.get("items", column.get("values"))
    if isinstance(inner, Mapping):
        return f"{kind} of {_type(inner)}"
    fields = column.get("properties")
    if isinstance(fields, Mapping):
        named = (f"{name}: {_type(field)}" for name, field in fields.items())
        return f"{kind} {{{', '.join(named)}}}"
    shape = column.get("shape")
    return f"{kind} {shape}" if isinstance(shape, list) else kind


def _dependencies(found: Description) -> Iterator[str]:
    for item in found.dependencies:
        marker = f" ; {item.marker}" if item.marker else ""
        yield f"{item.name}{item.specifier}{marker}" + ("" if item.hashes else " (no hash)")


def _provenance(found: Provenance, shown: Shown) -> Iterator[str]:
    fits = "describes this package" if found.matches else "describes a DIFFERENT package"
    yield f"{shown(found.record)} {fits}"
    yield f"built from {found.manifest} by mlpack {found.builder_version or '?'}"
    if found.commit:
        state = " with uncommitted changes" if found.dirty else ""
        yield f"at commit {found.commit}{state}"
    else:
        yield "not in a git repository"
    yield "inputs: " + ", ".join(f"{count} {role}" for role, count in found.inputs.items())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _printable(text: str) -> str:
    """Return a line that a terminal does not obey."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
