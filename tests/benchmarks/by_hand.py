"""The same package without mlpack: compile, install, a script that saves, MLflow's own predict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import yaml
from uv import find_uv_bin

from tests.benchmarks.timing import call, put_aside

SAVE = """
import json, sys
import mlflow.pyfunc
import pandas as pd
from mlflow.models import ModelSignature
from {module} import {name}
asked = json.loads(sys.argv[1])
mlflow.pyfunc.save_model(
    path="model", python_model={name}(), artifacts=asked["artifacts"],
    code_paths=["model_code"], model_config=asked["config"],
    signature=ModelSignature.from_dict(asked["signature"]),
    pip_requirements=["-r requirements.txt"],
)
json.dump({{"dataframe_records": [{{"input_uri": asked["uri"]}}], "params": asked["params"]}},
          open("payload.json", "w"))
"""


class ByHand:
    """One example, packaged as a careful person would, from nothing but a warm package cache."""

    def __init__(self, project: Path, installer: Literal["pip", "uv"]) -> None:
        self.project = project
        self.installer = installer
        self._described = yaml.safe_load((project / "mlpack.yaml").read_text())
        for variant in list((self._described.get("variants") or {}).values())[:1]:
            for key, value in variant.items():
                merged = {**self._described.get(key, {}), **value}
                self._described[key] = merged

    def package(self) -> None:
        """Do it all."""
        self.compile()
        self.install()
        self.save()
        self.predict()

    def forget(self) -> None:
        """Leave nothing of what was done before."""
        put_aside(self.project / "env", self.project / "model")

    def compile(self) -> None:
        """Pin and hash the requirements."""
        lines = "".join(f"{line}\n" for line in self._described["dependencies"])
        (self.project / "requirements.in").write_text(lines)
        call(
            [find_uv_bin(), "pip", "compile", "-q", "requirements.in", "-o", "requirements.txt",
             "--universal", "--generate-hashes", "--no-annotate", "--no-header",
             "--python-version", self._described["python"]],
            self.project,
        )  # fmt: skip

    def install(self) -> None:
        """Make an environment."""
        if self.installer == "pip":
            call([base_python(self._described["python"]), "-m", "venv", "env"], self.project)
            call(["env/bin/python", "-m", "pip", "install", "-q", "-r", "requirements.txt"],
                 self.project)  # fmt: skip
        else:
            call([find_uv_bin(), "venv", "-q", "--no-project", "--python",
                  base_python(self._described["python"]), "env"], self.project)  # fmt: skip
            call([find_uv_bin(), "pip", "install", "-q", "--python", "env/bin/python",
                  "-r", "requirements.txt"], self.project)  # fmt: skip

    def save(self) -> None:
        """Run the script that saves the model."""
        import json

        module, _, name = self._described["model"].partition(":")
        (self.project / "package.py").write_text(SAVE.format(module=module, name=name))
        example, signature = self._described["input_example"], self._described["signature"]
        asked = {
            "artifacts": self._described["artifacts"],
            "config": self._described["model_config"],
            "signature": {
                "inputs": json.dumps(signature["inputs"]),
                "outputs": json.dumps([_field(field) for field in signature["outputs"]]),
                "params": json.dumps([{"shape": None, **each} for each in signature["params"]]),
            },
            "uri": str(self.project / example["input_uri"]),
            "params": example.get("params", {}),
        }
        call(["env/bin/python", "package.py", json.dumps(asked)], self.project)

    def predict(self) -> None:
        """Let MLflow make a second environment from the package and predict in it."""
        python = Path(base_python(self._described["python"])).parent
        folders = (Path(find_uv_bin()).parent, self.project / "env/bin", python, "/usr/bin", "/bin")
        path = {"PATH": ":".join(map(str, folders))}
        call(
            ["env/bin/python", "-m", "mlflow", "models", "predict", "-m", "model",
             "--env-manager", "uv", "-i", "payload.json", "-o", "answer.json"],
            self.project,
            path,
        )  # fmt: skip


def _field(field: dict[str, object]) -> dict[str, object]:
    if "dtype" not in field:
        return {"required": True, **field}
    return {"type": "tensor", "tensor-spec": {"dtype": field["dtype"], "shape": field["shape"]}}


def base_python(minor: str) -> str:
    """Return an interpreter of this minor outside of any environment."""
    done = subprocess.run(
        [find_uv_bin(), "python", "find", "--no-project", "--system", minor],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or sys.executable
