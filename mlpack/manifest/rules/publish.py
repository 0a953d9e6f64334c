"""Where packages are published: `publish`, part of no digest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from mlpack.core.errors import Problem
from mlpack.manifest.rules.artifacts import Fault, credentials, form, unknown
from mlpack.manifest.rules.requirement import NO_VARIABLES
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View

SCHEMES = ("models", "oci", "s3", "gs", "az", "hf", "file")
_PLACEHOLDERS = ("name", "version", "variant")
# Compiled when a manifest has targets: `validate` imports this.
MODEL = r"models:/(?P<model>[^/@:%\"']+)(@(?P<alias>[A-Za-z][\w-]*)|/(?P<version>\d+|latest))?"
_NO_MODEL = (
    "bad-url",
    "This is not the name of a registered model",
    "Write it like `models:/my-model` or `models:/my-model@champion`.",
)
IMAGE = (
    r"oci://(?P<host>[^/@]+)/(?P<name>[a-z0-9]+([._/-]+[a-z0-9]+)*)"
    r"(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_NO_IMAGE = (
    "bad-url",
    "This is not a place in a container registry",
    "Write it like `oci://ghcr.io/team/model:1.0`, in lower case.",
)
_HUB = r"hf://(?!(datasets|spaces)/)[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*(@[^/@?#\s]+)?"
_NO_HUB = (
    "bad-url",
    "This is not a model repository of a hub",
    "Write it like `hf://org/repo` or `hf://org/repo@branch`.",
)
_BRACES = r"\{([^{}]*)\}"


def parse(view: View) -> tuple[str, ...]:
    """Return the targets, placeholders filled in."""
    return tuple(_filled(view, written) for written in view.keys.get("publish", ()))


def check(view: View) -> Iterator[Problem]:
    """Yield what is wrong with each target."""
    for index, written in enumerate(view.keys.get("publish", ())):
        found = _placeholder_fault(view, written) or fault(_filled(view, written))
        if found is not None:
            code, message, hint = found
            yield view.problem(code, message, at=f"/publish/{index}", hint=hint)


def fault(target: str) -> Fault | None:
    """Return what is wrong with a target: a finding's code, its message and the way out."""
    if "${" in target:
        return "variable", NO_VARIABLES, "Write out the URI."
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return "bad-url", "This is not a valid URI", "Write it like `s3://bucket/models`."
    if parts.scheme not in SCHEMES:
        return unknown(parts.scheme, SCHEMES)
    if parts.scheme == "models":
        return None if re.fullmatch(MODEL, target) else _NO_MODEL
    if parts.scheme == "oci":
        # What looks like a login there is a digest: `host/name@sha256:…`.
        return credentials(parts) or (None if re.fullmatch(IMAGE, target) else _NO_IMAGE)
    if parts.scheme == "hf":
        return credentials(parts) or (None if re.fullmatch(_HUB, target) else _NO_HUB)
    if found := credentials(parts) or form(parts):
        return found
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        message = "A `file://` URI must have an absolute path, with three slashes"
        return "bad-url", message, "Write it like `file:///shared/models`."
    if parts.scheme != "file" and not parts.netloc:
        message = "The URI must include a bucket"
        return "bad-url", message, f"Write it like `{parts.scheme}://bucket/models`."
    return None


def _placeholder_fault(view: View, written: str) -> Fault | None:
    if "${" in written:
        return fault(written)
    for name in re.findall(_BRACES, written):
        if name not in _PLACEHOLDERS:
            near = closest(name, _PLACEHOLDERS)
            hint = f"Did you mean `{{{near}}}`?" if near else "Use {name}, {version} or {variant}."
            return "bad-url", f"`{{{name}}}` is not a placeholder", hint
        if name == "variant" and view.variant is None:
            message = "`{variant}` has no value: the manifest has no variants"
            return "bad-url", message, "Remove it."
    return None


def _filled(view: View, written: str) -> str:
    values = {
        "name": str(view.keys["name"]),
        "version": str(view.keys["version"]),
        "variant": view.variant or "",
    }
    return re.sub(_BRACES, lambda found: values.get(found[1], found[0]), written)
