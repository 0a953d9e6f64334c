"""A package index on loopback, and the wheels and source distributions that it serves.

Small enough to be made in a test, real enough for uv and pip: PEP 503 pages, PEP 691 JSON, files
with a RECORD that holds. What real indexes do wrong can be asked for: wrong hashes, no upload
times, a login.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import html
import io
import json
import os
import ssl
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

UPLOADED = "2026-01-15T00:00:00Z"


@dataclass(kw_only=True)
class Held:
    """One file of the index; ``stated`` is the hash that its page gives, true or not."""

    filename: str
    content: bytes
    stated: str
    requires_python: str | None = None
    uploaded: str | None = UPLOADED
    yanked: str | bool = False
    """Whether it is yanked (PEP 592), or the reason why."""


@dataclass(kw_only=True)
class Index:
    """What is served, how, and what was asked of it."""

    projects: dict[str, list[Held]] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    json: bool = True
    tls: ssl.SSLContext | None = None
    upload_times: bool = True
    beyond: str = ""
    """The index that pages of other projects are taken from."""
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}/simple"

    def url_as(self, user: str, password: str) -> str:
        return f"http://{user}:{password}@{self.host}/simple"

    def wheel(
        self,
        name: str,
        version: str,
        *,
        needs: Sequence[str] = (),
        requires_python: str | None = None,
        tag: str = "py3-none-any",
        files: Mapping[str, str] | None = None,
        stated: str | None = None,
        uploaded: str | None = UPLOADED,
    ) -> Held:
        """Make a wheel and serve it."""
        content = wheel_bytes(name, version, needs, requires_python, tag, files)
        filename = f"{name.replace('-', '_')}-{version}-{tag}.whl"
        return self._hold(name, filename, content, stated, requires_python, uploaded)

    def sdist(
        self,
        name: str,
        version: str,
        *,
        needs: Sequence[str] = (),
        requires_python: str | None = None,
        setup: str = "",
        uploaded: str | None = UPLOADED,
    ) -> Held:
        """Make a source distribution whose own backend builds it, and serve it.

        ``setup`` is code that runs whenever its metadata is asked for or it is built.
        """
        content = sdist_bytes(name, version, needs, requires_python, setup)
        filename = f"{name.replace('-', '_')}-{version}.tar.gz"
        return self._hold(name, filename, content, None, requires_python, uploaded)

    def _hold(
        self,
        name: str,
        filename: str,
        content: bytes,
        stated: str | None,
        requires_python: str | None,
        uploaded: str | None,
    ) -> Held:
        held = Held(
            filename=filename,
            content=content,
            stated=stated or hashlib.sha256(content).hexdigest(),
            requires_python=requires_python,
            uploaded=uploaded,
        )
        self.projects.setdefault(name, []).append(held)
        return held

    @contextlib.contextmanager
    def served(self) -> Iterator[Index]:
        """Serve until the end of the block, on a free port."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self.port = server.server_address[1]
        if self.tls:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def surroundings(index: Index, tmp_path: Path, **more: str) -> dict[str, str]:
    """Return variables under which uv finds this index, an empty cache, and no setting else."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "UV_DEFAULT_INDEX": index.url,
        **more,
    }


@dataclass(kw_only=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    kind: str = "text/plain"
    more: Mapping[str, str] = field(default_factory=dict)


def _answer(index: Index, path: str, login: str | None) -> Answer:
    index.asked.append(path)
    if index.login and login != _basic(*index.login):
        return Answer(status=401, body=b"who are you?", more={"WWW-Authenticate": "Basic"})
    place, _, name = path.split("?")[0].strip("/").partition("/")
    if place == "simple" and name in index.projects:
        return _page(index, name)
    if place == "simple" and index.beyond:
        return Answer(status=302, body=b"", more={"Location": f"{index.beyond}/{name}/"})
    if place == "links":
        every = [held for files in index.projects.values() for held in files]
        return Answer(status=200, body=_html_page(every).encode(), kind="text/html")
    if place == "files" and (held := _file(index, name)):
        return Answer(status=200, body=held.content, kind="application/octet-stream")
    return Answer(status=404, body=b"no such page")


def _page(index: Index, name: str) -> Answer:
    if index.json:
        kind, text = "application/vnd.pypi.simple.v1+json", _json_page(index, name)
    else:
        kind, text = "text/html", _html_page(index.projects[name])
    return Answer(status=200, body=text.encode(), kind=kind)


def _handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = _answer(index, self.path, self.headers.get("Authorization"))
            self.send_response(answer.status)
            for key, value in {"Content-Type": answer.kind, **answer.more}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the tests read ``index.asked``."""

    return Handler


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _file(index: Index, filename: str) -> Held | None:
    every = (held for files in index.projects.values() for held in files)
    return next((held for held in every if held.filename == filename), None)


def _json_page(index: Index, name: str) -> str:
    files = [
        {
            "filename": held.filename,
            "url": f"/files/{held.filename}",
            "hashes": {"sha256": held.stated},
            "size": len(held.content),
            **({"requires-python": held.requires_python} if held.requires_python else {}),
            **({"upload-time": held.uploaded} if index.upload_times and held.uploaded else {}),
            **({"yanked": held.yanked} if held.yanked else {}),
        }
        for held in index.projects[name]
    ]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": files})


def _html_page(files: Sequence[Held]) -> str:
    links = []
    for held in files:
        requires = held.requires_python
        more = f' data-requires-python="{html.escape(requires)}"' if requires else ""
        if held.yanked:
            reason = held.yanked if isinstance(held.yanked, str) else ""
            more += f' data-yanked="{html.escape(reason)}"'
        url = f"/files/{held.filename}" + (f"#sha256={held.stated}" if held.stated else "")
        links.append(f'<a href="{url}"{more}>{held.filename}</a><br/>')
    return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"


def wheel_bytes(
    name: str,
    version: str,
    needs: Sequence[str] = (),
    requires_python: str | None = None,
    tag: str = "py3-none-any",
    files: Mapping[str, str] | None = None,
) -> bytes:
    """Return a wheel with one module, whose RECORD holds."""
    stem = f"{name.replace('-', '_')}-{version}"
    module = name.replace("-", "_")
    content = dict(files or {f"{module}.py": f"VERSION = {version!r}\n"})
    content[f"{stem}.dist-info/METADATA"] = metadata(name, version, needs, requires_python)
    content[f"{stem}.dist-info/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    )
    record = "".join(
        f"{path},sha256={_record_hash(text)},{len(text)}\n" for path, text in content.items()
    )
    content[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return buffer.getvalue()


def sdist_bytes(
    name: str,
    version: str,
    needs: Sequence[str] = (),
    requires_python: str | None = None,
    setup: str = "",
) -> bytes:
    """Return a source distribution that brings its own build backend and needs no other."""
    stem = f"{name.replace('-', '_')}-{version}"
    files = sdist_files(name, version, needs, requires_python, setup)
    buffer = io.BytesIO()
    # The time in gzip's header would give each run another hash.
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def sdist_files(
    name: str,
    version: str,
    needs: Sequence[str] = (),
    requires_python: str | None = None,
    setup: str = "",
) -> dict[str, str]:
    """Return the files of a project that brings its own build backend."""
    stem = f"{name.replace('-', '_')}-{version}"
    wheel = base64.b64encode(wheel_bytes(name, version, needs, requires_python)).decode()
    backend = (
        "import base64, pathlib\n"
        f"{setup}\n"
        f"WHEEL = '{wheel}'\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        f"    name = '{stem}-py3-none-any.whl'\n"
        "    pathlib.Path(directory, name).write_bytes(base64.b64decode(WHEEL))\n"
        "    return name\n"
        "def build_sdist(directory, config_settings=None):\n"
        "    raise NotImplementedError\n"
    )
    return {
        "PKG-INFO": metadata(name, version, needs, requires_python),
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
        'backend-path = ["."]\n',
        "backend.py": backend,
    }


def metadata(
    name: str, version: str, needs: Sequence[str] = (), requires_python: str | None = None
) -> str:
    """Return core metadata."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {need}" for need in needs]
    return "\n".join(lines) + "\n"


def _record_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
