"""A model that performs a deed while constructed, loaded, or predicting."""

import threading
import time
import uuid

import mlflow

from unruly.deeds import perform


class Unruly(mlflow.pyfunc.PythonModel):
    def __init__(self, deed=None, *, strict=False):
        if deed:
            perform(deed)

    def load_context(self, context):
        with open(context.artifacts["deed"]) as file:
            deed = file.read()
        if deed:
            perform(deed)

    def predict(self, context, model_input, params=None):
        deed = (params or {}).get("deed")
        return perform(deed) if deed else ["fine"] * len(model_input)


class Silent(mlflow.pyfunc.PythonModel):
    pass


class Foreign:
    def predict(self, context, model_input):
        return model_input


def function(model_input):
    return model_input


class Holder(mlflow.pyfunc.PythonModel):
    """Holds what cannot be pickled the same way everywhere."""

    def __init__(self, what):
        self.held = {
            "lambda": lambda: 1,
            "local class": type("Local", (), {}),
            "lock": threading.Lock(),
            "path": __file__,
            "id": uuid.uuid4().hex,
            "time": time.time(),
            "set": {"b", "a", "d", "c"},
        }[what]

    def predict(self, context, model_input, params=None):
        return ["fine"] * len(model_input)
