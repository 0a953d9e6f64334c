"""The forward pass: a package, an environment, a temporary copy of the example's files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpack.errors import ModelError
from mlpack.package.contents import copy_content
from mlpack.package.reading import PackageFacts, read_package
from mlpack.package.wheels import borrowed, carried
from mlpack.ports import (
    Environment,
    EnvironmentRequest,
    Isolation,
    ModelRunner,
    Prediction,
    PredictRequest,
)
from mlpack.workspace.scratch import scratch_folder
from mlpack.workspace.states import changed_files, file_states


def environment_request(facts: PackageFacts) -> EnvironmentRequest:
    """Return the environment that a package asks for, read from the package alone."""
    lines, folders = carried(facts.path, facts.requirements)
    return EnvironmentRequest(
        requirements=lines,
        python=facts.python,
        links=tuple(folder.as_uri() for folder in folders),
        borrowed=borrowed(folders),
    )


@contextmanager
def example_folder(facts: PackageFacts) -> Iterator[Path]:
    """Yield a temporary copy of the package's example files, to be the working folder."""
    with scratch_folder() as folder:
        if facts.example_files.is_dir():
            copy_content(facts.example_files, folder)
        yield folder


def prove(
    models: ModelRunner, environment: Environment, request: PredictRequest, isolation: Isolation
) -> Prediction:
    """Run the forward pass; the package must be untouched afterwards.

    Raises ``ModelError`` when the model fails, or when it writes into its own package.
    """
    before = file_states(request.package)
    prediction = models.predict(environment, request, isolation)
    changed = changed_files(before, file_states(request.package))
    if changed:
        raise ModelError(
            f"the model changed its own package while predicting: {', '.join(changed[:3])}",
            hint="write to a temporary folder; on a server the package may be read-only",
        )
    return prediction


def predicted(prediction: Prediction) -> str:
    """Return what a narrator says of a forward pass."""
    said = f"Predicted {prediction.summary}"
    if prediction.serving == "same":
        return f"{said}, and MLflow's scoring server answers the same"
    return said if prediction.serving is None else f"{said}; serving: {prediction.serving}"


def package_at(path: Path) -> PackageFacts:
    """Read the MLflow model at ``path``, made absolute."""
    return read_package(path.absolute())
