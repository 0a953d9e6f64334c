"""Flags that several commands share, each with one meaning."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Optional

import typer


class Format(str, Enum):
    """How findings and results are written."""

    full = "full"
    concise = "concise"
    json = "json"
    github = "github"
    gitlab = "gitlab"
    sarif = "sarif"


class PlainFormat(str, Enum):
    """How a command without findings of its own writes its results."""

    full = "full"
    json = "json"


class Manager(str, Enum):
    """Who makes the environment from the package; the last three are MLflow's own."""

    uv = "uv"
    pip = "pip"
    virtualenv = "virtualenv"
    conda = "conda"
    local = "local"


FormatOption = Annotated[Format, typer.Option("--format", help="Output format.")]
PlainFormatOption = Annotated[PlainFormat, typer.Option("--format", help="Output format.")]
VariantsOption = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it on 3.10
    typer.Option("--variant", metavar="NAME", help="Use only this variant (repeatable)."),
]
OneVariantOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--variant", metavar="NAME", help="The variant to use."),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Disable network access.")]
ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="Path to an MLflow model.")]
ManagerOption = Annotated[
    Manager, typer.Option("--env-manager", help="Tool that creates the environment.")
]
PayloadOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--payload", metavar="FILE", help="Input for the forward pass."),
]
