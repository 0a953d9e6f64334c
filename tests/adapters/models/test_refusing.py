"""Models that cannot be saved: one sentence that says why, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpack.adapters.models import WorkerModels
from mlpack.core.errors import ModelError, OutsideError
from mlpack.ports import Environment, ExampleData, Isolation, SaveRequest
from tests.adapters.models.conftest import PROJECTS, scaler_request, unruly_request

pytestmark = [pytest.mark.slow, pytest.mark.network]

BROKEN = {"code_paths": (PROJECTS / "broken" / "needy.py", PROJECTS / "broken" / "pack")}
Ask = Callable[..., SaveRequest]


def records(*rows: dict[str, Any]) -> ExampleData:
    return ExampleData(kind="dataframe_records", value=list(rows))


CASES: dict[str, tuple[Ask, dict[str, Any], str, str]] = {
    "missing-dependency": (
        scaler_request,
        {"module": "needy", **BROKEN},
        "needy imports lightgbm, which is not in its dependencies.",
        "add the package that provides `lightgbm` to `dependencies`, or, if it is your own code, "
        "its file or folder to `code_paths`",
    ),
    "missing-module": (
        scaler_request,
        {"module": "scaling.modle"},
        "The model's module is scaling.modle, but scaling has no such module.",
        "did you mean `scaling.model`?",
    ),
    "missing-top-module": (
        scaler_request,
        {"module": "scalling"},
        "Module scalling is neither in `code_paths` nor in the dependencies.",
        "did you mean `scaling`?",
    ),
    "missing-own-module": (
        scaler_request,
        {"module": "pack.model", **BROKEN},
        "pack.model imports pack.wieghts, but pack has no such module.",
        "did you mean `pack.weights`?",
    ),
    "module-raises": (
        scaler_request,
        {"module": "noisy", "code_paths": (PROJECTS / "broken" / "noisy.py",)},
        "Importing noisy raised RuntimeError: not today",
        "",
    ),
    "syntax-error": (
        scaler_request,
        {"module": "syntax", "code_paths": (PROJECTS / "broken" / "syntax.py",)},
        "Importing syntax raised SyntaxError: ",
        "",
    ),
    "missing-class": (
        scaler_request,
        {"qualname": "Scalar"},
        "scaling.model has no class Scalar.",
        "did you mean `scaling.model:Scaler`?",
    ),
    "no-model": (
        unruly_request,
        {"qualname": "Foreign"},
        "unruly.model:Foreign is not a subclass of mlflow.pyfunc.PythonModel.",
        "write `class Foreign(mlflow.pyfunc.PythonModel)`",
    ),
    "no-class": (
        unruly_request,
        {"qualname": "function"},
        "unruly.model:function is a function, not a class.",
        "`model.class` must be a subclass of mlflow.pyfunc.PythonModel",
    ),
    "no-predict": (
        unruly_request,
        {"qualname": "Silent"},
        "unruly.model:Silent has no predict method.",
        "define `predict(self, context, model_input, params=None)`",
    ),
    "wrong-keyword": (
        scaler_request,
        {"init": {"scael": 1}},
        "Scaler cannot be constructed from `model.init`: it does not accept `scael`.",
        "did you mean `scale`? It accepts scale, labels, options",
    ),
    "missing-keyword": (
        unruly_request,
        {"qualname": "Holder"},
        "Holder cannot be constructed from `model.init`: it needs `what`.",
        "it accepts what",
    ),
    "no-argument": (
        scaler_request,
        {"qualname": "Outer.Inner", "init": {}, "init_from_config": True},
        "Inner cannot be constructed with `init_from: model_config`: too many positional argum",
        "its constructor is Inner()",
    ),
    "init-raises": (
        unruly_request,
        {"init": {"deed": "raise_error"}},
        "Unruly.__init__ raised ValueError: the third weight is missing",
        "",
    ),
    "init-exits": (
        unruly_request,
        {"init": {"deed": "leave"}},
        "Unruly.__init__ called sys.exit(3).",
        "",
    ),
    "init-dies": (
        unruly_request,
        {"init": {"deed": "leave_at_once"}},
        "The model ended its process (status 0) while constructing the model.",
        "make sure that nothing in the model calls os._exit",
    ),
    "init-imports": (
        unruly_request,
        {"init": {"deed": "import_missing"}},
        "unruly.deeds imports lightgbm, which is not in its dependencies.",
        "add the package that provides `lightgbm`",
    ),
    "pickled-lambda": (
        unruly_request,
        {"qualname": "Holder", "init": {"what": "lambda"}, "serialization": "pickle"},
        "Holder does not pickle reproducibly: its attribute `held` is a lambda, a "
        "closure or a local class, which is pickled by value, with source paths and random ids in "
        "it.",
        "use `build: {serialization: code}`, the default, or import by name what the model "
        "refers to",
    ),
    "pickled-class": (
        unruly_request,
        {"qualname": "Holder", "init": {"what": "local class"}, "serialization": "pickle"},
        "Holder does not pickle reproducibly: its attribute `held`",
        "use `build: {serialization: code}`",
    ),
    "unpicklable": (
        unruly_request,
        {"qualname": "Holder", "init": {"what": "lock"}, "serialization": "pickle"},
        "Holder cannot be pickled: ",
        "use `build: {serialization: code}`",
    ),
    "pickled-path": (
        unruly_request,
        {"qualname": "Holder", "init": {"what": "path"}, "serialization": "pickle"},
        "The pickled Holder contains a path of the machine that built it.",
        "keep paths out of the instance",
    ),
    "pickled-id": (
        unruly_request,
        {"qualname": "Holder", "init": {"what": "id"}, "serialization": "pickle"},
        "Holder does not pickle reproducibly",
        "keep times, random numbers, paths and sets of objects out of __init__",
    ),
    "signature-name": (
        scaler_request,
        {"signature_file": (PROJECTS / "scaler" / "spec.py", "SIGNATUR")},
        "spec.py has no SIGNATUR.",
        "it has SIGNATURE",
    ),
    "signature-type": (
        scaler_request,
        {"signature_file": (PROJECTS / "scaler" / "spec.py", "NOT_ONE")},
        "spec.py:NOT_ONE is of type type, not a ModelSignature.",
        "make it an mlflow.models.ModelSignature",
    ),
    "example-column": (
        scaler_request,
        {"example": records({"a": 1})},
        "The input does not match the signature: ",
        "change `input_example`",
    ),
    "example-nan": (
        scaler_request,
        {"example": ExampleData(kind="inputs", value={"a": float("nan")}), "signature": None},
        "The input example contains NaN, which JSON cannot represent.",
        "write null for a missing number",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_refusal(newest: Environment, tmp_path: Path, models: WorkerModels, name: str) -> None:
    ask, changes, message, hint = CASES[name]
    request = ask(tmp_path, **changes)
    with pytest.raises(ModelError) as refused:
        models.save(newest, request, Isolation(timeout=120))
    assert refused.value.message.startswith(message)
    assert (refused.value.hint or "").startswith(hint)
    assert bool(refused.value.hint) == bool(hint)
    assert "_worker" not in (refused.value.details or "")
    assert not request.destination.exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_users_own_frames_are_shown(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = unruly_request(tmp_path, init={"deed": "raise_error"})
    with pytest.raises(ModelError) as refused:
        models.save(newest, request, Isolation())
    details = refused.value.details or ""
    assert 'File "unruly/deeds.py", line ' in details
    assert "site-packages" not in details
    assert details.endswith("ValueError: the third\nweight is missing")


def test_sets_are_pickled_in_one_order(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = unruly_request(
        tmp_path, qualname="Holder", init={"what": "set"}, serialization="pickle"
    )
    models.save(newest, request, Isolation())
    assert (request.destination / "python_model.pkl").is_file()


def test_an_interpreter_that_is_gone(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    gone = replace(newest, python=tmp_path / "bin" / "python")
    with pytest.raises(OutsideError, match="cannot be started"):
        models.save(gone, scaler_request(tmp_path), Isolation())
