"""The environment variables that user code sees, and those that mlpack keeps fixed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlpack.ports import Isolation

PASSED = frozenset(
    {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FTP_PROXY"}
    | {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    | {"NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"}
)
"""Where libraries lie, how the network is reached, and whom to trust."""

DEFAULTS = {
    "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "USER": "mlpack",
    "LOGNAME": "mlpack",
}

FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    # MLflow would pack a uv.lock or pyproject.toml that it finds, and use it on restore.
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_LOG_UV_FILES": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
"""What decides bytes: neither ``verify.env`` nor ``verify.pass_env`` can change it."""

UNSAFE = frozenset(
    {"MLFLOW_LOG_MODEL_COMPRESSION", "MLFLOW_LOCK_MODEL_DEPENDENCIES", "PYTHONPATH", "PYTHONHOME"}
)


def clean_environment(
    *, python: Path, home: Path, temporary: Path, isolation: Isolation, caller: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables of a child that runs user code with the interpreter ``python``."""
    room = {name: caller[name] for name in PASSED if name in caller}
    room["PATH"] = path_with(python, caller)
    room |= DEFAULTS | {"HOME": str(home), "TMPDIR": str(temporary)}
    # Else MLflow makes its folder `mlruns` in the working folder, on loading a model already.
    room["MLFLOW_TRACKING_URI"] = (temporary / "tracking").as_uri()
    room |= {name: caller[name] for name in isolation.pass_env if name in caller}
    room |= isolation.env
    for name in UNSAFE:
        room.pop(name, None)
    if isolation.build_time is not None:
        room["SOURCE_DATE_EPOCH"] = str(isolation.build_time)
    return dict(sorted((room | FIXED).items()))


def path_with(python: Path, caller: Mapping[str, str]) -> str:
    """Return ``PATH`` with the folder of ``python`` first."""
    return os.pathsep.join([str(python.parent), caller.get("PATH", os.defpath)])
