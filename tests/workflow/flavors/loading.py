import json
from pathlib import Path


class Times:
    def __init__(self, factor):
        self.factor = factor

    def predict(self, model_input, params=None):
        return model_input["a"].to_numpy() * self.factor


def _load_pyfunc(path):
    with Path(path).open() as file:
        return Times(json.load(file)["factor"])
