"""A command line that runs a Python script: what is run, with what, and by which Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mlpack.importers.words import command_words

_VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_PYTHON = re.compile(r"(?:.*/)?(?:python|pypy|py)(\d+(?:\.\d+)*)?(?:\.exe)?")
_RUNNERS = frozenset({"poetry", "pipenv", "pdm", "rye", "hatch", "pixi", "uv"})
_WITH_VALUE = frozenset(
    {"--with", "--with-requirements", "--with-editable", "--python", "-p", "--extra", "--group",
     "--only-group", "--no-group", "--env-file", "--directory", "--project", "--package",
     "--index", "--default-index", "--index-url", "-i", "--extra-index-url", "-f", "--find-links",
     "-P", "-C", "--environment", "-e", "-W", "-X"}
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Invocation:
    """A script or a module that a command runs; ``options`` are those of what runs it."""

    script: PurePosixPath
    module: str | None = None
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    python: str | None = None


def invocation(words: Sequence[str]) -> Invocation | None:
    """Return what a command runs, given as words or as one quoted text; ``None`` for others."""
    try:
        given = command_words(words[0]) if len(words) == 1 else tuple(words)
    except ValueError:
        return None
    return _Reader(list(given)).read() if len(given) > 1 else None


class _Reader:
    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._environment: dict[str, str] = {}
        self._options: dict[str, list[str]] = {}
        self._python: str | None = None

    def read(self) -> Invocation | None:
        before = len(self._words)
        self._variables()
        named = self._runner()
        python = self._interpreter()
        if not self._words or not (named or python or len(self._words) < before):
            return None
        module = self._words.pop(0) if self._is_module() and len(self._words) > 1 else None
        target = self._words.pop(0)
        if module is None and not target.endswith(".py"):
            return None
        path = target.replace(".", "/") + ".py" if module else target
        return Invocation(
            script=PurePosixPath(path),
            module=target if module else None,
            arguments=tuple(self._words),
            environment=self._environment,
            options=self._options,
            python=self._python,
        )

    def _is_module(self) -> bool:
        return self._words[0] in ("-m", "--module")

    def _variables(self) -> None:
        while self._words and (
            self._words[0] == "env" or (found := _VARIABLE.fullmatch(self._words[0]))
        ):
            word = self._words.pop(0)
            if word != "env" and found is not None:
                self._environment[found[1]] = found[2]

    def _runner(self) -> bool:
        if not self._words or self._words[0] not in _RUNNERS or "run" not in self._words:
            return False
        self._words.pop(0)
        self._take_options()
        if self._words[:1] != ["run"]:
            return False
        self._words.pop(0)
        self._take_options()
        self._python = next(iter(self._options.get("--python", self._options.get("-p", []))), None)
        return True

    def _interpreter(self) -> bool:
        found = _PYTHON.fullmatch(self._words[0]) if self._words else None
        if found is None:
            return False
        self._words.pop(0)
        if found[1] and "." in found[1]:
            self._python = found[1]
        self._take_options()
        return True

    def _take_options(self) -> None:
        """Take the options in front; ``-m`` belongs to what is run."""
        while self._words and self._words[0].startswith("-") and not self._is_module():
            name, equals, value = self._words.pop(0).partition("=")
            if not equals and name in _WITH_VALUE and self._words:
                value = self._words.pop(0)
            self._options.setdefault(name, []).append(value)
