"""Who asks an index: the logins that uv would take from a keyring, or from its own store."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from urllib.parse import unquote, urlsplit

from mlpack.adapters.uv.command import Uv
from mlpack.adapters.uv.surroundings import with_known_credentials, without_user

Login = tuple[str, str]
"""User and password."""
_PATIENCE = 60.0


def login_for(uv: Uv, index: str) -> Login | None:
    """Return the login for an index that refused whoever the environment and netrc name.

    As uv does: a keyring is asked where ``UV_KEYRING_PROVIDER`` says so and the user is known;
    ``uv auth login`` has a store of its own.
    """
    return _from_keyring(uv, index) or _from_store(uv, index)


def _from_keyring(uv: Uv, index: str) -> Login | None:
    known = urlsplit(with_known_credentials(uv.environ, index))
    program = shutil.which("keyring", path=uv.environ.get("PATH"))
    if uv.environ.get("UV_KEYRING_PROVIDER") != "subprocess" or not (program and known.username):
        return None
    user = unquote(known.username)
    for service in (without_user(index), known.netloc.rpartition("@")[2]):
        if password := _said([program, "get", service, user], uv).rstrip("\r\n"):
            return user, password
    return None


def _from_store(uv: Uv, index: str) -> Login | None:
    asking = ["auth", "helper", "--protocol=bazel", "--preview-features=auth-helper", "get"]
    said = _said([str(uv.executable), *asking], uv, json.dumps({"uri": without_user(index)}))
    try:
        (header,) = json.loads(said)["headers"]["Authorization"]
        user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (ValueError, KeyError, TypeError):
        return None
    return user, password


def _said(argv: list[str], uv: Uv, asked: str = "") -> str:
    """Return what a program wrote; nothing where it failed."""
    try:
        done = subprocess.run(
            argv,
            input=asked,
            env=dict(uv.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
