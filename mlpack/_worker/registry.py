"""MLflow's own client at work: a package into a registry, what is there, and out of it again.

Nothing of the package is loaded. What the server answers becomes plain data; a refusal is
``{"refused": {"message", "hint"}}``, since it is not the model that failed.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from .failure import one_line

DIGEST = "mlpack.digest"
VERSION = "mlpack.version"
_EVIDENCE = "evidence"
# What the client imports for a store of this kind, where no server passes the bytes on.
_DRIVERS = {
    "s3": "boto3",
    "gs": "google.cloud.storage",
    "wasb": "azure.storage.blob",
    "wasbs": "azure.storage.blob",
    "abfs": "azure.storage.filedatalake",
    "abfss": "azure.storage.filedatalake",
}

Stage = Callable[[str], None]


def registry(request: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Do ``request["action"]`` with ``request["facts"]``."""
    stage("registry")
    import mlflow
    from mlflow.exceptions import MlflowException

    try:
        return _ACTIONS[request["action"]](mlflow.MlflowClient(), request["facts"])
    except MlflowException as error:
        return {"refused": _refusal(error, str(error.error_code))}
    except (OSError, ImportError) as error:
        return {"refused": _refusal(error, "")}


def _refusal(error: Exception, code: str) -> dict[str, Any]:
    status = getattr(getattr(error, "response", None), "status_code", None)
    text = one_line(error)
    hint = "check MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI, or pass --tracking-uri"
    if status in (401, 403) or code in ("PERMISSION_DENIED", "UNAUTHENTICATED") or "401" in text:
        hint = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
    return {"message": text, "hint": hint}


def _recorded(client: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Return the newest version of the model that has this label."""
    found = [each for each in _versions(client, request["model"]) if VERSION in each.tags]
    same = [each for each in found if each.tags[VERSION] == request["label"]]
    if not same:
        return {"found": None}
    newest = max(same, key=lambda each: int(each.version))
    return {"found": {"version": newest.version, "digest": newest.tags.get(DIGEST, "")}}


def _versions(client: Any, model: str) -> Iterator[Any]:
    """Yield the versions that are ready; none where there is no such model."""
    token = None
    while True:
        page = client.search_model_versions(f"name='{model}'", max_results=1000, page_token=token)
        yield from (each for each in page if each.status == "READY")
        token = page.token
        if not token:
            return


def _push(client: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Upload a package as it is and register it; on failure nothing is left that looks whole."""
    there = _recorded(client, request)["found"]
    if there is not None and there["digest"] == request["tags"][DIGEST]:
        _alias(client, request, there["version"])
        return {"version": there["version"], "new": False}
    if there is not None and not request["force"]:
        return {"other": there["digest"]}
    experiment = _experiment(client, request)
    if missing := _driver(experiment.artifact_location):
        return {"needs": missing}
    run = client.create_run(
        experiment.experiment_id, run_name=f"{request['name']} {request['label']}"
    )
    run_id = run.info.run_id
    try:
        _describe(client, run_id, request)
        source, model_id = _upload(client, experiment.experiment_id, run_id, request)
        version = _register(client, source, run_id, model_id, request)
    except BaseException:
        with contextlib.suppress(Exception):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")
    _alias(client, request, version.version)
    return {"version": version.version, "new": True}


def _experiment(client: Any, request: dict[str, Any]) -> Any:
    number = os.environ.get("MLFLOW_EXPERIMENT_ID")
    if number:
        return client.get_experiment(number)
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or request["name"]
    found = client.get_experiment_by_name(name)
    if found is None:
        found = client.get_experiment(client.create_experiment(name))
    return found


def _driver(location: str) -> str | None:
    """Return the kind of store for which the client has no driver here."""
    scheme = urlsplit(location).scheme
    name = _DRIVERS.get(scheme)
    if name is None:
        return None
    try:
        importlib.import_module(name)
    except ImportError:
        return scheme
    return None


def _describe(client: Any, run_id: str, request: dict[str, Any]) -> None:
    for key, value in request["params"].items():
        client.log_param(run_id, key, value)
    for key, value in request["metrics"].items():
        client.log_metric(run_id, key, value)
    for path in request["evidence"]:
        client.log_artifact(run_id, path, _EVIDENCE)


def _upload(
    client: Any, experiment_id: str, run_id: str, request: dict[str, Any]
) -> tuple[str, str | None]:
    """Upload the folder; return what a version is made of, and the logged model's id if any."""
    if not _knows_logged_models(client):
        client.log_artifacts(run_id, request["folder"], "model")
        return f"{client.get_run(run_id).info.artifact_uri}/model", None
    model = client.create_logged_model(
        experiment_id, name=_plain(request["name"]), source_run_id=run_id, tags=request["tags"]
    )
    try:
        client.log_model_artifacts(model.model_id, request["folder"])
    except BaseException:
        with contextlib.suppress(Exception):
            client.finalize_logged_model(model.model_id, "FAILED")
            client.delete_logged_model(model.model_id)
        raise
    client.finalize_logged_model(model.model_id, "READY")
    return f"models:/{model.model_id}", model.model_id


def _plain(name: str) -> str:
    # A logged model's name may not have these.
    return "".join("_" if character in "/:.%\"'" else character for character in name)


def _knows_logged_models(client: Any) -> bool:
    """Tell whether the server has logged models; those before MLflow 3 do not."""
    from mlflow.exceptions import MlflowException

    try:
        client.get_logged_model("m-" + "0" * 32)
    except MlflowException as error:
        # A server that knows them says that there is none with this id.
        return str(error.error_code) == "RESOURCE_DOES_NOT_EXIST"
    return True


def _register(
    client: Any, source: str, run_id: str, model_id: str | None, request: dict[str, Any]
) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(request["model"])
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    more = {} if model_id is None else {"model_id": model_id}
    return client.create_model_version(
        request["model"], source, run_id, tags=request["tags"], **more
    )


def _alias(client: Any, request: dict[str, Any], version: str) -> None:
    """Point the aliases at a version."""
    for alias in request["aliases"]:
        client.set_registered_model_alias(request["model"], alias, version)


def _held(client: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a version: its digest, and the evidence that lies with its run."""
    from mlflow.artifacts import download_artifacts, list_artifacts

    version = _found(client, request)
    evidence = {}
    if version.run_id:
        # By this, not by the run: a server before MLflow 3 is asked nothing it does not know.
        base = client.get_run(version.run_id).info.artifact_uri
        for file in list_artifacts(artifact_uri=f"{base}/{_EVIDENCE}"):
            evidence[file.path] = download_artifacts(
                artifact_uri=f"{base}/{file.path}", dst_path=request["folder"]
            )
    return {
        "version": version.version,
        "digest": version.tags.get(DIGEST),
        "evidence": evidence,
    }


def _found(client: Any, request: dict[str, Any]) -> Any:
    if request.get("alias"):
        return client.get_model_version_by_alias(request["model"], request["alias"])
    return client.get_model_version(request["model"], request["version"])


def _download(client: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Download a version's files to ``folder``, which does not exist yet."""
    import mlflow.artifacts

    # By this, not by the model's name: a server before MLflow 3 is asked nothing it does not know.
    uri = client.get_model_version_download_uri(request["model"], request["version"])
    if missing := _driver(uri):
        return {"needs": missing}
    path = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=request["folder"])
    return {"path": str(path)}


_ACTIONS: dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    "recorded": _recorded,
    "push": _push,
    "held": _held,
    "download": _download,
}
