"""The input example: one kind of data, the files it reads, and the params."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, get_args

from mlpack.core.errors import Problem
from mlpack.manifest.document import join
from mlpack.manifest.fields import ExampleKind, Signature
from mlpack.manifest.rules import fitting
from mlpack.manifest.rules import signature as signatures
from mlpack.manifest.rules.content import check_data
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View

if TYPE_CHECKING:
    from mlpack.manifest.model import InputExample
_UNDECLARED = "Declare it under `signature.params`."
KINDS: tuple[ExampleKind, ...] = get_args(ExampleKind)


def parse(view: View) -> InputExample:
    """Return the example; a local ``input_uri`` is one of its files."""
    from mlpack.manifest.model import InputExample

    written = view.keys.get("input_example")
    if written is None:
        return InputExample(kind="default", value=None, params={}, files=(), ship=True)
    kind = kind_of(written)
    value = written[kind]
    files = [PurePosixPath(path) for path in written.get("files", ())]
    if kind == "input_uri" and "://" not in value and PurePosixPath(value) not in files:
        files.append(PurePosixPath(value))
    return InputExample(
        kind=kind,
        value=PurePosixPath(value) if kind == "file" else value,
        params=written.get("params", {}),
        files=tuple(files),
        ship=written.get("ship", True),
    )


def kind_of(written: dict[str, Any]) -> ExampleKind:
    """Return which of the kinds is given."""
    return next(kind for kind in KINDS if kind in written)


def check_files(view: View) -> Iterator[Problem]:
    """Yield what is wrong with the files that the example names."""
    written = view.keys.get("input_example")
    if written is None:
        return
    for index, path in enumerate(written.get("files", ())):
        yield from _check_file(view, path, join("/input_example/files", index))
    if "file" in written:
        yield from check_path(view, written["file"], "/input_example/file", kind="file")
    uri = written.get("input_uri", "")
    if uri.startswith("file:"):
        message = f"`{uri}` refers to a file that exists only on this machine"
        hint = "Write a path relative to the manifest."
        yield view.problem("absolute-path", message, at="/input_example/input_uri", hint=hint)
    elif uri and "://" not in uri:
        yield from _check_file(view, uri, "/input_example/input_uri")


def _check_file(view: View, path: str, at: str) -> Iterator[Problem]:
    if PurePosixPath(path) == PurePosixPath():
        hint = "List the files that the example reads."
        message = "The whole project cannot be an example file"
        yield view.problem("bad-path", message, at=at, hint=hint)
    else:
        yield from check_data(view, path, at)


def check_fit(view: View) -> Iterator[Problem]:
    """Yield where the example does not fit the declared signature."""
    written = view.keys.get("input_example")
    if written is None or not isinstance(view.keys.get("signature"), dict):
        return
    if any(signatures.check_fields(view)):
        return  # What does not fit a wrong signature is no second mistake.
    signature = signatures.parse(view)
    assert isinstance(signature, Signature)  # noqa: S101 - a mapping gives no reference
    kind = kind_of(written)
    misfits = fitting.misfits(kind, written[kind], signature.inputs, f"/input_example/{kind}")
    for misfit, more in _gathered(misfits):
        yield view.problem(
            "example-mismatch",
            misfit.message + _elsewhere(more),
            at=misfit.at,
            hint=misfit.hint or "Fix the example, or the signature's inputs.",
            key=misfit.key,
        )
    yield from _check_params(view, written.get("params", {}), signature)


def is_undeclared(problem: Problem) -> bool:
    """Tell whether the example has what the signature does not declare, and nothing like it."""
    return problem.hint in (fitting.UNDECLARED, _UNDECLARED)


def _gathered(misfits: Iterable[fitting.Misfit]) -> Iterator[tuple[fitting.Misfit, int]]:
    """Yield each mistake at its first place, and in how many others it stands too."""
    groups: dict[str, list[fitting.Misfit]] = {}
    for misfit in misfits:
        # The same with another value is the same mistake.
        groups.setdefault(misfit.message.partition(", not ")[0], []).append(misfit)
    for group in groups.values():
        yield group[0], len(group) - 1


def _elsewhere(places: int) -> str:
    if not places:
        return ""
    return f" (and in {places} other place{'s' if places > 1 else ''})"


def _check_params(view: View, given: dict[str, Any], signature: Signature) -> Iterator[Problem]:
    known = {param.name: param for param in signature.params}
    for name, value in given.items():
        at = join("/input_example/params", name)
        if name not in known:
            near = closest(name, known)
            hint = f"Did you mean `{near}`?" if near else _UNDECLARED
            message = f"The signature has no param `{name}`"
            yield view.problem("unknown-param", message, at=at, hint=hint, key=True)
            continue
        for place, sentence in signatures.param_misfits(known[name], value, at):
            message = f"The param `{name}` {sentence}"
            hint = "Use a value of the type that the signature declares."
            yield view.problem("example-mismatch", message, at=place, hint=hint)
