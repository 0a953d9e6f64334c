"""Debian's container registry on loopback: plain, with TLS, and with a login."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.adapters.sources.emulators import free_port, running

# `team:very-secret` as bcrypt has it.
HTPASSWD = "team:$2b$05$UGHSrFzcozcE7BhMnhtVu.0YSYlK8Lj5utl8mB1ZFTCmPbFZkNqba"


@contextmanager
def registry(folder: Path, *, tls: bool = False, htpasswd: str | None = None) -> Iterator[str]:
    """Yield the host and port of an empty registry; its authority's file is ``folder/ca.pem``."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry (Debian's package of that name) is not installed")
    port = free_port()
    text = f"version: 0.1\nstorage:\n  filesystem: {{rootdirectory: {folder}/data}}\n"
    text += f"http:\n  addr: 127.0.0.1:{port}\n"
    if tls:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        server = authority.issue_cert("127.0.0.1")
        server.private_key_pem.write_to_path(str(folder / "key.pem"))
        server.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        text += f"  tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}\n"
    if htpasswd is not None:
        (folder / "htpasswd").write_text(htpasswd)
        text += f"auth: {{htpasswd: {{realm: models, path: {folder}/htpasswd}}}}\n"
    (folder / "config.yml").write_text(text)
    with running([program, "serve", folder / "config.yml"], port, folder):
        yield f"127.0.0.1:{port}"
