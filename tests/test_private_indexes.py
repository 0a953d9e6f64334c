"""Every way in docs/private-indexes.md opens a real index: its commands are run as they stand.

Only hosts are replaced, by loopback; behind the proxy not even those.
"""

from __future__ import annotations

import os
import re
import select
import socket
import ssl
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from uv import find_uv_bin

from tests.conftest import ROOT
from tests.indexes import Index
from tests.workflow.conftest import MANIFEST, write_project

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/private-indexes.md").read_text(encoding="utf-8")
USER, PASSWORD = "ada", "s3cret"
HOST = "https://packages.example.org"
# What the program of that name does, with a file instead of a service of the system.
KEYRING = f"""#!{sys.executable}
import json, pathlib, sys
store = pathlib.Path(__file__).with_name("store.json")
known = json.loads(store.read_text()) if store.exists() else {{}}
command, service, user = sys.argv[1:]
if command == "set":
    known[service + " " + user] = sys.stdin.readline().strip()
    store.write_text(json.dumps(known))
elif service + " " + user in known:
    print(known[service + " " + user])
else:
    sys.exit(1)
"""


def commands(heading: str) -> str:
    """Return the commands below a heading of the page."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    (block,) = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the dependencies that the page shows."""
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    head, _, _ = MANIFEST.partition("dependencies:")
    return write_project(tmp_path / "project", manifest=head + shown)


def filled(index: Index) -> Index:
    index.wheel("mlflow-skinny", "3.17.2")
    index.wheel("our-features", "1.0")
    return index


@pytest.fixture
def index() -> Iterator[Index]:
    """An index that wants to know who asks."""
    with filled(Index(login=(USER, PASSWORD))).served() as found:
        yield found


def run(script: str, project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run commands as a user of this home would: without any variable but those they set."""
    programs = home / "bin"
    programs.mkdir(parents=True)
    program(programs / "mlpack", f'#!/bin/sh\nexec {sys.executable} -m mlpack "$@"\n')
    program(programs / "uv", f'#!/bin/sh\nexec {find_uv_bin()} "$@"\n')
    program(programs / "keyring", KEYRING)
    variables = {name: os.environ[name] for name in ("PYENV_ROOT",) if name in os.environ}
    return subprocess.run(
        ["sh", "-ec", script],
        cwd=project,
        env={
            **variables,
            "HOME": str(home),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "MLPACK_CACHE_DIR": str(home / "cache"),
        },
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=False,
    )


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def replaced(text: str, index: Index) -> str:
    """Return ``text`` with the page's hosts replaced by the index's."""
    place = index.url.removesuffix("/simple")
    text = re.sub(r"https://(packages|mirror)\.example\.org", place, text)
    return text.replace("machine packages.example.org", "machine 127.0.0.1")


def locked(done: subprocess.CompletedProcess[str], project: Path) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    lock = (project / "mlpack.lock").read_text()
    assert "our-features" in lock
    assert "127.0.0.1" not in lock
    assert PASSWORD not in lock + done.stdout + done.stderr


WAYS = ["A netrc file", "Variables, as in CI", "A keyring", "uv's own store"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", ["index_url", "extra_index_urls"])
def test_a_login(index: Index, project: Path, tmp_path: Path, way: str, key: str) -> None:
    manifest = replaced((project / "mlpack.yaml").read_text(), index)
    if key == "extra_index_urls":
        manifest = re.sub(r"index_url: (\S+)", r"extra_index_urls: [\1]", manifest)
    (project / "mlpack.yaml").write_text(manifest)
    refused = run("mlpack lock", project, tmp_path / "stranger")
    assert refused.returncode == 7
    assert "refused the request: 401" in refused.stderr
    done = run(replaced(commands(way), index), project, tmp_path / "home")
    locked(done, project)


def test_a_mirror(project: Path, tmp_path: Path) -> None:
    with filled(Index()).served() as mirror:
        locked(run(replaced(commands("A mirror"), mirror), project, tmp_path / "home"), project)


def certified(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server's side of TLS, and the file with the authority behind it."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    return context, folder / "authority.pem"


def test_an_authority_of_ones_own(project: Path, tmp_path: Path) -> None:
    context, known = certified(tmp_path, "127.0.0.1")
    script = commands("An authority of your own").replace("/etc/ssl/our-authority.pem", str(known))
    with filled(Index(tls=context)).served() as index:
        manifest = replaced((project / "mlpack.yaml").read_text(), index)
        (project / "mlpack.yaml").write_text(manifest)
        unknown = run("UV_HTTP_RETRIES=0 mlpack lock", project, tmp_path / "stranger")
        assert unknown.returncode == 7
        assert "The package index's certificate is not trusted" in unknown.stderr
        assert "set SSL_CERT_FILE" in unknown.stderr
        locked(run(script, project, tmp_path / "home"), project)


@contextmanager
def proxy(port: int, asked: list[str]) -> Iterator[str]:
    """Serve a proxy that knows one user, and leads every host to ``port``; yield its host."""
    login = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if self.headers.get("Proxy-Authorization") != login:
                self.send_response(407)
                self.send_header("Proxy-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            with socket.create_connection(("127.0.0.1", port)) as there:
                ends = {self.connection: there, there: self.connection}
                while ready := select.select(list(ends), [], [], 20)[0]:
                    for end in ready:
                        content = end.recv(65536)
                        if not content:
                            return
                        ends[end].sendall(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_proxy(project: Path, tmp_path: Path) -> None:
    context, known = certified(tmp_path, "packages.example.org")
    asked: list[str] = []
    with filled(Index(tls=context)).served() as index, proxy(index.port, asked) as place:
        script = commands("A proxy").replace("proxy.example.org:3128", place)
        trusted = f"export SSL_CERT_FILE={known} UV_HTTP_RETRIES=0\n"
        stranger = script.replace(f"{USER}:{PASSWORD}@", "")
        refused = run(trusted + stranger, project, tmp_path / "stranger")
        assert refused.returncode == 7
        assert "The proxy refused the request: 407" in refused.stderr, refused.stderr
        locked(run(trusted + script, project, tmp_path / "home"), project)
    assert set(asked) == {"packages.example.org:443"}
