"""Pages from what mlpack knows: each finding explained, and the manifest key by key."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpack.core.errors import UsageError
from mlpack.manifest.schema import closest
from mlpack.manifest.schema.missing import flow
from mlpack.manifest.schema.words import kinds
from mlpack.render import style

_HEADING = re.compile(r"^## ([a-z0-9-]+)$", re.MULTILINE)


def page() -> str:
    """Return the whole page, in Markdown."""
    package = Path(__file__).parents[1]
    inside = package / "docs" / "findings.md"
    found = inside if inside.is_file() else package.parent / "docs" / "findings.md"
    return found.read_text(encoding="utf-8")


def explanations() -> dict[str, str]:
    """Return code → what it means, in the page's order."""
    _, *parts = _HEADING.split(page())
    return {code: text.strip() for code, text in zip(parts[::2], parts[1::2], strict=True)}


_WIDTH = 88


def listing(known: Mapping[str, str]) -> str:
    """Return a line a code: its severity and its first sentence."""
    room = max(map(len, known))
    lines = []
    for code, text in known.items():
        severity, rest = re.split(r"[.,]", text, maxsplit=1)
        rest = re.sub(r"^ (or error with )?exit \d+(, or warning)?\.", "", rest).strip()
        sentence = re.split(r"(?<=[^.])[.:;](?= |$)", " ".join(rest.split()), maxsplit=1)[0]
        lines.append(f"{code:{room}}  {severity.lower():7}  {_cut(sentence)}")
    return "\n".join(lines) + "\n"


def one(code: str, known: Mapping[str, str]) -> str:
    """Return what one code means.  Raises ``UsageError`` where there is none of that name."""
    name = re.sub(r"^(error|warning)\[(.*)\]$", r"\2", code.strip())
    if name not in known:
        near = closest(name, known)
        hint = f"Did you mean `{near}`?" if near else "Run `mlpack explain` to list all codes."
        raise UsageError(f"Unknown finding `{name}`.", hint=hint)
    return f"{style(name, 'bold')}\n\n{_filled(known[name])}\n"


def _filled(text: str) -> str:
    return "\n\n".join(
        part if part.startswith(("    ", "```")) else textwrap.fill(part, _WIDTH)
        for part in text.split("\n\n")
    )


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _WIDTH else sentence[: _WIDTH - 1].rstrip() + "…"


_HEAD = """\
# The manifest, key by key

What `mlpack.yaml` can contain, format 1. This page is generated from the schema by
`mlpack schema --markdown`; editors show the same descriptions. For a complete manifest with every
key, see [mlpack.example.yaml](../mlpack.example.yaml).

A key that is not listed here is an error, except for your own keys that begin with `x-`, at the top
level and in variants. `model_config`, `init`, `metadata` and example data are free.
"""
_NESTED = ("column", "tensor", "param", "valueType", "property", "artifact", "variant")

Schema = Mapping[str, Any]


def reference(schema: Schema) -> str:
    """Return the page in Markdown."""
    parts = [_HEAD]
    required = (*schema["required"], *schema["then"]["required"])
    for name in schema["properties"]:
        known = _known(schema, schema["properties"][name])
        parts += _section(schema, name, known, required=name in required, level=2)
    parts.append("## Shared definitions\n")
    for name in _NESTED:
        known = schema["definitions"][name]
        parts += _section(schema, known["title"], known, required=False, level=3, code=False)
    return "\n".join(parts)


def _section(
    schema: Schema, name: str, known: Schema, *, required: bool, level: int, code: bool = True
) -> Iterator[str]:
    shown = f"`{name}`" if code else name
    yield f"{'#' * level} {shown}\n"
    yield f"{known['markdownDescription']}\n"
    yield f"{_facts(known, required=required)}\n"
    examples = [example for example in known["examples"] if not _told(known, example)]
    if examples and code:
        leaf = name.rpartition(".")[2]
        lines = "\n# or\n".join(f"{leaf}: {flow(example)}" for example in examples)
        yield f"```yaml\n{lines}\n```\n"
    for child, raw in known.get("properties", {}).items():
        if level < 4 and "$ref" not in raw:
            inner = _known(schema, raw)
            needed = child in known.get("required", ())
            path = f"{name}.{child}" if code else child
            yield from _section(schema, path, inner, required=needed, level=level + 1)


def _told(known: Schema, example: Any) -> bool:
    """Whether the description has an example of its own."""
    return "```" in known["markdownDescription"] and not isinstance(example, str)


def _facts(known: Schema, *, required: bool) -> str:
    facts = ["**required**"] if required else []
    if "type" in known:
        names = [known["type"]] if isinstance(known["type"], str) else known["type"]
        facts.append(kinds(names))
    if "enum" in known:
        few = known["enum"] if len(known["enum"]) <= 14 else known["enum"][:8]
        more = "" if few is known["enum"] else f", … ({len(known['enum'])} in all)"
        facts.append("one of " + ", ".join(f"`{word}`" for word in few) + more)
    if "default" in known:
        facts.append(f"default `{flow(known['default'])}`")
    return " · ".join(facts or ["any value"])


def _known(schema: Schema, raw: Schema) -> Schema:
    name = raw.get("$ref", "").rpartition("/")[2]
    return {**schema["definitions"][name], **raw} if name else raw
