"""`mlpack push`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Optional

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, TrackingOption, VariantsOption

EXAMPLES = {
    "mlpack push": "push to where the manifest says",
    "mlpack push models:/digits@candidate": "register it on the MLflow server",
    "mlpack push s3://bucket/models --dry-run": "show what a bucket would get",
}
INTERRUPTED = "no version was published that is not complete; run it again to go on"


def command(
    context: typer.Context,
    targets: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[TARGET]...", help="Where to push (default: `publish`)."),
    ] = None,
    package: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--package",
            metavar="DIR",
            help="Push this package instead of the project's.",
            autocompletion=completion.packages,
        ),
    ] = None,
    variant: VariantsOption = None,
    alias: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--alias", metavar="NAME", help="Alias to set in MLflow's registry."),
    ] = None,
    tag: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--tag", metavar="KEY=VALUE", help="Tag to set in MLflow's registry."),
    ] = None,
    tracking_uri: TrackingOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a version that has other content.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be pushed.")] = False,
    format: FormatOption = Format.full,
) -> None:
    """Push built packages, unchanged, to where models live."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, each_manifest, write_report
    from mlpack.render.publishing import push_text

    session = sessions.of(context)
    options = api.PushOptions(
        targets=tuple(targets or ()),
        force=force,
        dry_run=dry_run,
        tracking_uri=tracking_uri,
        aliases=tuple(alias or ()),
        tags=_tags(tag or ()),
    )
    narrator = session.narrator
    if package is None:
        each_manifest(
            session,
            format.value,
            lambda manifest: api.push(
                manifest, options, variants=variant or (), narrator=narrator()
            ),
            push_text,
            "pushed",
        )
        return
    with Reporting(session, format.value):
        reports = api.push_package(session.directory / package, options, narrator=narrator())
        text = push_text(reports, session.shown)
        write_report(session, list(reports), format.value, text, "pushed")


def _tags(words: Sequence[str]) -> dict[str, str]:
    for word in words:
        if not word.partition("=")[0] or "=" not in word:
            raise typer.BadParameter(f"{word!r} is not KEY=VALUE", param_hint="--tag")
    return {key: value for key, _, value in (word.partition("=") for word in words)}
