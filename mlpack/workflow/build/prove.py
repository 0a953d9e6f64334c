"""Prove a package by its forward pass, unless these very bytes have passed it before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from mlpack.core.errors import MlpackError, ModelError, Problem, Span
from mlpack.manifest.document import Document
from mlpack.manifest.model import Variant
from mlpack.manifest.reading import not_silenced
from mlpack.package.contents import copy_content, make_folder
from mlpack.ports import Environment, Expectation, Prediction, PredictRequest
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan
from mlpack.workflow.build import due
from mlpack.workflow.build.plan import Work, isolation_of
from mlpack.workflow.forward_pass import predicted
from mlpack.workflow.forward_pass import prove as run
from mlpack.workflow.options import BuildOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A forward pass, or none; ``why`` it ran, or why it did not."""

    prediction: Prediction | None
    why: str


def prove(
    work: Work,
    environment: Environment,
    package: Path,
    digest: str,
    workdir: Path,
    options: BuildOptions,
    outside: Outside,
) -> Proof:
    """Run the forward pass of ``package``, whose bytes have ``digest``, in the new ``workdir``."""
    if options.skip_inference:
        return Proof(prediction=None, why="skipped, as requested")
    key = due.proof_key(digest, work.planned, environment)
    known = due.remembered_proof(outside.cache, key) if options.may_reuse else None
    if known is not None:
        return Proof(prediction=known, why="not needed, this exact package has passed it before")
    prediction = _run(work.planned, environment, package, workdir, options, outside)
    if options.may_reuse:
        due.remember_proof(outside.cache, key, prediction)
    return Proof(prediction=prediction, why="this exact package has not passed it before")


def _run(
    planned: Plan,
    environment: Environment,
    package: Path,
    workdir: Path,
    options: BuildOptions,
    outside: Outside,
) -> Prediction:
    outside.narrator.step("Running the forward pass from the package alone")
    request = PredictRequest(
        package=package,
        workdir=example_workdir(planned.variant, workdir),
        payload=options.payload and options.payload.absolute(),
        # Another input has another output: the recorded one says nothing of it.
        expectation=None if options.payload else _expectation(planned.variant),
    )
    prediction = run(outside.models, environment, request, isolation_of(planned))
    outside.narrator.done(predicted(prediction))
    return prediction


def example_workdir(variant: Variant, folder: Path) -> Path:
    """Copy the project's example files to ``folder``, where a forward pass will run."""
    make_folder(folder)
    for path in variant.input_example.files:
        copy_content(variant.root / path, folder / path)
    return folder


def _expectation(variant: Variant) -> Expectation | None:
    expected = variant.verify.expected_output
    if expected is None:
        return None
    return Expectation(file=variant.root / expected.file, rtol=expected.rtol, atol=expected.atol)


@contextmanager
def found_in_project(planned: Plan) -> Iterator[None]:
    """Let a model that fails be found in the project's own files."""
    try:
        yield
    except ModelError as error:
        error_in_project(error, planned)
        raise


def error_in_project(error: MlpackError, planned: Plan) -> MlpackError:
    """Return an error of the model with the project's file as its place, where it is from one."""
    if error.span is not None and isinstance(error, ModelError):
        sources = {str(file.target): file.source for file in planned.code}
        error.span = _source_span(
            error.span, planned.variant.document, sources, planned.variant.root
        )
    return error


def in_project(warnings: Iterable[Problem], planned: Plan) -> tuple[Problem, ...]:
    """Return warnings with the user's own files as their places.

    A comment ``# mlpack: ignore[code]`` on a line of the manifest silences those that point at it.
    """
    document = planned.variant.document
    sources = {str(file.target): file.source for file in planned.code}
    found = [_placed(warning, document, sources, planned.variant.root) for warning in warnings]
    return tuple(not_silenced(found, document, ()))


def _placed(warning: Problem, document: Document, sources: dict[str, Path], root: Path) -> Problem:
    if warning.pointer:
        span = document.span(warning.pointer, key=True)
        return replace(warning, span=span, pointer=document.origin(warning.pointer))
    found = warning.span and _source_span(warning.span, document, sources, root)
    return warning if found is None else replace(warning, span=found)


def _source_span(
    span: Span, document: Document, sources: dict[str, Path], root: Path
) -> Span | None:
    """Return a place in a package's code as the project's file, as it is shown to the user."""
    source = sources.get(span.file)
    if source is None or not source.is_relative_to(root):
        return None
    shown = PurePosixPath(document.file).parent / source.relative_to(root).as_posix()
    return replace(span, file=str(shown))
