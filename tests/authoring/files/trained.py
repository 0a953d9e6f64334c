"""The models that tests read: small ones in ``models/``, and new ones of what is released today."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.throwaway import throwaway_environment

HERE = Path(__file__).parent
MODELS = HERE / "models"
"""What train.py wrote with the versions that the tests name; ``train.py`` writes them again."""
NEEDS = {
    "sklearn": ("scikit-learn==1.7.2", "pandas~=2.3"),
    "xgboost": ("xgboost~=3.2", "scikit-learn==1.7.2", "pandas~=2.3"),
    "lightgbm": ("lightgbm>=4,<5", "scikit-learn==1.7.2", "pandas~=2.3"),
    "catboost": ("catboost~=1.2.10", "joblib", "pandas~=2.3"),
    "onnx": ("skl2onnx", "onnx", "scikit-learn==1.7.2", "pandas~=2.3"),
    "keras": ("keras~=3.15", "jax", "pandas~=2.3"),
    "torch": ("torch==2.13.0", "safetensors", "numpy", "pandas~=2.3"),
}


def trained(kind: str, cache: Path) -> Path:
    """Return a folder with the files of one kind, trained once a test run."""
    folder = cache / "trained" / kind
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / ".finished").exists():
            python = throwaway_environment(cache, NEEDS[kind])
            subprocess.run(
                [python, HERE / "train.py", folder, kind],
                check=True,
                env={**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": ""},
                stdin=subprocess.DEVNULL,
            )
            (folder / ".finished").touch()
    return folder
