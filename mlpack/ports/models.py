"""What runs a model: its requests, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from mlpack.core.errors import Problem
from mlpack.manifest.code import Imports
from mlpack.manifest.model import Serialization
from mlpack.ports.environments import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """What user code may see of the caller: seconds to live, variables set and let through."""

    timeout: float = 600.0
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    build_time: int | None = None
    """Seconds since the epoch that user code finds in ``SOURCE_DATE_EPOCH``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleData:
    """The example as the worker gets it; ``value`` is data, or an absolute path for ``file``."""

    kind: str
    value: Any
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """What a package says of its model, whatever kind of model it is."""

    destination: Path
    signature: Mapping[str, Any] | None
    signature_file: tuple[Path, str] | None
    example: ExampleData | None
    """``None``: the one that MLflow has for its agents, or none at all for another class."""
    model_config: Mapping[str, Any] | None
    metadata: Mapping[str, Any]
    resources: Mapping[str, Any] | None
    auth_policy: Mapping[str, Any] | None
    requirements: tuple[str, ...]
    artifact_bytes: int
    """Bytes of all artifacts; MLflow counts them in ``model_size_bytes``."""
    python: str
    model_id: str
    """32 hex digits."""
    build_time: int
    """Seconds since the epoch."""
    completing: bool = False
    """Add to the signature what only the example has, for the model to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest(ModelRequest):
    """All that the worker needs to save one model through MLflow's own API.

    ``code_paths`` are absolute paths of staged copies; ``artifacts`` maps names to absolute paths
    and serves only a signature to infer: packages get theirs placed afterwards.
    """

    module: str
    qualname: str
    init: Mapping[str, Any]
    init_from_config: bool
    code_paths: tuple[Path, ...]
    serialization: Serialization
    artifacts: Mapping[str, str]
    """Artifact name → path inside the package, posix, such as ``artifacts/vocab.json``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRequest(ModelRequest):
    """A saved model to describe anew: nothing of it is loaded, its files are placed afterwards.

    Without a ``model_config`` it keeps the one that it was saved with.
    """

    flavors: Mapping[str, Any]
    """The entries of its ``MLmodel``, to which the worker adds the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedModel:
    """What the save reported: the signature in MLflow's dictionary form, and MLflow's version.

    ``agent`` is the class of MLflow's that the model extends and that sets the signature.
    """

    signature: Mapping[str, Any] | None
    mlflow_version: str
    agent: str | None = None
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The recorded output to compare with, and its tolerances."""

    file: Path
    rtol: float
    atol: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictRequest:
    """One forward pass: load the package, predict, check the output.

    Without ``payload`` the package's own example is used. ``workdir`` becomes the working folder;
    it is a temporary copy of the package's ``input_example/``.
    """

    package: Path
    workdir: Path
    payload: Path | None = None
    payload_format: str | None = None
    """``csv``, ``json``, ``jsonl``, ``npy``, ``parquet``, or ``python``: values of mlpack's caller.

    Without it the name of ``payload`` tells.
    """
    params: Mapping[str, Any] = field(default_factory=dict)
    """Take the place of those that come with the input."""
    expectation: Expectation | None = None
    check_output: bool = True
    infer_signature: bool = False
    result_file: Path | None = None
    """Where to write the predictions."""
    result_format: str | None = None
    """One of those for ``payload_format``; without it the name of ``result_file`` tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What came out: a one-line shape, a short text preview, seconds and peak memory in bytes."""

    summary: str
    preview: str
    load_seconds: float
    predict_seconds: float
    peak_memory: int
    serving: str | None
    """What MLflow's scoring server, in that process, answers to the package's own example: "same",
    "same structure" where the model differs from itself, "skipped: reason"; else ``None``."""
    signature: Mapping[str, Any] | None = None
    warnings: tuple[Problem, ...] = field(default=(), metadata={"told": False})
    """What the model, its libraries and MLflow warned of; places are below the package's `code/`.

    Machine-readable output has them with all other findings.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """Code of the user's to run for what it tells; MLflow's saving is replaced by recorders.

    With ``names`` (``signature`` or ``example`` → the object's name) the script is imported and
    these objects are read; without, it is run as a program with ``arguments``, or as ``module``.
    ``folder`` is a copy of the project, ``script`` a path in it.
    """

    folder: Path
    script: str
    names: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    module: str | None = None
    code_paths: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """A model to download through MLflow: ``models:/…`` or ``runs:/…`` → a new folder."""

    uri: str
    destination: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRequest:
    """Something for MLflow's client to do: an action of the worker's ``registry``."""

    action: str
    facts: Mapping[str, Any]


Question = RecordRequest | FetchRequest | RegistryRequest
"""What is asked of MLflow, or of a user's code that saves a model."""


class ModelRunner(Protocol):
    """Runs the user's model in a process of its own, inside the model's environment.

    Both raise ``ModelError`` with the stage, the model's error and its last lines.
    """

    def save(
        self, environment: Environment, request: SaveRequest | AdoptRequest, isolation: Isolation
    ) -> SavedModel:
        """Write an MLflow model to ``request.destination``: a new one, or one saved before."""

    def predict(
        self, environment: Environment, request: PredictRequest, isolation: Isolation
    ) -> Prediction:
        """Load the package and run one forward pass."""

    def examine(
        self,
        environment: Environment,
        request: Question,
        isolation: Isolation,
        workdir: Path,
    ) -> Mapping[str, Any]:
        """Run what is asked for; return what it told, as plain data."""

    def warm(self, environment: Environment, isolation: Isolation, imports: Imports = ()) -> None:
        """Prepare for tasks that begin with ``imports``: they start at once, until ``close``."""

    def cool(self, environment: Environment) -> None:
        """Let go of what ``warm`` prepared in this environment, at once."""

    def close(self) -> None:
        """Let go of all that ``warm`` prepared."""

    def mlflow(
        self,
        environment: Environment,
        arguments: Sequence[str],
        *,
        workdir: Path,
        isolation: Isolation | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Run MLflow's command line there, quietly; without ``isolation`` as the caller would."""

    def command(self, environment: Environment, argv: Sequence[str], *, workdir: Path) -> int:
        """Run a command inside the environment, on this terminal; return its status."""
