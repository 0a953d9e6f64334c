"""MLflow's resources and auth policies, read as the mappings that a manifest has for them.

A resource is the mapping that its ``to_dict`` gives, such as ``{table: [{name: a.b.c}]}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpack.authoring.importers.literals import Handler

_VERSION = "api_version"
# The class in mlflow.models.resources, its first argument, and the kind that it writes.
_CLASSES = (
    ("DatabricksUCConnection", "connection_name", "uc_connection"),
    ("DatabricksServingEndpoint", "endpoint_name", "serving_endpoint"),
    ("DatabricksVectorSearchIndex", "index_name", "vector_search_index"),
    ("DatabricksSQLWarehouse", "warehouse_id", "sql_warehouse"),
    ("DatabricksFunction", "function_name", "function"),
    ("DatabricksGenieSpace", "genie_space_id", "genie_space"),
    ("DatabricksTable", "table_name", "table"),
    ("DatabricksApp", "app_name", "app"),
    ("DatabricksLakebase", "database_instance_name", "lakebase"),
    ("DatabricksUCModelService", "model_service_name", "uc_model_service"),
)


def _resource(argument: str, kind: str) -> Handler:
    def read(args: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        given = {**dict(zip((argument, "on_behalf_of_user"), args, strict=False)), **named}
        entry = {"name": given[argument]}
        if given.get("on_behalf_of_user") is not None:
            entry["on_behalf_of_user"] = given["on_behalf_of_user"]
        return {kind: [entry]}

    return read


def _keywords(*names: str) -> Handler:
    def read(args: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        return {**dict(zip(names, args, strict=False)), **named}

    return read


ACCESS_CALLS: Mapping[str, Handler] = {
    **{name: _resource(argument, kind) for name, argument, kind in _CLASSES},
    "UserAuthPolicy": _keywords("api_scopes"),
    "SystemAuthPolicy": _keywords("resources"),
    "AuthPolicy": _keywords("user_auth_policy", "system_auth_policy"),
}


def resources_of(stated: Any, folder: Path) -> dict[str, Any] | None:
    """Return a manifest's ``resources``, given as MLflow takes or writes them.

    ``None`` where they are something else.
    """
    if isinstance(stated, str):
        stated = _in_file(folder / stated)
    if isinstance(stated, list):
        stated = {"databricks": _gathered(stated)}
    if not isinstance(stated, Mapping) or not isinstance(stated.get("databricks"), Mapping):
        return None
    return {key: value for key, value in stated.items() if key != _VERSION} or None


def auth_policy_of(stated: Any, folder: Path) -> dict[str, Any] | None:
    """Return a manifest's ``auth_policy``; ``None`` where it is something else, or says nothing."""
    if not isinstance(stated, Mapping):
        return None
    user, system = stated.get("user_auth_policy"), stated.get("system_auth_policy")
    found: dict[str, Any] = {}
    if isinstance(system, Mapping):
        resources = resources_of(system.get("resources"), folder)
        found |= {"system_auth_policy": {"resources": resources}} if resources else {}
    if isinstance(user, Mapping) and user.get("api_scopes"):
        found["user_auth_policy"] = {"api_scopes": list(user["api_scopes"])}
    return found or None


def access_of(stated: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield a manifest's keys for what a call or ``MLmodel`` states, ``None`` for no such thing."""
    for name, read in (("resources", resources_of), ("auth_policy", auth_policy_of)):
        if stated.get(name) is not None:
            yield name, read(stated[name], folder)


def _gathered(stated: list[Any]) -> dict[str, Any] | None:
    kinds: dict[str, Any] = {}
    for each in stated:
        if not isinstance(each, Mapping):
            return None
        for kind, entries in each.items():
            kinds.setdefault(kind, []).extend(entries if isinstance(entries, list) else [entries])
    return kinds or None


def _in_file(path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
