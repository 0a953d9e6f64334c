"""From a checked view to the typed variant."""

from __future__ import annotations

from mlpack.manifest import (
    access,
    artifacts,
    classref,
    config,
    dependencies,
    example,
    running,
    signature,
)
from mlpack.manifest.model import Variant
from mlpack.manifest.view import View


def variant(view: View) -> Variant:
    """Return what the view says; every rule must have passed."""
    keys = view.keys
    return Variant(
        document=view.document,
        root=view.root,
        name=keys["name"],
        variant=view.variant,
        version=keys["version"],
        description=keys.get("description", ""),
        model=classref.parse(view),
        code_paths=classref.code_paths(view),
        code_exclude=tuple(keys.get("code_exclude", ())),
        model_config=config.parse(view),
        artifacts=artifacts.parse(view),
        signature=signature.parse(view),
        input_example=example.parse(view),
        metadata=keys.get("metadata", {}),
        tags=keys.get("tags", {}),
        resources=access.resources(view),
        auth_policy=access.auth_policy(view),
        python=keys["python"],
        dependencies=dependencies.parse(view),
        serialization=running.serialization(view),
        output=running.output(view),
        verify=running.verify(view),
    )
