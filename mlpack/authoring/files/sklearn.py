"""Pickles and joblib's files: scikit-learn's estimators, and whatever else was pickled."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.boosters import boosters_in
from mlpack.authoring.files.estimators import inputs_of, method_of, outputs_of, shown_kind
from mlpack.authoring.files.model import Code, Column, Fields, ModelFile, Need
from mlpack.authoring.files.phrases import prediction_table, quoted
from mlpack.authoring.files.pickled import Global, Made, Pickled
from mlpack.authoring.files.streams import CutError, EnoughError, open_stream
from mlpack.authoring.files.suspicion import suspicious
from mlpack.authoring.files.unpickling import read_pickle
from mlpack.authoring.files.versions import beside_sklearn, python_for_sklearn
from mlpack.manifest.rules.packages import distributions, in_standard_library

Folders = Sequence[Path]
"""Where modules of the project may be: beside the file, and in the project's own folder."""

# Whose estimators predict and transform the way that scikit-learn's do.
_ESTIMATORS = frozenset(("sklearn", "imblearn", "xgboost", "lightgbm", "catboost"))
# Classes in the way of scikit-learn's, which cannot be loaded without it.
_LIKE_SKLEARN = ("xgboost.sklearn", "lightgbm.sklearn")
_VERSION = re.compile(r"\d+(\.[0-9a-z]{1,8}){1,4}")
_WROTE = "the version that wrote the pickle"
# What every pickle of an estimator is read with, and what needs no TODO for its version.
_ALWAYS = frozenset(
    ("numpy", "scipy", "pandas", "joblib", "sklearn", "copy_reg", "__builtin__", "?")
)


def read_pickle_file(path: Path, file: BinaryIO, folders: Folders) -> ModelFile:
    """Tell what a pickle, or a file that joblib wrote, makes when it is loaded."""
    stream = open_stream(path, file)
    found = read_pickle(stream)
    made, place = _model_in(found.value)
    if not found.complete and made is None:
        raise EnoughError
    if not found.globals:
        raise CutError("it contains plain values, and no model")
    by_joblib = stream.is_compressed or path.suffix == ".joblib" or _is_of_joblib(found)
    version = _version(made, found)
    boosters = boosters_in(found)
    oldest, newest = python_for_sklearn(version) if version else (10, 13)
    kind = made.type.top if made is not None and made.type else ""
    estimator = made if kind in _ESTIMATORS else None
    inputs, outputs = _fields(estimator, boosters.get(kind))
    return ModelFile(
        says=_says(path.name, made, version, found),
        framework=next(iter(distributions(kind)), kind or "pickle"),
        version=version,
        code=_code(estimator, place, inputs, outputs, joblib=by_joblib, booster=boosters.get(kind)),
        needs=(
            *_needs(found, version, joblib=by_joblib),
            *_others(found.globals, folders, boosters),
        ),
        torch=any(each.top == "torch" for each in found.globals),
        oldest=oldest,
        newest=newest,
        inputs=inputs,
        outputs=outputs,
        todo=tuple(_todo(found, path.name, version, newest)),
        suspicious=suspicious(found.globals),
        code_paths=tuple(local_modules(found.globals, folders)),
    )


def _fields(estimator: Made | None, booster: ModelFile | None) -> tuple[Fields, Fields]:
    """Return inputs and outputs; of a bare booster the model within tells more of the inputs."""
    if estimator is None:
        return (), ()
    by_class = estimator.type is not None and estimator.type.top == "catboost"
    outputs = outputs_of(estimator)
    if booster is None:
        return inputs_of(estimator), () if by_class else outputs
    return booster.inputs, booster.outputs if by_class else outputs


def _model_in(value: Any) -> tuple[Made | None, str]:
    """Return the estimator, also one in a dict, list or tuple, and how Python reaches it there."""
    if isinstance(value, Made) and not value.entries:
        return value, ""
    entries: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, (dict, Made)):
        entries = iter((value if isinstance(value, dict) else value.entries or {}).items())
    elif isinstance(value, (list, tuple)):
        entries = iter(enumerate(value))
    for key, each in entries:
        if isinstance(each, Made) and each.type and each.type.top in _ESTIMATORS:
            return each, f"[{quoted(key) if isinstance(key, str) else key}]"
    return (value if isinstance(value, Made) else None), ""


def _version(made: Made | None, found: Pickled) -> str | None:
    """Return the scikit-learn that wrote the pickle: each of its estimators says so."""
    for each in ([made] if made else []) + found.objects:
        version = each.attributes.get("_sklearn_version")
        if isinstance(version, str) and _VERSION.fullmatch(version):
            return version
    return None


def _is_of_joblib(found: Pickled) -> bool:
    return any(each.top in ("joblib", "sklearn") for each in found.globals)


def _says(name: str, made: Made | None, version: str | None, found: Pickled) -> str:
    kind = shown_kind(made) if made else "a value that is not an object"
    wrote = f"scikit-learn {version} wrote {name}" if version else f"{name} is a pickle"
    cut = "" if found.complete else "; it is too long to be read as a whole"
    return f"{wrote}: {kind}{cut}."


def _code(
    made: Made | None,
    place: str,
    inputs: Fields,
    outputs: Fields,
    *,
    joblib: bool,
    booster: ModelFile | None,
) -> Code:
    path = 'context.artifacts["model"]'
    imports = ["joblib" if joblib else "pickle"]
    load = [f"self.model = joblib.load({path}){place}"]
    if not joblib:
        load = [f'with open({path}, "rb") as file:', f"    self.model = pickle.load(file){place}"]
    run, says = _run(made, inputs), "TODO: what goes in and what comes out."
    if made is not None:
        table = inputs and isinstance(inputs[0], Column)
        says = f"{'A table' if table else 'An array'} of features in; a result for each row out."
    if outputs and isinstance(outputs[0], Column):
        imports.append("pandas as pd")
        run = prediction_table(run)
    coded = booster.code if booster else None
    lines = [line for line in coded.predict if line.startswith("rows = ")] if coded else []
    if lines:
        run = run.replace("model_input", "rows")
    return Code(
        says=says,
        imports=tuple(imports),
        before=coded.before if coded and lines else (),
        load=tuple(load),
        predict=(*lines, f"return {run}"),
    )


def _run(made: Made | None, inputs: Fields) -> str:
    """Return the call that predicts, or what is likely one."""
    if made is None:
        return "self.model.predict(model_input)"
    alone = isinstance(inputs[0], Column) and inputs[0].name == "text" if inputs else False
    rows = 'model_input["text"]' if alone and len(inputs) == 1 else "model_input"
    # CatBoost gives the classes of several as a column of their own.
    flat = ".ravel()" if made.type and made.type.name == "CatBoostClassifier" else ""
    return f"self.model.{method_of(made) or 'fit_predict'}({rows}){flat}"


def _needs(found: Pickled, version: str | None, *, joblib: bool) -> Iterator[Need]:
    """Yield scikit-learn in the very version that wrote the pickle, and what it is read with."""
    if version is not None:
        yield Need(requirement=f"scikit-learn=={version}", comment=_WROTE)
    elif any(each.module in _LIKE_SKLEARN for each in found.globals):
        yield Need(requirement="scikit-learn")
    if joblib:
        yield Need(requirement="joblib>=1.2")
    numpy_2 = any(each.module.startswith("numpy._core") for each in found.globals)
    yield from beside_sklearn(version, numpy_2=numpy_2)


def _others(
    globals: Mapping[Global, None], folders: Folders, boosters: Mapping[str, ModelFile]
) -> Iterator[Need]:
    """Yield the other packages; a booster knows the version that wrote it."""
    known = {top: each.version for top, each in boosters.items() if each.version}
    for top, version in known.items():
        yield Need(requirement=f"{top}=={version}", comment=_WROTE)
    yield from unknown_needs(globals, folders, known)


def unknown_needs(
    globals: Mapping[Global, None], folders: Folders, known: Container[str] = ()
) -> Iterator[Need]:
    """Yield the other packages that a pickle refers to, of versions that it does not tell."""
    for top in _tops(globals, folders):
        if top in known:
            continue
        names = distributions(top)
        why = _WROTE if names else f"the package that provides {top}"
        name = names[0] if names else top.replace("_", "-")
        yield Need(requirement=name, comment=f"TODO: {why}")


def _tops(globals: Mapping[Global, None], folders: Folders) -> Iterator[str]:
    tops = dict.fromkeys(each.top for each in globals)
    risky = {each.partition(".")[0] for each in suspicious(globals)}
    for top in tops:
        known = top in _ALWAYS | risky | {"__main__", "torch"} or in_standard_library(top, "3.11")
        # Compiled parts of scikit-learn call themselves `_loss` and the like.
        private = top.startswith("_") or not top.isidentifier()
        if not (known or private) and _beside(folders, top) is None:
            yield top


def local_modules(globals: Mapping[Global, None], folders: Folders) -> Iterator[Path]:
    """Yield the files and folders of the project with code that a pickle refers to."""
    for top in dict.fromkeys(each.top for each in globals):
        beside = _beside(folders, top) if top.isidentifier() else None
        if beside is not None and not in_standard_library(top, "3.11") and not distributions(top):
            yield beside


def _beside(folders: Folders, top: str) -> Path | None:
    for folder in folders:
        if (folder / f"{top}.py").is_file():
            return folder / f"{top}.py"
        if (folder / top / "__init__.py").is_file():
            return folder / top
    return None


def _todo(found: Pickled, name: str, version: str | None, newest: int) -> Iterator[str]:
    own = [each.name for each in found.globals if each.module == "__main__"]
    if own:
        yield (
            f"{name} needs {', '.join(own[:3])} of the script or notebook that wrote it: "
            "move this code to a module, and write the file again."
        )
    if version is not None and newest < 10:
        yield (
            f"scikit-learn {version} has no release for Python 3.10 or newer: train the model "
            "again with a newer one."
        )
    if any(each.module.startswith("cloudpickle") for each in found.globals):
        yield f"{name} contains code, which only the Python that wrote it can run: set `python`."
