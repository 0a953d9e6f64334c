"""A ``package.py`` that calls ``mlflow.pyfunc.save_model`` or ``log_model``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.arguments import given_to
from mlpack.authoring.importers.call_keys import NAMES, CallReader
from mlpack.authoring.importers.calls import CALLS
from mlpack.authoring.importers.examples import payload_example
from mlpack.authoring.importers.literals import NotLiteralError, Script, read_script
from mlpack.authoring.importers.located import Located, check, left_of, located
from mlpack.authoring.importers.model import (
    Imported,
    Key,
    Keys,
    Left,
    Source,
    ToRun,
    factored,
    unique,
)
from mlpack.authoring.importers.needs import Needs, from_lines, needs_in
from mlpack.authoring.importers.notebooks import Notebook
from mlpack.authoring.importers.project import not_needed, project_name
from mlpack.authoring.importers.save_calls import (
    SAVERS,
    flavor_calls,
    imported_afterwards,
    read_call,
    saves_when_imported,
    saving_calls,
)
from mlpack.authoring.importers.situations import Situation, situations
from mlpack.authoring.importers.tables import read_text
from mlpack.core.errors import UsageError


class ScriptImporter:
    """A script of the user's own, read by its text, or run with recorders when that is asked."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the source is a script that saves a model, or a command that runs one."""
        return located(source) is not None

    def read(self, source: Source) -> Imported:
        """Return the manifest of the models that the script saves, one variant each."""
        place = located(source)
        assert place is not None  # noqa: S101 - it was recognised
        check(place)
        script = _parsed(place)
        recorded = source.recorded or {}
        calls = recorded.get("calls")
        left: list[Left] = []
        if calls is None:
            calls, left = _calls(script, place.folder)
        else:
            calls = [_as_read(call, place.folder) for call in calls]
        if not calls:
            raise _saves_none(script, ran=source.recorded is not None)
        return _imported(script, place, calls, left, source)


def _calls(script: Script, folder: Path) -> tuple[list[dict[str, Any]], list[Left]]:
    """Return each call that the text says will happen, and what it leaves open."""
    calls: list[dict[str, Any]] = []
    left: list[Left] = []
    for call, within in saving_calls(script):
        try:
            times = situations(script, call, within)
        except NotLiteralError as error:
            left.append(Left(what=f"the calls of line {call.lineno}", why=str(error)))
            times = [Situation(script=script)]
        calls += [read_call(each.script, call, within, folder) for each in times]
        left += [entry for each in times for entry in each.left]
    return calls, left


def _saves_none(script: Script, *, ran: bool) -> UsageError:
    said = f"{script.path.name} does not save a pyfunc model"
    others = flavor_calls(script)
    if ran or not others:
        hint = f"mlpack looks for {' and '.join(SAVERS)}"
        return UsageError(said + (" when it is run" if ran else ""), hint=hint)
    call, flavor = others[-1]
    hint = "run it, then import what it saved: `mlpack import {}`"
    return UsageError(
        f"{said}: line {call.lineno} saves a model with {flavor}",
        hint=hint.format(imported_afterwards(script, call)),
    )


def _of_other_flavors(script: Script) -> list[Left]:
    why = "another model: import what it saves, `mlpack import {}`"
    return [
        Left(
            what=f"what line {call.lineno} saves with {flavor}",
            why=why.format(imported_afterwards(script, call)),
        )
        for call, flavor in flavor_calls(script)
    ]


def _imported(
    script: Script,
    place: Located,
    calls: list[dict[str, Any]],
    left: list[Left],
    source: Source,
) -> Imported:
    folder = place.folder
    needs, more = _needs(place, calls)
    left = [*left_of(place.command), *more, *left]
    made: dict[str, Keys] = {}
    files = {}
    for name, call in zip(_names(calls), calls, strict=True):
        reader = CallReader(place, needs, ran=source.recorded is not None)
        made[name] = reader.keys(call)
        prefix = f"{name}: " if len(calls) > 1 else ""
        left += [Left(what=f"{prefix}{each.what}", why=each.why) for each in reader.left]
        files.update({file.path: file for file in reader.files})
    left += _of_other_flavors(script)
    left += _told_by_running(source.recorded or {})
    left += _saved_by_importing(script, place, calls)
    shared, rest = factored(made)
    if len(rest) > 1 and "name" not in shared:
        # A manifest has one name; what names the packages is the variant's.
        shared = {**shared, "name": Key(value=project_name(folder.name))}
    for variant, call in zip(made, calls, strict=True):
        left += _names_left(call, str(shared["name"].value), variant if len(calls) > 1 else None)
    return Imported(
        kind="script",
        folder=folder,
        keys=shared,
        variants=_variants(rest),
        files=tuple(files.values()),
        left=unique(_placed(left, place.notebook)),
        todo=not_needed(shared, folder),
        to_run=_to_run(place),
    )


def _saved_by_importing(
    script: Script, place: Located, calls: list[dict[str, Any]]
) -> Iterator[Left]:
    own = place.notebook is None and any(_own_class(call) for call in calls)
    if own and saves_when_imported(script):
        why = "importing it would save a model: move the class to a separate module"
        yield Left(what=f"{script.path} as code of the model", why=why)


def _needs(place: Located, calls: list[dict[str, Any]]) -> tuple[Needs | None, list[Left]]:
    """Return what the project asks for, or else what its notebook installs."""
    needs, notebook = needs_in(place.folder), place.notebook
    if notebook is None:
        return needs, []
    left = list(notebook.left())
    stated = any({"conda_env", "pip_requirements"} & set(call) for call in calls)
    if needs is None and notebook.installs and not stated:
        return from_lines(notebook.installs, place.file, None), left
    why = "the call or a file next to the notebook specifies what the model needs"
    installed = " ".join(notebook.installs)
    return needs, [
        *left,
        *([Left(what=f"`pip install {installed}`", why=why)] if installed else []),
    ]


def _placed(left: list[Left], notebook: Notebook | None) -> list[Left]:
    if notebook is None:
        return left
    return [Left(what=notebook.placed(e.what), why=notebook.placed(e.why)) for e in left]


def _to_run(place: Located) -> ToRun:
    command = place.command
    return ToRun(
        folder=place.folder,
        script=place.path,
        module=command.module if command else None,
        arguments=place.arguments,
        environment=command.environment if command else {},
        text=place.notebook.to_run() if place.notebook else None,
    )


def _names_left(call: Mapping[str, Any], name: str, variant: str | None) -> Iterator[Left]:
    """Yield the names that a call gives its model besides those that the manifest has."""
    for key in NAMES:
        if call.get(key) and str(call[key]) not in (name, variant):
            why = "the manifest names it: `build -o` and `publish` set where it goes"
            prefix = f"{variant}: " if variant is not None else ""
            yield Left(what=f"{prefix}`{key}={str(call[key])!r}`", why=why)


def _variants(rest: Mapping[str, Keys]) -> Mapping[str, Keys]:
    if len(rest) < 2:
        return {}
    return {
        name: {key: value for key, value in keys.items() if key != "name"}
        for name, keys in rest.items()
    }


def _own_class(call: Mapping[str, Any]) -> bool:
    return str(call.get("class", "")).startswith("__main__:")


def _told_by_running(recorded: Mapping[str, Any]) -> list[Left]:
    left = []
    silenced = [name for name in recorded.get("silenced", ()) if not name.startswith("set_t")]
    logged = [name for name in silenced if name.startswith(("log_", "register", "set_"))]
    if logged:
        why = "it belongs to a run or a registry, not to the model's package"
        left.append(Left(what=f"what the script logs to MLflow with {', '.join(logged)}", why=why))
    if recorded.get("ended"):
        why = f"nothing was saved that it could use ({recorded['ended']})"
        left.append(Left(what="what the script does after saving", why=why))
    return left


def _as_read(call: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a recorded call with its example in the manifest's form."""
    made = dict(call)
    if "input_example" in made:
        try:
            made["input_example"] = payload_example(made["input_example"], folder)
        except NotLiteralError as error:
            del made["input_example"]
            made["problems"] = {**made["problems"], "input_example": str(error)}
    return made


def _names(calls: list[dict[str, Any]]) -> list[str]:
    """Name calls by what tells them apart, or by their number."""
    for key in NAMES:
        whole = [PurePosixPath(str(call.get(key, ""))) for call in calls]
        for named in ([path.name for path in whole], ["-".join(path.parts) for path in whole]):
            names = [project_name(name) for name in named]
            if len(set(names)) == len(names) and all(call.get(key) for call in calls):
                return names
    return [f"v{number}" for number in range(1, len(calls) + 1)]


def _parsed(place: Located) -> Script:
    try:
        text = place.notebook.text if place.notebook else read_text(place.file)
        script = read_script(text, place.path, CALLS)
    except SyntaxError as error:
        said = f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
        said = place.notebook.placed(said) if place.notebook else said
        raise UsageError(f"{place.file} is not valid Python: {said}") from error
    variables = place.command.environment if place.command else {}
    script = replace(script, argv=place.arguments, environment=variables)
    return replace(script, given=given_to(script, place.arguments))
