"""The manifest as typed values: what was asked, variants merged, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol

from mlpack.core.errors import Problem
from mlpack.manifest.document import Document
from mlpack.manifest.fields import AdoptedModel as AdoptedModel
from mlpack.manifest.fields import Column as Column
from mlpack.manifest.fields import ExampleKind as ExampleKind
from mlpack.manifest.fields import ModelClass as ModelClass
from mlpack.manifest.fields import Param as Param
from mlpack.manifest.fields import Serialization as Serialization
from mlpack.manifest.fields import Signature as Signature
from mlpack.manifest.fields import SignatureReference as SignatureReference
from mlpack.manifest.fields import Tensor as Tensor


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
    adopted: bool = False
    """Whether this is the saved model itself, whose files become the package's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputExample:
    """What the forward pass is fed.

    ``default`` is the example that MLflow has for its agents; it has no ``value``. Else ``value``
    is the URI for ``input_uri``, a project path for ``file``, else the data as written.
    ``files`` are project paths that the example reads (``input_uri`` included when it is one).
    """

    kind: ExampleKind | Literal["default"]
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
    model: ModelClass | AdoptedModel
    code_paths: tuple[PurePosixPath, ...]
    code_exclude: tuple[str, ...]
    model_config: Mapping[str, Any] | None
    artifacts: tuple[Artifact, ...]
    signature: Signature | SignatureReference | None
    input_example: InputExample
    metadata: Mapping[str, Any]
    tags: Mapping[str, str]
    resources: Mapping[str, Any] | None
    """In the form of ``MLmodel``."""
    auth_policy: Mapping[str, Any] | None
    """In the form of ``MLmodel``."""
    python: str
    """Minor version, such as ``3.11``."""
    dependencies: Dependencies
    serialization: Serialization
    output: PurePosixPath | Path
    verify: Verify
    publish: tuple[str, ...]
    """URIs that `mlpack push` takes packages to, placeholders filled in; part of no digest."""

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
