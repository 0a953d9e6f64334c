import json
from pathlib import Path


class Times:
    def __init__(self, factor):
        self.factor = factor

    def predict(self, model_input, params=None):
        return model_input["a"].to_numpy() * self.factor


def _load_pyfunc(path, model_config=None):
    factor = json.loads(Path(path).read_text())["factor"]
    return Times(factor * (model_config or {}).get("more", 1))
