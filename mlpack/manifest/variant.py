"""From a checked view to the typed variant."""

from __future__ import annotations

from mlpack.manifest.model import Variant
from mlpack.manifest.rules import (
    agents,
    artifacts,
    build_and_verify,
    class_reference,
    config,
    dependencies,
    example,
    publish,
    saved,
    signature,
)
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
        model=saved.parse(view) or class_reference.parse(view),
        code_paths=class_reference.code_paths(view),
        code_exclude=tuple(keys.get("code_exclude", ())),
        model_config=config.parse(view),
        artifacts=artifacts.parse(view),
        signature=signature.parse(view),
        input_example=example.parse(view),
        metadata=keys.get("metadata", {}),
        tags=keys.get("tags", {}),
        resources=agents.resources(view),
        auth_policy=agents.auth_policy(view),
        python=keys["python"],
        dependencies=dependencies.parse(view),
        serialization=build_and_verify.serialization(view),
        output=build_and_verify.output(view),
        verify=build_and_verify.verify(view),
        publish=publish.parse(view),
    )
