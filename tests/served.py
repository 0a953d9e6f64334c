"""What the cases of ``cases/build`` find on the network, on loopback and the same in each run.

A case cannot know a port: it writes ``http://index.invalid/simple``, ``http://index.invalid/links``,
``git+http://git.invalid/leaf@<commit>`` or ``http://files.invalid/<its own path>``, and gets the
addresses filled in when its project is copied.
"""

from __future__ import annotations

import contextlib
import functools
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from tests import gits
from tests.indexes import Index, sdist_files


@contextlib.contextmanager
def places(cases: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Serve all of it; yields each placeholder's host and port. ``folder`` takes repositories."""
    with contextlib.ExitStack() as stack:
        index = stack.enter_context(_index().served())
        files = stack.enter_context(_files(cases))
        gits.commit(folder / "leaf", sdist_files("mlpack-case-leaf", "1.0"))
        git = stack.enter_context(gits.served(folder))
        yield {
            "index.invalid": index.host,
            "files.invalid": files,
            "git.invalid": git.removeprefix("http://"),
        }


def fill(project: Path, known: Mapping[str, str]) -> None:
    """Replace the placeholders in the text files at the top of a project."""
    for path in project.iterdir():
        if path.suffix in (".yaml", ".txt", ".in", ".toml"):
            text = path.read_text()
            for name, host in known.items():
                text = text.replace(f"http://{name}/", f"http://{host}/")
            path.write_text(text)


def _index() -> Index:
    index = Index(beyond=default_index())
    index.wheel("mlpack-case-wheel", "1.0")
    index.wheel("mlpack-case-wheel", "2.0", uploaded="2026-11-25T00:00:00Z")
    index.sdist("mlpack-case-source", "1.0")
    index.wheel("mlpack-case-wheel-or-source", "1.0")
    index.sdist("mlpack-case-wheel-or-source", "2.0")
    index.sdist("mlpack-case-late", "1.0", setup="import mlpack_case_wheel")
    return index


def default_index() -> str:
    """Ask uv which index it takes where none is given."""
    command = [find_uv_bin(), "pip", "compile", "--emit-index-url", "--no-header", "--quiet", "-"]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=True)
    (index,) = re.findall(r"^--index-url (\S+)$", done.stdout, re.MULTILINE)
    return str(index).rstrip("/")


@contextlib.contextmanager
def _files(root: Path) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    handler = functools.partial(Handler, directory=str(root))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
