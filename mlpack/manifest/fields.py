"""The class and the signature as typed values: what the rules between keys work with.

Apart from the rest of the model, which only a manifest without mistakes is made into: each of
these classes takes a moment to import, and `validate` is to be quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

Serialization = Literal["code", "pickle"]
ExampleKind = Literal["input_uri", "dataframe_records", "dataframe_split", "inputs", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelClass:
    """The subclass of ``mlflow.pyfunc.PythonModel`` and how to construct it."""

    module: str
    qualname: str
    init: Mapping[str, Any]
    """Constructor keywords."""
    init_from: Literal["model_config"] | None
    """With ``model_config``: the whole mapping is the constructor's one argument."""

    @property
    def reference(self) -> str:
        """``module:qualname``, as the manifest writes it."""
        return f"{self.module}:{self.qualname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedModel:
    """A saved MLflow model of any flavor, whose files the package takes as they are."""

    path: PurePosixPath
    """Its folder in the project."""
    flavors: Mapping[str, Any]
    """The entries of its ``MLmodel``, without the environment and the machine that saved it."""

    @property
    def reference(self) -> str:
        """The folder, as the manifest writes it."""
        return str(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A named or unnamed column; ``type`` is MLflow's own JSON form of a column type.

    A scalar is ``{"type": "long"}``, an array ``{"type": "array", "items": {...}}``.
    """

    name: str | None
    type: Mapping[str, Any]
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A tensor: numpy dtype name and shape, -1 standing for any length."""

    name: str | None
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """An inference parameter; ``shape`` is ``None`` for a scalar and ``(-1,)`` for a list.

    ``type`` is MLflow's JSON form of a column type.
    """

    name: str
    type: Mapping[str, Any]
    default: Any
    shape: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Inputs, outputs and params; a side is all columns or all tensors."""

    inputs: tuple[Column, ...] | tuple[Tensor, ...]
    outputs: tuple[Column, ...] | tuple[Tensor, ...]
    """Empty where the manifest declares none: the output is then not checked."""
    params: tuple[Param, ...]

    def to_mlflow(self) -> dict[str, list[dict[str, Any]] | None]:
        """Return the three lists that ``MLmodel`` holds as JSON strings (``None`` where absent)."""
        return {
            "inputs": [_field_to_mlflow(field) for field in self.inputs],
            "outputs": [_field_to_mlflow(field) for field in self.outputs] or None,
            "params": [_param_to_mlflow(param) for param in self.params] or None,
        }


def _field_to_mlflow(field: Column | Tensor) -> dict[str, Any]:
    named: dict[str, Any] = {} if field.name is None else {"name": field.name}
    if isinstance(field, Column):
        # `required` left out means optional for arrays, objects, maps and any: always write it.
        return {**field.type, **named, "required": field.required}
    tensor = {"dtype": field.dtype, "shape": list(field.shape)}
    return {"type": "tensor", "tensor-spec": tensor, **named}


def _param_to_mlflow(param: Param) -> dict[str, Any]:
    shape = None if param.shape is None else list(param.shape)
    return {"name": param.name, **param.type, "default": param.default, "shape": shape}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReference:
    """A signature given as ``file.py:NAME``; only the model's own environment can read it."""

    path: PurePosixPath
    name: str
