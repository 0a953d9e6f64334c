"""pip's requirement files, read with their line numbers, ``-r`` and ``-c`` followed.

Written here because nothing maintained does it: pip-requirements-parser had its last release in
2022, requirements-parser follows neither ``-c`` nor places, and pip's own parser is no interface.
The grammar is small (https://pip.pypa.io/en/stable/reference/requirements-file-format/), and each
requirement itself is read by ``packaging``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from mlpack.core.errors import Problem
from mlpack.manifest.rules.requirement import check_requirement, check_url
from mlpack.manifest.rules.requirement_lines import Asked, Source, line_span

_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_LONG = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-i": "--index-url",
    "-f": "--find-links",
    "-e": "--editable",
    "--pypi-url": "--index-url",
}
# They change nothing here: hashes are always required, and the newest release is always preferred.
_IDLE = frozenset({"--require-hashes", "--prefer-binary", "--use-feature"})
_WAYS_OUT = {
    "--pre": "Request the pre-release explicitly: `name>=2.0rc1`.",
    "--no-binary": "List the packages to build from source in `dependencies.allow_sdist`.",
    "--only-binary": "List the packages to build from source in `dependencies.allow_sdist`.",
    "--trusted-host": "Set the variable UV_INSECURE_HOST on the machines that need it; the index "
    "itself is `dependencies.index_url`.",
    "--no-index": "Set the variable UV_NO_INDEX on the machines that need it.",
}
# The manifest's keys that say the same as an option.
_KEYS = {
    "--index-url": "dependencies.index_url",
    "--extra-index-url": "dependencies.extra_index_urls",
    "--find-links": "dependencies.find_links",
}


def read_requirement_file(
    asked: Asked,
    path: PurePosixPath,
    named: Source,
    *,
    constraining: bool = False,
    within: tuple[PurePosixPath, ...] = (),
) -> None:
    """Take in a requirement file of the project, and those that it includes.

    ``named`` is where the file is named; ``within`` are the files that led here.
    """
    if path in within:
        chain = " → ".join(f"`{each}`" for each in (*within[within.index(path) :], path))
        hint = "Remove one of the includes."
        asked.refuse("include-cycle", f"Requirement files include each other: {chain}", named, hint)
        return
    text = asked.read(path, named)
    if text is None:
        return
    reader = _Reader(asked=asked, path=path, constraining=constraining, within=(*within, path))
    for number, line in logical_lines(text):
        span = line_span(asked.shown(path), number, line)
        reader.take(line, Source(name=str(path), span=span, text=text))


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line, continued ones joined, comments and blanks gone."""
    parts: list[str] = []
    start = 1
    for number, raw in enumerate(text.splitlines(), start=1):
        start = start if parts else number
        if raw.endswith("\\") and not raw.lstrip().startswith("#"):
            parts.append(raw.removesuffix("\\"))
            continue
        # A comment ends a continued line, as with pip.
        parts.append(f" {raw}" if raw.lstrip().startswith("#") else raw)
        line = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if line:
            yield start, line
    rest = _COMMENT.sub("", "".join(parts)).strip()
    if rest:
        yield start, rest


class _Reader:
    """Takes the lines of one file."""

    def __init__(
        self,
        *,
        asked: Asked,
        path: PurePosixPath,
        constraining: bool,
        within: tuple[PurePosixPath, ...],
    ) -> None:
        self._asked = asked
        self._path = path
        self._constraining = constraining
        self._within = within

    def take(self, line: str, source: Source) -> None:
        if line.startswith("-"):
            self._option(line, source)
            return
        hashes = self._hashes(line, source)
        bare = re.split(r"\s--?[a-z]", line, maxsplit=1)[0]
        other = re.search(r"\s(--(?!hash)[\w-]+)", line)
        if other:
            hint = "Remove the option; mlpack does not support it."
            self._asked.refuse(
                "bad-requirement", f"`{other[1]}` is not supported here", source, hint
            )
        else:
            self._asked.add(bare, source, constraining=self._constraining, hashes=hashes)

    def _hashes(self, line: str, source: Source) -> tuple[str, ...]:
        stated = _HASH.findall(line)
        wrong = [each for each in stated if not re.fullmatch(r"sha256:[0-9a-f]{64}", each)]
        if wrong:
            hint = "Use sha256 hashes, as from `uv pip compile --generate-hashes`, or remove them."
            self._asked.refuse(
                "bad-requirement", f"`{wrong[0]}` is not a sha256 hash", source, hint
            )
        return tuple(each.removeprefix("sha256:") for each in stated)

    def _option(self, line: str, source: Source) -> None:
        name, value = _split_option(line)
        asked = self._asked
        if name in {"--requirement", "--constraint"}:
            self._include(value, source, constraining=name == "--constraint" or self._constraining)
        elif name == "--editable":
            asked.judge(check_requirement(source.view(asked.root), line, "", ()))
        elif name in {"--index-url", "--extra-index-url", "--find-links"}:
            self._location(name, value, source)
        elif name not in _IDLE:
            hint = _WAYS_OUT.get(
                name, "Remove it; set options under `dependencies` in the manifest."
            )
            asked.refuse("bad-requirement", f"`{name}` is not supported here", source, hint)

    def _include(self, value: str, source: Source, *, constraining: bool) -> None:
        target = PurePosixPath(value)
        if "://" in value or target.is_absolute():
            hint = "Copy the file into the project and include it by its relative path."
            shown = "a URL" if "://" in value else "an absolute path"
            self._asked.refuse(
                "outside-path", f"A requirements file is included by {shown}", source, hint
            )
            return
        read_requirement_file(
            self._asked,
            _normal(self._path.parent / target),
            source,
            constraining=constraining,
            within=self._within,
        )

    def _location(self, name: str, value: str, source: Source) -> None:
        asked, view = self._asked, source.view(self._asked.root)
        if name == "--find-links" and not re.match(r"https?://", value):
            self._folder(value, source)
        elif "${" in value:
            hint = (
                f"Write out the URL, here or in `{_KEYS[name]}`; uv reads credentials and "
                "mirrors from its own variables."
            )
            asked.refuse("variable", f"The URL of `{name}` contains a variable", source, hint)
        elif asked.judge(_with_key(each, name) for each in check_url(view, value, "")):
            if name == "--index-url":
                asked.index_url = value
            else:
                more = asked.find_links if name == "--find-links" else asked.extra_index_urls
                more.append(value)

    def _folder(self, value: str, source: Source) -> None:
        folder = _normal(self._path.parent / value)
        inside = (self._asked.root / folder).resolve().is_relative_to(self._asked.root.resolve())
        if value.startswith(("/", "file:", "~")) or not inside:
            hint = (
                "Copy the wheels into a folder in the project and list it in "
                "`dependencies.find_links`, or set UV_FIND_LINKS on the machines that need it."
            )
            message = "`--find-links` refers to a folder outside the project"
            self._asked.refuse("outside-path", message, source, hint)
        else:
            self._asked.find_links.append(str(folder))


def _with_key(problem: Problem, option: str) -> Problem:
    return replace(problem, hint=f"{problem.hint} The manifest key is `{_KEYS[option]}`.")


def _split_option(line: str) -> tuple[str, str]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    name, equals, value = words[0].partition("=")
    if not equals and re.match(r"-[rcife]\S", words[0]):
        name, value = words[0][:2], words[0][2:].lstrip("=")
    rest = [value] if value else words[1:]
    return _LONG.get(name, name), " ".join(rest)


def _normal(path: PurePosixPath) -> PurePosixPath:
    """Fold ``a/../b``, so that one file has one name; what leads outside keeps its ``..``."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)
