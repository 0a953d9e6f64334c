"""`mlpack fetch`."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Optional, cast

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, OfflineOption, VariantsOption

if TYPE_CHECKING:
    from mlpack.api.projects import Kind
    from mlpack.manifest.model import Manifest
    from mlpack.render.reports import Shown

EXAMPLES = {
    "mlpack fetch": "download the packages and artifacts that a build needs",
    "mlpack fetch --to wheelhouse": "collect the packages' files for pip and uv",
    "mlpack fetch --variant small": "download only what one variant needs",
}
INTERRUPTED = (
    "finished downloads are kept in the cache, and unfinished ones continue where they stopped"
)


class Only(str, Enum):
    """One of the kinds that are fetched."""

    artifacts = "artifacts"
    packages = "packages"


def command(
    context: typer.Context,
    variant: VariantsOption = None,
    platform: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it on 3.10
        typer.Option(
            "--platform",
            metavar="NAME",
            help="Fetch packages for this platform, by uv's name (repeatable).",
        ),
    ] = None,
    only: Annotated[
        Optional[Only],  # noqa: UP045
        typer.Option("--only", help="Fetch only artifacts, or only packages."),
    ] = None,
    to: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--to", metavar="DIR", help="Collect the packages' files in a folder for pip and uv."
        ),
    ] = None,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Download packages and artifacts ahead of a build."""
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.ports.packages import PackagesReport, WheelsReport
    from mlpack.ports.report import FetchReport
    from mlpack.render.commands import fetch_text

    session = sessions.of(context)

    @cache
    def fetch_one() -> Callable[[Manifest], Any]:
        return api.fetcher(
            variants=variant or (),
            platforms=platform or (),
            only=cast("Kind | None", only and only.value),
            to=session.path(to),
            offline=offline,
            narrator=session.narrator(),
        )

    def work(manifest: Manifest) -> Any:
        return fetch_one()(manifest)

    def text(found: Any, shown: Shown) -> str:
        return fetch_text(found, shown)

    keys = {"artifacts": FetchReport, "packages": PackagesReport, "wheels": WheelsReport}
    each_manifest(session, format.value, work, text, keys)
