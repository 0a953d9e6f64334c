"""What the model's environment is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mlpack.core.errors import Problem
from mlpack.manifest.document import join
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.rules.requirement import (
    NO_VARIABLES,
    check_requirement,
    check_url,
    torch_build,
)
from mlpack.manifest.rules.requirement_lines import check_name
from mlpack.manifest.rules.values import is_time
from mlpack.manifest.view import View

if TYPE_CHECKING:
    from mlpack.manifest.model import Dependencies, Pyproject
_AT = "/dependencies"


def parse(view: View) -> Dependencies:
    """Return the dependencies; a plain list is one of requirements."""
    from mlpack.manifest.model import Dependencies

    written = _long_form(view.keys["dependencies"])
    sdist = written.get("allow_sdist", True)
    return Dependencies(
        file=PurePosixPath(written["file"]) if "file" in written else None,
        pyproject=_pyproject(written["pyproject"]) if "pyproject" in written else None,
        constraints=tuple(PurePosixPath(path) for path in written.get("constraints", ())),
        allow_sdist=sdist if isinstance(sdist, bool) else tuple(sdist),
        requirements=tuple(written.get("requirements", ())),
        index_url=written.get("index_url"),
        extra_index_urls=tuple(written.get("extra_index_urls", ())),
        find_links=tuple(written.get("find_links", ())),
        torch_backend=written.get("torch_backend"),
        exclude_newer=written.get("exclude_newer"),
        no_build_isolation=tuple(written.get("no_build_isolation", ())),
        platforms=tuple(written.get("platforms", ())),
        allow_unhashed=tuple(written.get("allow_unhashed", ())),
    )


def _pyproject(written: dict[str, Any]) -> Pyproject:
    from mlpack.manifest.model import Pyproject

    return Pyproject(
        path=PurePosixPath(written.get("path", "pyproject.toml")),
        extras=tuple(written.get("extras", ())),
        groups=tuple(written.get("groups", ())),
    )


def _long_form(written: Any) -> dict[str, Any]:
    return {"requirements": written} if isinstance(written, list) else written


def check(view: View) -> Iterator[Problem]:
    """Yield what is wrong with requirements, files, indexes and times."""
    if "dependencies" not in view.keys:
        return
    written = _long_form(view.keys["dependencies"])
    at = _AT if isinstance(view.keys["dependencies"], list) else f"{_AT}/requirements"
    unhashed = [_normal(name) for name in written.get("allow_unhashed", ())]
    for index, line in enumerate(written.get("requirements", ())):
        wrong = list(check_requirement(view, line, join(at, index), unhashed))
        yield from wrong or check_name(view, line, join(at, index))
    wrong = list(_check_files(view, written))
    yield from wrong or _check_lines(view, written, unhashed)
    yield from _check_sources(view, written)
    if "exclude_newer" in written and not is_time(written["exclude_newer"].upper()):
        message = f"`{written['exclude_newer']}` is not a valid date and time"
        hint = 'Write a time with its zone, such as "2026-11-01T00:00:00Z".'
        yield view.problem("bad-value", message, at=f"{_AT}/exclude_newer", hint=hint)


def _check_files(view: View, written: dict[str, Any]) -> Iterator[Problem]:
    if "file" in written:
        yield from check_path(view, written["file"], f"{_AT}/file", kind="file")
    if "pyproject" in written:
        path = written["pyproject"].get("path", "pyproject.toml")
        yield from check_path(view, path, f"{_AT}/pyproject/path", kind="file")
    for index, path in enumerate(written.get("constraints", ())):
        yield from check_path(view, path, join(_AT, "constraints", index), kind="file")


def _check_lines(view: View, written: dict[str, Any], unhashed: list[str]) -> Iterator[Problem]:
    """Yield what is wrong with the lines of the files that the manifest names."""
    if not {"file", "pyproject", "constraints"} & written.keys():
        return
    # In here: most manifests name no file, and reading one takes a parser.
    from mlpack.manifest.rules.requirement_files import read_requirement_file
    from mlpack.manifest.rules.requirement_lines import Asked, Source

    def named(path: str, *keys: str | int) -> Source:
        return Source(name=path, span=view.document.span(join(_AT, *keys)))

    asked = Asked(
        root=view.root,
        folder=str(PurePosixPath(view.document.file).parent),
        allow_unhashed=tuple(unhashed),
        python=str(view.keys.get("python", "")),
    )
    if "file" in written:
        path = written["file"]
        read_requirement_file(asked, PurePosixPath(path), named(path, "file"))
    if "pyproject" in written:
        from mlpack.manifest.rules.pyproject import read_pyproject

        stated = _pyproject(written["pyproject"])
        read_pyproject(asked, stated, named(str(stated.path), "pyproject"))
    for index, path in enumerate(written.get("constraints", ())):
        source = named(path, "constraints", index)
        read_requirement_file(asked, PurePosixPath(path), source, constraining=True)
    yield from asked.problems
    yield from asked.warnings
    elsewhere = {"torch_backend", "index_url", "extra_index_urls", "find_links"} & written.keys()
    if elsewhere or asked.index_url or asked.extra_index_urls or asked.find_links:
        return
    for entry in (*asked.requirements, *asked.constraints):
        if found := torch_build(entry.name, entry.text):
            yield replace(found, span=entry.span)


def _check_sources(view: View, written: dict[str, Any]) -> Iterator[Problem]:
    urls = {f"{_AT}/index_url": written[key] for key in ("index_url",) if key in written}
    for key in ("extra_index_urls", "find_links"):
        urls.update({join(_AT, key, i): url for i, url in enumerate(written.get(key, ()))})
    for at, url in urls.items():
        if "${" in url or url.startswith("$"):
            hint = "Write out the URL; to use a mirror, set uv's own variables."
            yield view.problem("variable", NO_VARIABLES, at=at, hint=hint)
        elif "://" in url:
            yield from check_url(view, url, at)
        else:
            yield from check_path(view, url, at, kind="folder")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
