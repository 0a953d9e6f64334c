"""The fetch task: a model that a tracking server or a registry holds, downloaded through MLflow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .failure import Refusal, one_line

Stage = Callable[[str], None]


def fetch(request: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Download ``uri`` below ``destination``; return where it lies."""
    import mlflow.artifacts

    stage("fetch")
    destination = Path(request["destination"])
    destination.mkdir(parents=True, exist_ok=True)
    try:
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=request["uri"], dst_path=str(destination)
        )
    except Exception as error:
        raise Refusal(
            f"{request['uri']} cannot be fetched: {one_line(error)}",
            hint="MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI say where MLflow looks",
        ) from None
    return {"path": str(path), "mlflow_version": mlflow.__version__}
