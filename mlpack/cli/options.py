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


class Manager(str, Enum):
    """Who makes the environment from the package; the last three are MLflow's own."""

    uv = "uv"
    pip = "pip"
    virtualenv = "virtualenv"
    conda = "conda"
    local = "local"


FormatOption = Annotated[Format, typer.Option("--format", help="How results are written.")]
VariantsOption = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it on 3.10
    typer.Option("--variant", metavar="NAME", help="Only this variant; repeatable."),
]
OneVariantOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--variant", metavar="NAME", help="Whose environment and example."),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Use no network.")]
ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="An MLflow model folder.")]
ManagerOption = Annotated[Manager, typer.Option("--env-manager", help="Who makes the environment.")]
PayloadOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--payload", metavar="FILE", help="Another input for the forward pass."),
]
