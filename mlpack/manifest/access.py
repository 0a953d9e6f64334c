"""What the model may use where it is served, and as whom: `resources` and `auth_policy`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpack.errors import Problem
from mlpack.manifest.view import View

Access = Mapping[str, Any] | None
API_VERSION = "1"


def resources(view: View) -> Access:
    """Return the resources in the form of ``MLmodel``, or ``None`` where none are stated."""
    return _versioned(view.keys.get("resources"))


def auth_policy(view: View) -> Access:
    """Return the auth policy in the form of ``MLmodel``, or ``None`` where none is stated."""
    written = view.keys.get("auth_policy")
    if written is None or "system_auth_policy" not in written:
        return written
    system = written["system_auth_policy"]
    return {**written, "system_auth_policy": {"resources": _versioned(system["resources"])}}


def _versioned(written: Access) -> Access:
    return None if written is None else {"api_version": API_VERSION, **written}


def check(view: View) -> Iterator[Problem]:
    """Yield where both are stated: MLflow logs a model with one of them."""
    if "resources" in view.keys and "auth_policy" in view.keys:
        yield view.problem(
            "conflicting-keys",
            "`resources` and `auth_policy` exclude each other",
            at="/auth_policy",
            key=True,
            hint="Move the resources to `auth_policy.system_auth_policy.resources`.",
            related=view.related("the resources", "/resources", key=True),
        )
