"""A real HTTP server on loopback that serves bytes with ranges, and fails as it is told to."""

from __future__ import annotations

import hashlib
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BLOCK = 65536


@dataclass(slots=True, kw_only=True)
class Page:
    """One resource: its bytes, and what goes wrong with it.

    ``drops`` answers end after ``cut`` bytes of their body, though they promise all of it;
    ``fails`` answers carry ``status``. With ``times`` at 0 a fault never ends.
    """

    content: bytes = b""
    status: int = 200
    times: int = -1
    """How many answers carry ``status``; -1: all."""
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    etag: bool = True
    length: int | None = None
    """A ``Content-Length`` of its own (-1: none); the body stays as it is."""
    chunked: bool = False
    head: int = 200
    """What HEAD is answered with."""
    drops: int = 0
    """How many answers break off; -1: all."""
    cut: int = 0
    """After how many bytes of the body they do."""
    pause: float = 0.0
    """Seconds after each block."""
    token: str | None = None
    """The ``Authorization`` header without which there is a 401."""
    dead: int | None = None
    """Ranges that begin there or later are answered with 503."""
    swap: bytes | None = None
    """Content that takes the place of the first once an answer broke off."""

    @property
    def tag(self) -> str:
        return f'"{hashlib.md5(self.content).hexdigest()}"'


class FaultyServer:
    """Pages by path; ``seen`` counts requests as ``GET /path``, ``sent`` bytes of bodies."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.seen: Counter[str] = Counter()
        self.sent = 0
        self.ranges: list[str] = []
        self.logins: list[str | None] = []
        self.lock = threading.Lock()
        self._server = _Server(self)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, path: str, content: bytes = b"", **faults: Any) -> str:
        """Serve ``content`` at ``path``; return its URL."""
        self.pages[path] = Page(content=content, **faults)
        return self.url + path

    @contextmanager
    def running(self) -> Iterator[FaultyServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, faulty: FaultyServer) -> None:
        self.faulty = faulty
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: object) -> None:
        return None

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        faulty = self.server.faulty
        with faulty.lock:
            faulty.seen[f"{self.command} {self.path}"] += 1
            faulty.logins.append(self.headers.get("Authorization"))
            if wanted := self.headers.get("Range"):
                faulty.ranges.append(wanted)
            page = faulty.pages.get(self.path)
            refused = (404, {}) if page is None else self._refusal(page, body=body)
        if refused is not None:
            self._refuse(*refused)
        elif page is not None:
            self._serve(page, body=body)

    def _refusal(self, page: Page, *, body: bool) -> tuple[int, dict[str, str]] | None:
        match = self.headers.get("If-Match")
        if page.token and self.headers.get("Authorization") != page.token:
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}
        if page.status != 200 and page.times != 0:
            page.times -= 1
            return page.status, page.headers
        if not body and page.head != 200:
            return page.head, {}
        if match and page.etag and match != page.tag:
            return 412, {}
        if page.dead is not None and self._first() >= page.dead:
            return 503, {}
        if not page.content and page.ranges and "Range" in self.headers:
            return 416, {"Content-Range": "bytes */0"}
        return None

    def _first(self) -> int:
        found = re.match(r"bytes=(\d+)", self.headers.get("Range", ""))
        return int(found[1]) if found else 0

    def _refuse(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _serve(self, page: Page, *, body: bool) -> None:
        content = page.content
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if found and page.ranges:
            first = int(found[1])
            last = min(int(found[2] or len(content) - 1), len(content) - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            content = content[first : last + 1]
        else:
            self.send_response(200)
        self._describe(page, len(content))
        if body:
            self._send(page, content)

    def _describe(self, page: Page, length: int) -> None:
        if page.etag:
            self.send_header("ETag", page.tag)
            self.send_header("Last-Modified", formatdate(1_700_000_000, usegmt=True))
        if page.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif page.length != -1:
            self.send_header("Content-Length", str(length if page.length is None else page.length))
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, page: Page, content: bytes) -> None:
        with self.server.faulty.lock:
            breaks = page.drops != 0 and len(content) > page.cut
            if breaks:
                page.drops -= 1
                content = content[: page.cut]
        for start in range(0, len(content), BLOCK):
            block = content[start : start + BLOCK]
            framed = f"{len(block):x}\r\n".encode() + block + b"\r\n" if page.chunked else block
            self.wfile.write(framed)
            with self.server.faulty.lock:
                self.server.faulty.sent += len(block)
            time.sleep(page.pause)
        if breaks:
            if page.swap is not None:
                page.content, page.swap = page.swap, None
            self.close_connection = True
        elif page.chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif page.length is not None:
            self.close_connection = True
