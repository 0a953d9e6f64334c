"""The commands: each one thin function from flags to the Python interface."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Optional

import typer

from mlpack._version import __version__
from mlpack.cli import session as sessions
from mlpack.cli.session import Command, Group

app = typer.Typer(
    name="mlpack",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn mlpack.yaml into a proven MLflow model.",
)


class Format(str, Enum):
    """How findings and results are written."""

    full = "full"
    concise = "concise"
    json = "json"
    github = "github"
    gitlab = "gitlab"


class EnvironmentKind(str, Enum):
    """Where the model is saved and proven."""

    locked = "locked"
    current = "current"


class Manager(str, Enum):
    """Who makes the environment from the package; the last three are MLflow's own."""

    uv = "uv"
    pip = "pip"
    virtualenv = "virtualenv"
    conda = "conda"
    local = "local"


FormatOption = Annotated[Format, typer.Option("--format", help="How results are written.")]
VariantOption = Annotated[
    Optional[list[str]], typer.Option("--variant", metavar="NAME", help="Only this variant.")  # noqa: UP045 - typer reads it on 3.10
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Use no network.")]
ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="An MLflow model folder.")]
ManagerOption = Annotated[Manager, typer.Option("--env-manager", help="Who makes the environment.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mlpack {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    return None


@app.command(cls=Command)
def validate(
    context: typer.Context,
    files: Annotated[Optional[list[str]], typer.Argument(metavar="[FILE]...")] = None,  # noqa: UP045
    format: FormatOption = Format.full,
) -> None:
    """Check manifests: no network, no user code."""
    from mlpack.cli import validating

    validating.validate(sessions.of(context), files or [], format.value)


@app.command(cls=Command)
def schema() -> None:
    """Print the JSON schema of mlpack.yaml."""
    from mlpack.schema import text

    typer.echo(text(), nl=False)


@app.command(cls=Command)
def lock(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it fits.")] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Let every pin move.")] = False,
    upgrade_package: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("-P", "--upgrade-package", metavar="NAME", help="Let this pin move."),
    ] = None,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Resolve and hash the dependencies into mlpack.lock."""
    from mlpack.cli import actions

    scope: Any = "all" if upgrade else frozenset(upgrade_package or ())
    actions.lock(sessions.of(context), check, scope, offline, format.value)


@app.command(cls=Command)
def build(
    context: typer.Context,
    variant: VariantOption = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="DIR", help="The folder for packages."),
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Refuse a stale lock and other bytes than recorded.")
    ] = False,
    offline: OfflineOption = False,
    skip_inference: Annotated[
        bool, typer.Option("--skip-inference", help="Run no forward pass.")
    ] = False,
    payload: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--payload", metavar="FILE", help="Another input for the forward pass."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Build twice under changed conditions and compare.")
    ] = False,
    env: Annotated[
        EnvironmentKind, typer.Option("--env", help="Build in the locked or the active one.")
    ] = EnvironmentKind.locked,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Build even if nothing changed; replace any folder.")
    ] = False,
    format: FormatOption = Format.full,
) -> None:
    """Build a proven MLflow model: lock, save, forward pass, move into place."""
    from mlpack.api import BuildOptions
    from mlpack.cli import actions

    session = sessions.of(context)
    options = BuildOptions(
        variants=tuple(variant or ()),
        output=session.path(output),
        locked=locked,
        offline=offline,
        skip_inference=skip_inference,
        payload=session.path(payload),
        environment=env.value,
        dry_run=dry_run,
        check=check,
        force=force,
    )
    actions.build(session, options, format.value)


@app.command(cls=Command)
def verify(
    context: typer.Context,
    model: ModelArgument,
    digest: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--digest", metavar="sha256:HEX", help="What the package must be."),
    ] = None,
    payload: Annotated[
        Optional[str], typer.Option("--payload", metavar="FILE", help="Another input.")  # noqa: UP045
    ] = None,
    env_manager: ManagerOption = Manager.uv,
    no_predict: Annotated[bool, typer.Option("--no-predict", help="Only compare digests.")] = False,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Check a package's digest, then run its forward pass from the package alone."""
    from mlpack.api import VerifyOptions
    from mlpack.cli import actions

    session = sessions.of(context)
    options = VerifyOptions(
        digest=digest,
        payload=session.path(payload),
        environment_manager=env_manager.value,
        predict=not no_predict,
        offline=offline,
    )
    actions.verify(session, model, options, format.value)


@app.command(cls=Command)
def predict(
    context: typer.Context,
    model: ModelArgument,
    input: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-i", "--input", metavar="FILE", help="JSON, CSV, Parquet or NPY."),
    ] = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="FILE", help="Where predictions go."),
    ] = None,
    env_manager: ManagerOption = Manager.uv,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Predict with any MLflow pyfunc model."""
    from mlpack.api import VerifyOptions
    from mlpack.cli import actions

    options = VerifyOptions(environment_manager=env_manager.value, offline=offline)
    actions.predict(sessions.of(context), model, input, output, options, format.value)


@app.command(
    cls=Command, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
def run(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...")],
    variant: Annotated[
        Optional[str], typer.Option("--variant", metavar="NAME", help="Whose environment.")  # noqa: UP045
    ] = None,
    offline: OfflineOption = False,
) -> None:
    """Run a command inside the locked environment."""
    from mlpack.cli import actions

    raise typer.Exit(actions.run(sessions.of(context), command, variant, offline))


@app.command(cls=Command)
def signature(
    context: typer.Context,
    variant: Annotated[
        Optional[str], typer.Option("--variant", metavar="NAME", help="Whose example.")  # noqa: UP045
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Put it into the manifest.")] = False,
    offline: OfflineOption = False,
) -> None:
    """Find the signature by running the example in the locked environment."""
    from mlpack.cli import actions

    actions.signature(sessions.of(context), variant, write, offline)
