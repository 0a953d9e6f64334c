"""MLflow's constructors of signatures, resources and policies, read as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpack.authoring.importers.literals import Handler, Symbol

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


_TYPES = frozenset(
    {"boolean", "integer", "long", "float", "double", "string", "binary", "datetime", "any"}
)
_DTYPES = {
    "str": "str", "str_": "str", "unicode_": "str", "bytes": "bytes", "bytes_": "bytes",
    "bool": "bool", "bool_": "bool", "object": "object", "object_": "object",
    "int": "int64", "float": "float64", "double": "float64", "single": "float32",
}  # fmt: skip
_NUMPY = frozenset(
    [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
    + ["float16", "float32", "float64", "complex64", "complex128", "datetime64", "timedelta64"]
)

Field = dict[str, Any]


def _bound(args: list[Any], named: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return arguments by name; ``TypeError`` for one that the callee does not have."""
    if len(args) > len(names) or set(named) - set(names):
        raise TypeError("unknown arguments")
    return {**dict(zip(names, args, strict=False)), **named}


def _column(args: list[Any], named: dict[str, Any]) -> Field:
    # `optional` is of older lines, and is given by its name.
    given = _bound(args, named, "type", "name", "required", "optional")
    required = given.get("required")
    if required is None:
        required = not given.get("optional")
    name = {} if given.get("name") is None else {"name": str(given["name"])}
    return {**data_type(given["type"]), **name, "required": bool(required)}


def _tensor(args: list[Any], named: dict[str, Any]) -> Field:
    given = _bound(args, named, "type", "shape", "name")
    name = {} if given.get("name") is None else {"name": str(given["name"])}
    shape = [int(length) for length in given["shape"]]
    tensor = {"dtype": dtype_name(given["type"]), "shape": shape}
    return {"type": "tensor", "tensor-spec": tensor, **name}


def _param(args: list[Any], named: dict[str, Any]) -> Field:
    given = _bound(args, named, "name", "dtype", "default", "shape")
    shape = given.get("shape")
    return {
        "name": str(given["name"]),
        **data_type(given["dtype"]),
        "default": given["default"],
        "shape": None if shape is None else [int(length) for length in shape],
    }


def _property(args: list[Any], named: dict[str, Any]) -> Field:
    given = _bound(args, named, "name", "dtype", "required")
    required = bool(given.get("required", True))
    return {"name": given["name"], "property": {**data_type(given["dtype"]), "required": required}}


def _array(args: list[Any], named: dict[str, Any]) -> Field:
    return {"type": "array", "items": data_type(_bound(args, named, "dtype")["dtype"])}


def _map(args: list[Any], named: dict[str, Any]) -> Field:
    return {"type": "map", "values": data_type(_bound(args, named, "value_type")["value_type"])}


def _object(args: list[Any], named: dict[str, Any]) -> Field:
    properties = _bound(args, named, "properties")["properties"]
    return {"type": "object", "properties": {p["name"]: p["property"] for p in properties}}


def _any(args: list[Any], named: dict[str, Any]) -> Field:
    return {"type": "any"}


def _schema(args: list[Any], named: dict[str, Any]) -> list[Field]:
    fields = list((args or list(named.values()))[0])
    if not all(isinstance(field, dict) and "type" in field for field in fields):
        raise TypeError("not all are columns, tensors or params")
    return fields


def _signature(args: list[Any], named: dict[str, Any]) -> Field:
    given = _bound(args, named, "inputs", "outputs", "params")
    return {side: given.get(side) for side in ("inputs", "outputs", "params")}


def _dtype(args: list[Any], named: dict[str, Any]) -> Symbol:
    return Symbol(f"numpy.{dtype_name(args[0])}")


def data_type(given: Any) -> Field:
    """Return a column's type as MLflow's JSON: from its name, ``DataType`` or a nested one."""
    if isinstance(given, Mapping) and "type" in given:
        return dict(given)
    name = given.last if isinstance(given, Symbol) else given
    if name not in _TYPES:
        raise ValueError(f"{name} is not an MLflow type")
    return {"type": name}


def dtype_name(given: Any) -> str:
    """Return numpy's name of a dtype, given as a string, ``numpy.float32`` or a Python type."""
    name = given.last if isinstance(given, Symbol) else str(given)
    if name in _NUMPY:
        return name
    if name in _DTYPES:
        return _DTYPES[name]
    raise ValueError(f"{name} is not a dtype")


SIGNATURE_CALLS: Mapping[str, Handler] = {
    "ColSpec": _column,
    "TensorSpec": _tensor,
    "ParamSpec": _param,
    "Schema": _schema,
    "ParamSchema": _schema,
    "ModelSignature": _signature,
    "Property": _property,
    "Array": _array,
    "Map": _map,
    "Object": _object,
    "AnyType": _any,
    "numpy.dtype": _dtype,
}
