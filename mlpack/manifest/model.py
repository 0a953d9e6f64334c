"""The manifest as typed values: what was asked, variants merged, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol

from mlpack.document import Document
from mlpack.errors import Problem

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
class Artifact:
    """A file or folder that the model finds in ``context.artifacts``.

    ``path`` is relative to the project; ``uri`` is set for a remote one; ``fetch`` is the command
    that makes a missing path.
    """

    name: str
    path: PurePosixPath | None
    uri: str | None = None
    sha256: str | None = None
    """64 hex digits, where the manifest states them."""
    size: int | None = None
    """Bytes, where the manifest states them."""
    fetch: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class InputExample:
    """What the forward pass is fed.

    ``value`` is the URI for ``input_uri``, a project path for ``file``, else the data as written.
    ``files`` are project paths that the example reads (``input_uri`` included when it is one).
    """

    kind: ExampleKind
    value: Any
    params: Mapping[str, Any]
    files: tuple[PurePosixPath, ...]
    ship: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pyproject:
    """Dependencies taken from a ``pyproject.toml``."""

    path: PurePosixPath
    extras: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """What the model's environment is resolved from; paths are relative to the project."""

    requirements: tuple[str, ...] = ()
    file: PurePosixPath | None = None
    pyproject: Pyproject | None = None
    constraints: tuple[PurePosixPath, ...] = ()
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    """URLs, or folders inside the project."""
    torch_backend: str | None = None
    exclude_newer: str | None = None
    allow_sdist: bool | tuple[str, ...] = True
    no_build_isolation: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    allow_unhashed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOutput:
    """A file that the forward pass's output must match within tolerances."""

    file: PurePosixPath
    rtol: float
    atol: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """How the forward pass runs; ``timeout`` in seconds."""

    timeout: float
    env: Mapping[str, str]
    pass_env: tuple[str, ...]
    expected_output: ExpectedOutput | None


class Asking(Protocol):
    """What a resolution is asked by: dependencies, and where they are written."""

    @property
    def document(self) -> Document:
        """The text that states them."""

    @property
    def root(self) -> Path:
        """The project folder, absolute."""

    @property
    def python(self) -> str:
        """Minor version, such as ``3.11``."""

    @property
    def dependencies(self) -> Dependencies:
        """What is stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One model to package: the manifest with this variant laid over it.

    ``document`` is the merged view, so that a later finding can still point at the line it
    comes from; ``variant`` is ``None`` where the manifest has no variants.
    """

    document: Document
    root: Path
    """The project folder, absolute: where the manifest lies."""
    name: str
    variant: str | None
    version: str
    description: str
    model: ModelClass
    code_paths: tuple[PurePosixPath, ...]
    code_exclude: tuple[str, ...]
    model_config: Mapping[str, Any] | None
    artifacts: tuple[Artifact, ...]
    signature: Signature | SignatureReference | None
    input_example: InputExample
    metadata: Mapping[str, Any]
    tags: Mapping[str, str]
    python: str
    """Minor version, such as ``3.11``."""
    dependencies: Dependencies
    serialization: Serialization
    output: PurePosixPath | Path
    verify: Verify

    @property
    def package_name(self) -> str:
        """The output folder's name: ``name``, or ``name-variant``."""
        return self.name if self.variant is None else f"{self.name}-{self.variant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One checked ``mlpack.yaml``; a manifest without variants holds one unnamed variant."""

    path: Path
    name: str
    variants: tuple[Variant, ...]
    warnings: tuple[Problem, ...] = ()
    """Findings that do not stop the work, in file order."""

    @property
    def root(self) -> Path:
        """The project folder."""
        return self.path.parent

    @property
    def lock_path(self) -> Path:
        """``mlpack.yaml`` → ``mlpack.lock``, beside it."""
        return self.path.with_suffix(".lock")
