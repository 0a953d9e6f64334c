"""A command line that runs a script: its words, and what is run, with what, by which Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_ESCAPED_INSIDE = frozenset('"\\$`')
_BRACKETS = {"{": "}", "[": "]"}


def command_words(text: str) -> tuple[str, ...]:
    """Return the words of a command, lines ended by a backslash joined, comments left out.

    Raises ``ValueError`` for a quote or a bracket that is never closed.
    """
    return tuple(word for words in command_lines(text) for word in words)


def command_lines(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each line of a script; a line that begins with a flag goes on.

    Raises ``ValueError`` as ``command_words`` does.
    """
    reader = _WordReader(text.replace("\\\r\n", " ").replace("\\\n", " "))
    lines: list[list[str]] = []
    while (word := reader.word()) is not None:
        if not lines or (reader.new_line and not word.startswith("--")):
            lines.append([])
        lines[-1].append(word)
    return tuple(tuple(words) for words in lines)


class _WordReader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.new_line = False
        """Whether the last word began a line."""

    def word(self) -> str | None:
        """Return the next word, or ``None`` at the end."""
        self._skip()
        if self._at >= len(self._text):
            return None
        parts: list[str] = []
        while self._at < len(self._text) and not self._text[self._at].isspace():
            parts.append(self._part("".join(parts)))
        return "".join(parts)

    def _skip(self) -> None:
        self.new_line = False
        while self._at < len(self._text):
            if self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._text[self._at].isspace():
                self.new_line |= self._text[self._at] == "\n"
                self._at += 1
            else:
                return

    def _part(self, before: str) -> str:
        character = self._text[self._at]
        # `{}` of a template or `${NAME}` is no JSON: that begins a word, or follows `=`.
        if character in _BRACKETS and (not before or before.endswith("=")):
            return self._json()
        if character == "'":
            return self._until("'")
        if character == '"':
            return self._double()
        if character == "\\" and self._at + 1 < len(self._text):
            self._at += 2
            return self._text[self._at - 1]
        self._at += 1
        return character

    def _until(self, quote: str) -> str:
        end = self._text.find(quote, self._at + 1)
        if end < 0:
            raise ValueError(f"a quote ({quote}) is never closed")
        content = self._text[self._at + 1 : end]
        self._at = end + 1
        return content

    def _double(self) -> str:
        parts: list[str] = []
        at = self._at + 1
        while at < len(self._text) and self._text[at] != '"':
            if self._text[at] == "\\" and self._text[at + 1 : at + 2] in _ESCAPED_INSIDE:
                at += 1
            parts.append(self._text[at : at + 1])
            at += 1
        if at >= len(self._text):
            raise ValueError('a quote (") is never closed')
        self._at = at + 1
        return "".join(parts)

    def _json(self) -> str:
        """Take a bracket with all that it holds, quotes included."""
        start, waiting = self._at, list[str]()
        inside = False
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if inside:
                self._at += character == "\\"
                inside = character != '"'
            elif character == '"':
                inside = True
            elif character in _BRACKETS:
                waiting.append(_BRACKETS[character])
            elif waiting and character == waiting[-1]:
                waiting.pop()
                if not waiting:
                    return self._text[start : self._at]
        raise ValueError(f"a bracket ({self._text[start]}) is never closed")


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
