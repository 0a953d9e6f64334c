"""The manifest's text: keys in their usual order, each with where it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from mlpack.authoring.importers.model import Imported, Key, Keys
from mlpack.core.errors import ManifestError, UsageError
from mlpack.manifest.document import parse
from mlpack.manifest.writing import WIDTH, key_text, scalar_text

ORDER = (
    "name", "version", "description", "model", "code_paths", "code_exclude", "model_config",
    "artifacts", "signature", "input_example", "metadata", "tags", "resources", "auth_policy",
    "python", "dependencies", "build", "verify",
)  # fmt: skip
_REQUIRED = {
    "model": "the class, as package.module:Class",
    "signature": "the inputs and outputs; `mlpack signature --write` infers it",
    "input_example": "the input of the example, such as {dataframe_records: [{x: 1.0}]}",
    "dependencies": "the model's packages, such as [mlflow, pandas]",
}


def manifest_text(imported: Imported) -> str:
    """Return a whole manifest; keys that must be there and are not known are marked as to do."""
    # What is empty is not needed: an agent of MLflow's has no signature.
    todo = {name: imported.todo.get(name, hint) for name, hint in _REQUIRED.items()}
    parts = ["mlpack: 1\n"]
    for name in ORDER:
        if name in imported.keys:
            parts.append(_entry(name, imported.keys[name], indent=0))
        elif (hint := todo.get(name)) and not _in_variants(name, imported.variants):
            parts.append(_comment(f"TODO {name}: {hint}", indent=0))
    if imported.variants:
        parts.append("variants:\n")
        parts += [_variant(name, keys) for name, keys in imported.variants.items()]
    return _spaced(parts)


def laid_into(text: str, keys: Keys, file: str) -> str:
    """Return a manifest's text with ``keys`` in place of those of the same name, or added.

    Raises ``UsageError`` where the text cannot be read.
    """
    for name, key in keys.items():
        try:
            place = parse(text, file=file).places.get(f"/{name}")
        except ManifestError as error:
            raise UsageError(
                f"cannot read {file}, so nothing can be merged into it",
                hint="fix it first: `mlpack validate` shows what is wrong",
            ) from error
        entry = _entry(name, key, indent=0)
        if place is None or place.key is None:
            text = f"{text.rstrip()}\n\n{entry}" if text.strip() else entry
            continue
        lines = text.splitlines(keepends=True)
        # A block ends at the start of the next line, a flow value within its last one.
        last = place.value.end_line - (1 if place.value.end_column == 1 else 0)
        text = "".join(lines[: place.key.line - 1]) + entry + "".join(lines[last:])
    return text


def _in_variants(name: str, variants: Mapping[str, Keys]) -> bool:
    return any(name in keys for keys in variants.values())


def _variant(name: str, keys: Keys) -> str:
    if not keys:
        return f"  {scalar_text(name)}: {{}}\n"
    inner = "".join(_entry(key, keys[key], indent=4) for key in ORDER if key in keys)
    return f"  {scalar_text(name)}:\n{inner}"


def _entry(name: str, key: Key, *, indent: int) -> str:
    text = key_text(name, key.value, indent=indent)
    if not key.comment:
        return text
    line = text.rstrip("\n")
    if "\n" not in line and len(line) + len(key.comment) + 4 <= WIDTH:
        return f"{line}  # {key.comment}\n"
    return _comment(key.comment, indent=indent) + text


def _comment(text: str, *, indent: int) -> str:
    margin = f"{' ' * indent}# "
    lines = textwrap.wrap(" ".join(text.split()), WIDTH - len(margin), break_long_words=False)
    return "".join(f"{margin}{line}\n" for line in lines)


def _spaced(parts: list[str]) -> str:
    """Set what takes several lines apart by blank ones."""
    text = ""
    for before, part in zip(["", *parts], parts, strict=False):
        blank = before and (_is_block(before) or _is_block(part)) and before != "variants:\n"
        text += ("\n" if blank and not _both_variants(before, part) else "") + part
    return text


def _is_block(part: str) -> bool:
    return part.count("\n") > 1 or part == "variants:\n"


def _both_variants(before: str, part: str) -> bool:
    return before.startswith("  ") and part.startswith("  ")
