"""Flags that several commands share, each with one meaning."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Optional

import typer

from mlpack.cli import completion
from mlpack.core.errors import UsageError


def refuse_beside(option: str, **others: object) -> None:
    """Raise ``UsageError`` where one of ``others``, by its option's name, was given too."""
    for name, given in others.items():
        if given:
            raise UsageError(
                f"`{option}` cannot be used with `--{name.replace('_', '-')}`.",
                hint="Remove one of the two.",
            )


class Format(str, Enum):
    """How findings and results are written."""

    full = "full"
    concise = "concise"
    json = "json"
    github = "github"
    gitlab = "gitlab"
    sarif = "sarif"


class PlainFormat(str, Enum):
    """How a result is written by a command that has no findings to report."""

    full = "full"
    concise = "concise"
    json = "json"


class Manager(str, Enum):
    """Who makes the environment from the package; the last three are MLflow's own."""

    uv = "uv"
    pip = "pip"
    virtualenv = "virtualenv"
    conda = "conda"
    local = "local"


class DataFormat(str, Enum):
    """How a file holds a model's input, or its predictions."""

    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    npy = "npy"
    parquet = "parquet"


FormatOption = Annotated[Format, typer.Option("--format", help="Output format.")]
PlainFormatOption = Annotated[PlainFormat, typer.Option("--format", help="Output format.")]
VariantsOption = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it on 3.10
    typer.Option(
        "--variant",
        metavar="NAME",
        help="Use only this variant (repeatable).",
        autocompletion=completion.variants,
    ),
]
OneVariantOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--variant",
        metavar="NAME",
        help="The variant to use.",
        autocompletion=completion.variants,
    ),
]
NoLockOption = Annotated[
    bool, typer.Option("--no-lock", help="Leave the lock as it is; resolve nothing.")
]
EditDryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show the edit; write nothing.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Disable network access.")]
ModelArgument = Annotated[
    Optional[str],  # noqa: UP045
    typer.Argument(
        metavar="[MODEL]",
        help="Path or URI of an MLflow model (default: the project's own package).",
        autocompletion=completion.packages,
    ),
]
FilesArgument = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="[FILE]...", help="Manifests to use, as with -f."),
]
ChangedOption = Annotated[
    bool, typer.Option("--changed", help="Use the manifests of the projects that FILEs belong to.")
]
ManagerOption = Annotated[
    Manager, typer.Option("--env-manager", help="Tool that creates the environment.")
]
PayloadOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--payload", metavar="FILE", help="Input for the forward pass."),
]
TrackingOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--tracking-uri", metavar="URI", help="MLflow server (default: MLFLOW_TRACKING_URI)."
    ),
]
