"""Who a container registry is told that we are: docker's and podman's files, and their helpers."""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpack.core.errors import OutsideError

_TIMEOUT = 60.0


def login(host: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return user and password for a registry, or ``None`` where none are configured.

    The first file that knows the host counts. Raises ``OutsideError`` for a file or a helper that
    cannot be read.
    """
    for path in _files(environ):
        if not path.is_file():
            continue
        config = _read(path)
        helper = (config.get("credHelpers") or {}).get(host)
        stated = (config.get("auths") or {}).get(host)
        if helper:
            return _from_helper(str(helper), host, environ)
        if stated and stated.get("auth"):
            return _decoded(str(stated["auth"]), path)
        if stated is not None and config.get("credsStore"):
            return _from_helper(str(config["credsStore"]), host, environ)
    return None


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where logins are kept, the more particular place first."""
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    if folder := environ.get("DOCKER_CONFIG"):
        yield Path(folder) / "config.json"
    elif home := environ.get("HOME"):
        yield Path(home) / ".docker" / "config.json"
    if folder := environ.get("XDG_RUNTIME_DIR"):
        yield Path(folder) / "containers" / "auth.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise OutsideError(f"{path} cannot be read", hint="fix the file") from error
    if not isinstance(found, dict):
        raise OutsideError(f"{path} is not a docker configuration", hint="fix the file")
    return found


def _decoded(text: str, path: Path) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(text).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OutsideError(
            f"{path} has a login that cannot be read", hint="log in again"
        ) from error
    return user, password


def _from_helper(name: str, host: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    program = f"docker-credential-{name}"
    try:
        done = subprocess.run(
            [program, "get"],
            input=host,
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        if done.returncode != 0 and "credentials not found" in done.stdout.lower():
            return None
        found = json.loads(done.stdout)
        return str(found["Username"]), str(found["Secret"])
    except (OSError, ValueError, LookupError, TypeError, subprocess.TimeoutExpired) as error:
        raise OutsideError(
            f"{program} gave no login for {host}",
            hint=f"install or fix it, or log in with `docker login {host}`",
        ) from error
