"""`mlpack verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import (
    Format,
    FormatOption,
    Manager,
    ManagerOption,
    OfflineOption,
    PayloadOption,
    refuse_beside,
)

if TYPE_CHECKING:
    from mlpack.api import VerifyOptions
    from mlpack.cli.session import Session

EXAMPLES = {
    "mlpack verify dist/digits": "check the digest, then predict",
    "mlpack verify dist/digits --no-predict": "check the digest only",
    "mlpack verify models:/digits@champion": "check and predict with a registered model",
    "mlpack verify dist/digits --env-manager pip": "predict in an environment made by pip",
}
INTERRUPTED = "the package is unchanged; an unfinished environment is created again next time"


def command(
    context: typer.Context,
    model: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="[MODEL]",
            help="Path or URI of an MLflow model (default: all packages of the project).",
            autocompletion=completion.packages,
        ),
    ] = None,
    digest: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--digest", metavar="sha256:HEX", help="Expected digest."),
    ] = None,
    payload: PayloadOption = None,
    env_manager: ManagerOption = Manager.uv,
    no_predict: Annotated[
        bool, typer.Option("--no-predict", help="Skip the forward pass.")
    ] = False,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Verify a package, then predict with it."""
    from mlpack import api
    from mlpack.cli.answers import write_findings
    from mlpack.cli.reporting import Reporting, lock_named, model_path, write_report
    from mlpack.render import reports

    if no_predict:
        refuse_beside("--no-predict", payload=payload)
    session = sessions.of(context)
    options = api.VerifyOptions(
        digest=digest,
        payload=session.path(payload),
        environment_manager=env_manager.value,
        predict=not no_predict,
        offline=offline,
    )
    with Reporting(session, format.value):
        if model is None:
            _verify_all(session, options, format.value)
            return
        report = api.verify(
            model_path(session, model),
            options,
            lock_file=lock_named(session),
            narrator=session.narrator(),
        )
        write_findings(session, report.warnings, format.value)
        text = reports.verify_text(report, session.shown)
        write_report(session, report, format.value, text, "package")


def _verify_all(session: Session, options: VerifyOptions, format: str) -> None:
    """Verify each package of the project, or of the projects, that the command line means."""
    from mlpack import api
    from mlpack.cli.reporting import Outcome, first_line, load_all
    from mlpack.core.errors import UsageError
    from mlpack.render import reports

    models = api.list_models(load_all(session, signature_required=False, files_required=False))
    if options.digest is not None and len(models) > 1:
        raise UsageError(
            f"--digest is one package's, and there are {len(models)}",
            hint="pass the MODEL it is of",
        )
    outcome = Outcome(session=session, format=format, several=len(models) > 1)
    for model in models:
        with outcome.attempt(model.package, first_line(session, model.manifest)):
            if not model.package.exists():
                name = session.shown(model.package)
                raise UsageError(f"{name} has not been built", hint="run `mlpack build`")
            lock = model.manifest.with_suffix(".lock")
            report = api.verify(
                model.package,
                options,
                lock_file=lock if lock.exists() else None,
                narrator=session.narrator(),
            )
            outcome.take((report,))
            if format in ("full", "concise"):
                session.show(reports.verify_text(report, session.shown))
    outcome.finish("packages")
