"""A ``package.py`` that calls ``mlflow.pyfunc.save_model`` or ``log_model``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.errors import UsageError
from mlpack.importers.calls import CALLS
from mlpack.importers.calls_to_save import (
    SAVERS,
    flavor_calls,
    imported_afterwards,
    read_call,
    saves_when_imported,
    saving_calls,
)
from mlpack.importers.examples import payload_example
from mlpack.importers.literals import NotLiteralError, Script, read_script
from mlpack.importers.model import Imported, Key, Keys, Left, Source, ToRun, factored, unique
from mlpack.importers.needs import needs_in
from mlpack.importers.project import project_name
from mlpack.importers.saved_call import NAMES, CallReader
from mlpack.importers.tables import read_text

_NAMES = ("package.py", "log_model.py", "save_model.py")
_TEXTS = ("save_model", "log_model", "autolog")


class ScriptImporter:
    """A script of the user's own, read by its text, or run with recorders when that is asked."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the path is a Python file that saves a pyfunc model, or has one inside."""
        return _script_file(source.path) is not None

    def read(self, source: Source) -> Imported:
        """Return the manifest of the models that the script saves, one variant each."""
        path = _script_file(source.path)
        assert path is not None  # noqa: S101 - it was recognised
        path = path.absolute()
        folder = path.parent
        script = _parsed(path)
        recorded = source.recorded or {}
        calls = recorded.get("calls")
        if calls is None:
            found = saving_calls(script)
            calls = [read_call(script, call, within, folder) for call, within in found]
        else:
            calls = [_as_read(call, folder) for call in calls]
        if not calls:
            raise _saves_none(script, ran=source.recorded is not None)
        return _imported(script, folder, calls, source)


def _saves_none(script: Script, *, ran: bool) -> UsageError:
    said = f"{script.path.name} saves no pyfunc model"
    others = flavor_calls(script)
    if ran or not others:
        hint = f"mlpack looks for {' and '.join(SAVERS)}"
        return UsageError(said + (" when it is run" if ran else ""), hint=hint)
    call, flavor = others[-1]
    hint = "run it, then import what it saved: `mlpack import {}`"
    return UsageError(
        f"{said}: line {call.lineno} saves one of {flavor}",
        hint=hint.format(imported_afterwards(script, call)),
    )


def _of_other_flavors(script: Script) -> list[Left]:
    why = "another model: import what it saves, `mlpack import {}`"
    return [
        Left(
            what=f"what line {call.lineno} saves by {flavor}",
            why=why.format(imported_afterwards(script, call)),
        )
        for call, flavor in flavor_calls(script)
    ]


def _imported(
    script: Script, folder: Path, calls: list[dict[str, Any]], source: Source
) -> Imported:
    needs = needs_in(folder)
    left: list[Left] = []
    made: dict[str, Keys] = {}
    files = {}
    for name, call in zip(_names(calls), calls, strict=True):
        reader = CallReader(folder, script.path, needs, ran=source.recorded is not None)
        made[name] = reader.keys(call)
        prefix = f"{name}: " if len(calls) > 1 else ""
        left += [Left(what=f"{prefix}{each.what}", why=each.why) for each in reader.left]
        files.update({file.path: file for file in reader.files})
    left += _of_other_flavors(script)
    left += _told_by_running(source.recorded or {})
    if saves_when_imported(script) and any(_own_class(call) for call in calls):
        why = "importing it for the class would save a model: move the class to a module of its own"
        left.append(Left(what=f"{script.path} as code of the model", why=why))
    shared, rest = factored(made)
    computed = any(call["problems"] for call in calls)
    return Imported(
        kind="script",
        folder=folder,
        # A manifest has one name; what names the packages is the variant's.
        keys={**shared, "name": Key(value=project_name(folder.name))} if len(rest) > 1 else shared,
        variants=_variants(rest),
        files=tuple(files.values()),
        left=unique(left),
        to_run=ToRun(folder=folder, script=script.path, arguments=source.words[1:])
        if computed or source.recorded is None
        else None,
    )


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
        left.append(Left(what=f"what the script tells MLflow by {', '.join(logged)}", why=why))
    if recorded.get("ended"):
        why = f"nothing was saved for it to work on ({recorded['ended']})"
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
        names = [project_name(PurePosixPath(str(call.get(key, ""))).name) for call in calls]
        if len(set(names)) == len(names) and all(call.get(key) for call in calls):
            return names
    return [f"v{number}" for number in range(1, len(calls) + 1)]


def _script_file(path: Path) -> Path | None:
    if not path.is_dir():
        return path if path.is_file() and path.suffix == ".py" and _saves(path) else None
    named = [path / name for name in _NAMES] + sorted(path.glob("*.py"))
    saving = [each for each in named if each.is_file() and _saves(each)]
    pyfunc = [each for each in saving if _saves(each, "pyfunc")]
    # Beside a file of dependencies, a script of another flavor says less than that file does.
    others = [] if needs_in(path) is not None else saving
    return next(iter(pyfunc or others), None)


def _saves(path: Path, module: str = "mlflow") -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return module in text and any(name in text for name in _TEXTS)


def _parsed(path: Path) -> Script:
    try:
        return read_script(read_text(path), PurePosixPath(path.name), CALLS)
    except SyntaxError as error:
        place = f"line {error.lineno}: " if error.lineno else ""
        raise UsageError(f"{path} is not Python: {place}{error.msg}") from error
