"""A model hub on loopback, as small as its client allows; large files lie on another server."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.adapters.sources.faulty import FaultyServer

TOKEN = "Bearer hf_ours"
_LARGE = 1000


class FakeHub:
    """Repositories as files by commit; branches name commits. Private ones want the token."""

    def __init__(self, storage: FaultyServer) -> None:
        self.storage = storage
        self.commits: dict[tuple[str, str], dict[str, bytes]] = {}
        self.branches: dict[tuple[str, str], str] = {}
        self.private: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.hub = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def push(self, repository: str, files: dict[str, bytes], branch: str = "main") -> str:
        """Make ``branch`` a new commit with these files; return the commit."""
        text = json.dumps([repository, sorted((k, v.hex()) for k, v in files.items())])
        commit = hashlib.sha1(text.encode()).hexdigest()
        self.commits[repository, commit] = files
        self.branches[repository, branch] = commit
        for content in files.values():
            if len(content) > _LARGE:
                self.storage.serve(f"/{hashlib.sha256(content).hexdigest()}", content)
        return commit

    @contextmanager
    def running(self) -> Iterator[FakeHub]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def commit_of(self, repository: str, revision: str) -> str | None:
        if (repository, revision) in self.commits:
            return revision
        return self.branches.get((repository, revision))


def _entry(path: str, content: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
    entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": oid}
    if len(content) > _LARGE:
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 134}
    return entry


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        return None

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_GET(self) -> None:
        self._answer(b"")

    def do_HEAD(self) -> None:
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.hub: FakeHub = self.server.hub  # type: ignore[attr-defined]
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        if parts[0] == "api":
            parts += ["revision", "main"] if len(parts) == 4 else []
            repository, (action, revision, *rest) = "/".join(parts[2:4]), parts[4:]
        else:
            repository, (action, revision, *rest) = "/".join(parts[:2]), parts[2:]
        if repository in self.hub.private and self.headers.get("Authorization") != TOKEN:
            self._say(401, {"error": "no"}, {"X-Error-Code": "RepoNotFound"})
            return
        commit = self.hub.commit_of(repository, revision)
        if commit is None:
            known = any(name == repository for name, _ in self.hub.commits)
            code = "RevisionNotFound" if known else "RepoNotFound"
            self._say(404, {"error": "no"}, {"X-Error-Code": code})
            return
        files = self.hub.commits[repository, commit]
        getattr(self, f"_{action.replace('-', '_')}")(repository, commit, files, rest, body)

    def _revision(self, repository: str, commit: str, *_: Any) -> None:
        self._say(200, {"id": repository, "sha": commit, "siblings": []})

    def _paths_info(
        self, _: str, commit: str, files: dict[str, bytes], rest: list[str], body: bytes
    ) -> None:
        if body.startswith(b"{"):
            paths = json.loads(body)["paths"]
        else:
            paths = parse_qs(body.decode())["paths"]
        paths = [paths] if isinstance(paths, str) else paths
        found = [_entry(path, files[path]) for path in paths if path in files]
        for path in paths:
            if path not in files and any(name.startswith(f"{path}/") for name in files):
                found.append({"type": "directory", "path": path, "oid": "0" * 40})
        self._say(200, found)

    def _tree(
        self, _: str, commit: str, files: dict[str, bytes], rest: list[str], body: bytes
    ) -> None:
        below = "/".join([*rest, ""]) if rest else ""
        entries = [_entry(name, files[name]) for name in files if name.startswith(below)]
        self._say(200 if entries else 404, entries)

    def _resolve(
        self, _: str, commit: str, files: dict[str, bytes], rest: list[str], body: bytes
    ) -> None:
        content = files.get("/".join(rest))
        if content is None:
            self._say(404, {"error": "no"}, {"X-Error-Code": "EntryNotFound"})
        elif len(content) > _LARGE:
            place = f"{self.hub.storage.url}/{hashlib.sha256(content).hexdigest()}"
            self._say(302, {}, {"Location": place.replace("127.0.0.1", "localhost")})
        else:
            self._say(200, content, {"ETag": 'W/"x"'})

    def _say(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
