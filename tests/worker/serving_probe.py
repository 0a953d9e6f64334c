"""Run inside a model's environment: have MLflow's scoring app answer for many models.

``python serving_probe.py WORKER ANSWERS.json [CASE…]``; an answer is what ``check_serving``
returned, or its refusal: message, hint and the cause's type.
"""

import importlib
import json
import os
import runpy
import sys
import tempfile
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature

COLUMNS = '[{"name": "x", "type": "double", "required": true}]'
TIMES = '[{"name": "times", "type": "long", "default": 1, "shape": null}]'
TENSOR = '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]'
FRAME = pd.DataFrame({"x": [1.0, 2.0]})


def served():
    return "_MLFLOW_IS_IN_SERVING_ENVIRONMENT" in os.environ


def raises(error):
    raise error


def counted(calls, first, later):
    calls.append(1)
    return first if len(calls) == 1 else later()


# What predict returns for its input and params, and a list that each loaded model has for itself.
MODELS = {
    "frame": lambda x, params, calls: pd.DataFrame({"y": x["x"] * params["times"]}),
    "not finite": lambda x, params, calls: np.array([np.nan, np.inf, 1.0]),
    "times": lambda x, params, calls: pd.DataFrame({"at": [pd.Timestamp("2026-01-02T03:04:05")]}),
    "mapping": lambda x, params, calls: {"a": x["x"].to_numpy(), "b": "two"},
    "rounding": lambda x, params, calls: [1 / 3 + 1e-12 * served()],
    "counting": lambda x, params, calls: counted(calls, [1], lambda: [len(calls)]),
    "random": lambda x, params, calls: {"y": np.random.rand(3).tolist(), "z": os.urandom(4).hex()},
    "random lengths": lambda x, params, calls: counted(calls, [1], lambda: [0.5] * len(calls)),
    "served otherwise": lambda x, params, calls: [{"y": 2.0 if served() else 1.0, "z": served()}],
    "random and served otherwise": lambda x, params, calls: {
        "y": np.random.rand(), **({"z": 1} if served() else {})
    },
    "once": lambda x, params, calls: counted(calls, [1], lambda: raises(RuntimeError("used up"))),
    "leaves": lambda x, params, calls: counted(calls, [1], lambda: raises(SystemExit(3))),
    "no json": lambda x, params, calls: counted(calls, [1], object),
}  # fmt: skip


class Model(mlflow.pyfunc.PythonModel):
    """One of MODELS."""

    def __init__(self, name):
        self.name = name

    def load_context(self, context):
        self.calls = []

    def predict(self, context, model_input, params=None):
        if self.name in MODELS:
            return MODELS[self.name](model_input, params, self.calls)
        if self.name == "tensor":
            return model_input.astype("float32") * 2
        return {"choices": [{"message": str(model_input)}]}


def saved(folder, name):
    signature, example = None, FRAME
    if name in MODELS:
        signature = ModelSignature.from_dict({"inputs": COLUMNS, "params": TIMES})
        example = (FRAME, {"times": 3})
    elif name == "tensor":
        signature = ModelSignature.from_dict({"inputs": TENSOR})
        example = np.ones((2, 2), "float32")
    else:
        example = {"messages": [{"role": "user", "content": "hello"}]}
    mlflow.pyfunc.save_model(
        path=folder,
        python_model=Model(name),
        signature=signature,
        input_example=example,
        pip_requirements=["mlflow"],
    )


def checked(folder, change, **asked):
    refusal = importlib.import_module("_mlpack_worker.failure").Refusal
    serving = importlib.import_module("_mlpack_worker.serving")
    usual = {"payload": None, "payload_format": None, "params": {}, "check_output": True}
    asked = {**usual, "package": folder, **asked}
    change(folder)
    model = mlflow.pyfunc.load_model(folder)
    fed = model.metadata.load_input_example(folder)
    params = model.metadata.load_input_example_params(folder)
    in_a_thread = importlib.import_module("_mlpack_worker.predict")._in_a_thread
    output = in_a_thread(
        lambda: model.predict(fed, params=params) if params else model.predict(fed)
    )
    stages = []
    try:
        found = in_a_thread(lambda: serving.check_serving(model, output, asked, stages.append))
    except refusal as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else None
        found = [error.message, error.hint, cause]
    except SystemExit as error:
        found = f"left with {error.code}"
    assert "predict" not in vars(model)
    assert not served()
    return found if stages or found is not None else "not asked"


def another_column(folder):
    example = Path(folder, "serving_input_example.json")
    example.write_text(example.read_text().replace('"x"', '"other"'))


def no_serving_example(folder):
    Path(folder, "serving_input_example.json").unlink()


def as_it_is(folder):
    pass


def main(worker, answers, *names):
    runpy.run_path(str(Path(worker) / "__main__.py"), run_name="probe")["adopt_siblings"](worker)
    cases = {name: ((name, as_it_is), {}) for name in (*MODELS, "tensor", "messages")}
    cases["refused"] = (("frame", another_column), {})
    cases["no example"] = (("frame", no_serving_example), {})
    cases["payload"] = (("frame", as_it_is), {"payload": "input.json"})
    cases["predict"] = (("frame", as_it_is), {"check_output": False})
    found = {}
    for case in names or cases:
        (name, change), asked = cases[case]
        with tempfile.TemporaryDirectory() as room:
            folder = str(Path(room, "model"))
            saved(folder, name)
            found[case] = checked(folder, change, **asked)
    Path(answers).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
