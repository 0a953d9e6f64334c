"""The models-from-code script: imports the class and constructs it with literal values."""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping
from typing import Any

from .failure import Refusal

FILE_NAME = "mlpack_model.py"


def model_script(module: str, qualname: str, init: Mapping[str, Any]) -> str:
    """Return the script's text for a class constructed from keywords."""
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in init):
        lines = [f"        {name}={literal(init[name])}," for name in sorted(init)]
    else:
        lines = [f"        **{literal(init)},"]
    return _script(module, qualname, lines)


def model_script_from_config(module: str, qualname: str, config: Mapping[str, Any]) -> str:
    """Return the script's text for a class constructed from one mapping."""
    lines = [f"            {key!a}: {literal(config[key])}," for key in sorted(config)]
    return _script(
        module, qualname, ["        {", *lines, "        }"] if lines else ["        {}"]
    )


def _script(module: str, qualname: str, arguments: list[str]) -> str:
    call = f"{qualname}()" if not arguments else f"{qualname}(\n" + "\n".join(arguments) + "\n    )"
    return (
        '"""Constructs the model; MLflow runs this file when it loads the package."""\n\n'
        "import mlflow.models\n"
        f"from {module} import {qualname.partition('.')[0]}\n\n"
        f"mlflow.models.set_model(\n    {call}\n)\n"
    )


def literal(value: Any) -> str:
    """Return JSON data as a Python literal: keys sorted, floats exact, ASCII only."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key!a}: {literal(value[key])}" for key in sorted(value))
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise Refusal(
            f"The constructor's value {value} is not a finite number, which JSON cannot say.",
            hint="write a finite number, or null, or let the class choose it by default",
        )
    return ascii(value)
