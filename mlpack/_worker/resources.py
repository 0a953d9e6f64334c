"""The resources and the auth policy of a model, as MLflow's own objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .failure import Refusal


def access(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords for ``save_model`` that say what the model may use, and as whom."""
    found: dict[str, Any] = {}
    if request["resources"] is not None:
        found["resources"] = _resources(request["resources"])
    if request["auth_policy"] is not None:
        found["auth_policy"] = _auth_policy(request["auth_policy"])
    return found


def _resources(asked: Mapping[str, Any]) -> list[Any]:
    import mlflow
    from mlflow.models.resources import DatabricksResource

    known = {cls("").type.value: cls for cls in DatabricksResource.__subclasses__()}
    for kind in asked["databricks"]:
        if kind not in known:
            raise Refusal(
                f"MLflow {mlflow.__version__} has no resource `{kind}`.",
                hint=f"ask for a later MLflow in `dependencies`; this one has {', '.join(known)}",
            )
    return [
        known[kind].from_dict(entry)
        for kind, entries in asked["databricks"].items()
        for entry in entries
    ]


def _auth_policy(asked: Mapping[str, Any]) -> Any:
    import mlflow

    try:
        from mlflow.models.auth_policy import AuthPolicy, SystemAuthPolicy, UserAuthPolicy
    except ImportError:
        raise Refusal(
            f"MLflow {mlflow.__version__} has no auth policy.",
            hint="ask for `mlflow>=2.21` in `dependencies`, or write `resources`",
        ) from None
    user, system = asked.get("user_auth_policy"), asked.get("system_auth_policy")
    return AuthPolicy(
        user_auth_policy=user and UserAuthPolicy(api_scopes=list(user["api_scopes"])),
        system_auth_policy=system and SystemAuthPolicy(resources=_resources(system["resources"])),
    )
