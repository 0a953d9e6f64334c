"""`mlpack fetch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, OfflineOption, VariantsOption

if TYPE_CHECKING:
    from mlpack.manifest.model import Manifest
    from mlpack.render.reports import Shown

EXAMPLES = {
    "mlpack fetch": "download what the manifest's artifacts name",
    "mlpack fetch --variant small": "download only what one variant needs",
}
INTERRUPTED = (
    "finished downloads are kept in the cache, and unfinished ones continue where they stopped"
)


def command(
    context: typer.Context,
    variant: VariantsOption = None,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Download or create artifacts ahead of a build."""
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.render.commands import fetch_text

    session = sessions.of(context)

    def work(manifest: Manifest) -> Any:
        return api.fetch(
            manifest, variants=variant or (), offline=offline, narrator=session.narrator()
        )

    def text(found: Any, shown: Shown) -> str:
        return fetch_text(found)

    each_manifest(session, format.value, work, text, "artifacts")
