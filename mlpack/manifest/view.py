"""A manifest with one variant laid over it, its places kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlpack.core.errors import Problem, Related, Severity
from mlpack.manifest.code.model import ModuleFacts
from mlpack.manifest.document import Document, join

ENTRYWISE = frozenset({"artifacts", "model_config", "metadata", "tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a rule sees: merged keys, the place of each, and the project's folder.

    ``variant`` is ``None`` where the manifest has no variants.
    """

    document: Document
    root: Path
    variant: str | None
    parsed: dict[tuple[Path, str], ModuleFacts] = field(default_factory=dict)
    """Modules parsed already, by path and dotted name; the views of one document share them."""
    known: dict[str, Any] = field(default_factory=dict)
    """What one rule has worked out for the next."""

    @property
    def keys(self) -> Mapping[str, Any]:
        """The manifest's keys, after merging."""
        keys: Mapping[str, Any] = self.document.data
        return keys

    @property
    def saved(self) -> str | None:
        """The folder of the saved model to adopt; ``None`` where the model is a class."""
        model = self.keys.get("model")
        written = model.get("saved") if isinstance(model, dict) else None
        return written if isinstance(written, str) else None

    @property
    def has_class(self) -> bool:
        """Whether the model is a class of the code paths."""
        return "model" in self.keys and self.saved is None

    def problem(
        self,
        code: str,
        message: str,
        *,
        at: str,
        hint: str,
        key: bool = False,
        severity: Severity = "error",
        related: tuple[Related, ...] = (),
    ) -> Problem:
        """Return a finding at the pointer ``at`` of the merged keys."""
        return Problem(
            code=code,
            message=message,
            span=self.document.span(at, key=key),
            pointer=self.document.origin(at),
            hint=hint,
            severity=severity,
            related=related,
        )

    def related(self, message: str, at: str, *, key: bool = False) -> tuple[Related, ...]:
        """Return the pointer ``at`` as a place that explains a finding."""
        return (Related(message=message, span=self.document.span(at, key=key)),)


def views(document: Document, root: Path) -> tuple[View, ...]:
    """Return one view a variant, or the only one of a manifest without variants.

    A variant that is not a mapping is left out: the schema has refused it.
    """
    keys = document.data if isinstance(document.data, dict) else {}
    base = {key: value for key, value in keys.items() if key != "variants"}
    variants = keys.get("variants")
    if not isinstance(variants, dict) or not variants:
        return (View(document=_merged(document, base, {}), root=root, variant=None),)
    parsed: dict[tuple[Path, str], ModuleFacts] = {}
    return tuple(
        replace(_overlaid(document, base, name, layer or {}, root), parsed=parsed)
        for name, layer in variants.items()
        if isinstance(layer, dict | None)
    )


def _overlaid(
    document: Document, base: dict[str, Any], name: str, layer: dict[str, Any], root: Path
) -> View:
    merged, origins = dict(base), {}
    source = join("/variants", name)
    for key, value in layer.items():
        under = base.get(key)
        if key in ENTRYWISE and isinstance(value, dict) and isinstance(under, dict):
            merged[key] = _replace_entries(under, value)
            origins.update({join("", key, entry): join(source, key, entry) for entry in value})
        else:
            entries = key in ENTRYWISE and isinstance(value, dict)
            merged[key] = _replace_entries({}, value) if entries else value
            origins[join("", key)] = join(source, key)
    return View(document=_merged(document, merged, origins), root=root, variant=name)


def _replace_entries(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in {**under, **over}.items() if over.get(name, 0) is not None
    }


def _merged(document: Document, keys: dict[str, Any], origins: dict[str, str]) -> Document:
    return Document(
        file=document.file,
        text=document.text,
        data=keys,
        places=document.places,
        origins=origins,
    )
