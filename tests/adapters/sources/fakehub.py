"""A model hub on loopback, as small as its client allows; large files are on another server."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
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
        self.history: dict[str, list[tuple[str, str]]] = {}
        """Of each commit, itself and its title with those before it, newest first."""
        self.readers: set[str] = set()
        """Tokens that may not write."""
        self.received: list[str] = []
        """The digests of large files that were uploaded."""
        self.before_commit: list[Callable[[], object]] = []
        """What happens once each, just before a commit arrives."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.hub = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def push(
        self,
        repository: str,
        files: dict[str, bytes],
        branch: str = "main",
        title: str = "",
    ) -> str:
        """Make ``branch`` a new commit with these files; return the commit."""
        before = self.history.get(self.branches.get((repository, branch), ""), [])
        text = json.dumps([repository, sorted((k, v.hex()) for k, v in files.items()), before])
        commit = hashlib.sha1(text.encode()).hexdigest()
        self.history[commit] = [(commit, title), *before]
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

    def do_PUT(self) -> None:
        """Take a large file, as the storage behind the hub does: without the token."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        digest = urlsplit(self.path).path.rpartition("/")[2]
        assert "Authorization" not in self.headers
        assert hashlib.sha256(content).hexdigest() == digest
        self.hub.received.append(digest)
        self.hub.storage.serve(f"/{digest}", content)
        self._say(200, {})

    def do_GET(self) -> None:
        self._answer(b"")

    def do_HEAD(self) -> None:
        self._answer(b"")

    @property
    def hub(self) -> FakeHub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def _answer(self, body: bytes) -> None:
        # A branch may have a slash in its name, which is then escaped.
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        if parts[:2] in (["api", "repos"], ["api", "validate-yaml"]):
            self._answer_besides(parts, json.loads(body))
            return
        if parts[0] == "api":
            parts += ["revision", "main"] if len(parts) == 4 else []
            repository, (action, revision, *rest) = "/".join(parts[2:4]), parts[4:]
        elif parts[2:4] == ["info", "lfs"]:
            repository, action, revision, rest = (
                "/".join(parts[:2]).removesuffix(".git"),
                "lfs",
                "main",
                [],
            )
        else:
            repository, (action, revision, *rest) = "/".join(parts[:2]), parts[2:]
        if repository in self.hub.private and self.headers.get("Authorization") != TOKEN:
            self._say(401, {"error": "no"}, {"X-Error-Code": "RepoNotFound"})
            return
        if action in ("preupload", "commit", "branch", "lfs") and not self._may_write():
            return
        commit = self.hub.commit_of(repository, "main" if action == "branch" else revision)
        if commit is None:
            known = any(name == repository for name, _ in self.hub.commits)
            code = "RevisionNotFound" if known else "RepoNotFound"
            self._say(404, {"error": "no"}, {"X-Error-Code": code})
            return
        files = self.hub.commits[repository, commit]
        rest = [revision, *rest] if action in ("commit", "branch") else rest
        getattr(self, f"_{action.replace('-', '_')}")(repository, commit, files, rest, body)

    def _may_write(self) -> bool:
        token = self.headers.get("Authorization")
        if token == TOKEN:
            return True
        if token in self.hub.readers:
            self._say(403, {"error": "no"}, {"X-Error-Message": "No rights to write"})
        else:
            self._say(401, {"error": "no"}, {"X-Error-Message": "Invalid username or password."})
        return False

    def _answer_besides(self, parts: list[str], asked: dict[str, Any]) -> None:
        if parts[1] == "validate-yaml":
            self._say(200, {"errors": [], "warnings": []})
            return
        if not self._may_write():
            return
        repository = f"{asked['organization']}/{asked['name']}"
        url = {"url": f"{self.hub.url}/{repository}"}
        if (repository, "main") in self.hub.branches:
            self._say(409, url)
            return
        if asked.get("visibility") == "private" or asked.get("private"):
            self.hub.private.add(repository)
        self.hub.push(repository, {".gitattributes": b"*.bin filter=lfs\n"}, title="initial commit")
        self._say(200, url)

    def _branch(
        self, repository: str, commit: str, _: dict[str, bytes], rest: list[str], body: bytes
    ) -> None:
        if (repository, rest[0]) in self.hub.branches:
            self._say(409, {"error": "exists"})
            return
        self.hub.branches[repository, rest[0]] = commit
        self._say(200, {})

    def _commits(self, _: str, commit: str, *__: Any) -> None:
        found = [
            {
                "id": each,
                "authors": [],
                "date": "2026-01-01T00:00:00.000Z",
                "title": title,
                "message": "",
            }
            for each, title in self.hub.history[commit]
        ]
        self._say(200, found)

    def _preupload(
        self, _: str, commit: str, files: dict[str, bytes], rest: list[str], body: bytes
    ) -> None:
        asked = json.loads(body)
        ignored = (asked.get("gitIgnore") or files.get(".gitignore", b"").decode()).splitlines()
        found = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["size"] > _LARGE else "regular",
                "shouldIgnore": file["path"] in ignored,
                "oid": None,
            }
            for file in asked["files"]
        ]
        self._say(200, {"files": found})

    def _lfs(self, _: str, commit: str, __: Any, rest: list[str], body: bytes) -> None:
        found = []
        for each in json.loads(body)["objects"]:
            answer = {"oid": each["oid"], "size": each["size"]}
            if f"/{each['oid']}" not in self.hub.storage.pages:
                href = f"{self.hub.url}/upload/{each['oid']}?X-Amz-Signature=very-secret"
                answer["actions"] = {"upload": {"href": href}}
            found.append(answer)
        self._say(200, {"transfer": "basic", "objects": found})

    def _commit(self, repository: str, _: str, __: Any, rest: list[str], body: bytes) -> None:
        if self.hub.before_commit:
            self.hub.before_commit.pop()()
        head = self.hub.branches[repository, rest[0]]
        files = dict(self.hub.commits[repository, head])
        lines = [json.loads(line) for line in body.splitlines()]
        header = lines.pop(0)["value"]
        if header.get("parentCommit") not in (None, head):
            self._say(412, {"error": "A commit has happened since."})
            return
        for line in lines:
            path = line["value"]["path"]
            if line["key"] == "deletedFile":
                del files[path]
            elif line["key"] == "lfsFile":
                files[path] = self.hub.storage.pages[f"/{line['value']['oid']}"].content
            else:
                files[path] = base64.b64decode(line["value"]["content"])
        commit = self.hub.push(repository, files, rest[0], header["summary"])
        self._say(200, {"commitUrl": f"{self.hub.url}/{repository}", "commitOid": commit})

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
