"""Run inside a model's environment: try the worker's parts on many values in one process.

``python probe.py WORKER CASES.json ANSWERS.json``; a case is ``[part, arguments]`` with Python
expressions as arguments, an answer what came out, as text, or the refusal's message.
"""

import importlib
import json
import logging
import os
import runpy
import sys
import threading
import warnings
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature

worker, cases, answers = sys.argv[1:]
runpy.run_path(str(Path(worker) / "__main__.py"), run_name="probe")["adopt_siblings"](worker)


def part(name):
    return importlib.import_module(f"_mlpack_worker.{name}")


def signature(fields):
    return ModelSignature.from_dict({key: json.dumps(value) for key, value in fields.items()})


def output(outputs, value):
    part("output").check_output(value, signature({"outputs": outputs}).outputs)
    return "fits"


def example(inputs, kind, value, params=None):
    declared = signature({"inputs": inputs}) if inputs else None
    given = {"kind": kind, "value": value, "params": params or {}}
    data, params = part("inputs").example_input(given, declared)
    return shown(data) + (f" {params}" if params else "")


def shown(data):
    if isinstance(data, pd.DataFrame):
        types = ", ".join(f"{name} {dtype}" for name, dtype in data.dtypes.items())
        return f"{types}: {data.to_numpy().tolist()}"
    return repr(data)


def expected(recorded, value, rtol=1e-6, atol=0.0, name="expected.json"):
    file = Path(answers).with_name(name)
    if callable(recorded):
        recorded(file)
    else:
        file.write_text(json.dumps(recorded))
    part("compare").check_expectation(value, file, rtol, atol)
    return "equal"


def described(value):
    return f"{part('results').summary(value)} | {part('results').preview(value)}"


def jsonable(value):
    part("results").check_jsonable(value)
    return "jsonable"


def written(value, name):
    file = Path(answers).with_name(name)
    part("results").write_result(value, file)
    if file.suffix == ".npy":
        loaded = np.load(file)
        return f"{loaded.dtype} {loaded.tolist()}"
    if file.suffix == ".parquet":
        return pd.read_parquet(file).to_csv(index=False)
    return file.read_text()


def file_example(inputs, name, write):
    file = Path(answers).with_name(name)
    write(file)
    return example(inputs, "file", str(file))


def payload(inputs, form, content):
    file = Path(answers).with_name("the input")
    content(file) if callable(content) else file.write_text(content)
    declared = signature({"inputs": inputs}) if inputs else None
    return shown(part("payloads").file_input(file, declared, form)[0])


def given(inputs, value):
    return payload(inputs, "python", lambda file: part("exchange").packed(value, file))


def sent(value):
    file = Path(answers).with_name("value")
    try:
        part("exchange").packed(value, file)
    except ValueError as error:
        return str(error)
    back = part("exchange").unpacked(file)
    try:
        return same(value, back)
    except AssertionError as error:
        return f"{error} {back!r}"


def same(value, back):
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(value, back)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(value, back)
    elif isinstance(value, np.ndarray):
        assert value.dtype == back.dtype
        np.testing.assert_array_equal(value, back)
    else:
        assert repr(value) == repr(back)
    return "the same"


def zones(values):
    [spec] = signature({"inputs": [{"type": "datetime", "name": "at", "required": True}]}).inputs
    with part("casting").conversions() as found:
        part("casting").cast_column(pd.Series(values), spec, "at")
    return " | ".join(each["message"] for each in found)


def heard(work, told="message"):
    ears = part("captured").Heard(str(Path(answers).parent))
    with ears.listening():
        threading.Thread(target=work).start()
        for thread in threading.enumerate():
            if thread.name.startswith("Thread-"):
                thread.join()
    return " | ".join(each[told] for each in ears.warnings)


def warn(text="odd", kind=UserWarning, file="/far/lib.py"):
    warnings.warn_explicit(text, kind, file, 3)


def muffled(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work()


def deaf_logger():
    logger = logging.getLogger("deaf")
    logger.propagate = False
    return logger


def model_class():
    def predict(self, context, model_input, params=None):
        return model_input

    return type("Hintless", (mlflow.pyfunc.PythonModel,), {"predict": predict})


def rows(outputs, value):
    declared = signature({"outputs": outputs}).outputs if outputs else None
    return str(part("captured").row_count(value, declared))


def attempt(name, arguments):
    try:
        return globals()[name](*eval(f"({arguments},)", dict(globals())))
    except part("failure").Refusal as refusal:
        return f"refused: {refusal.message}"


asked = json.loads(Path(cases).read_text())
Path(answers).write_text(json.dumps([attempt(*case) for case in asked]))
# As the worker ends: pyarrow's threads may abort a process that is slow to go.
os._exit(0)
