"""The flags of a packager's command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlpack.importers.model import Left

MARK = "--model-class"
_SHELL = frozenset({"&&", "||", ";", "|", "&"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What one command line says; ``left`` are the arguments that are not known."""

    model_class: str | None = None
    artifacts: Mapping[str, str] = field(default_factory=dict)
    model_config: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    payload: str | None = None
    output: str | None = None
    skip_inference: bool = False
    left: tuple[Left, ...] = ()


def read_flags(words: Sequence[str]) -> Flags:
    """Return the flags among ``words``; the program's own words in front are passed over."""
    reader = _Reader()
    waiting = list(words)
    while waiting and not waiting[0].startswith("--"):
        waiting.pop(0)
    while waiting:
        reader.take(waiting.pop(0), waiting)
    return reader.flags()


def packaging_commands(lines: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the commands among a script's lines that call a packager."""
    commands: list[list[str]] = []
    for line in lines:
        commands.append([])
        for word in line:
            if word not in _SHELL:
                commands[-1].append(word.removesuffix(";"))
            if word in _SHELL or word.endswith(";"):
                commands.append([])
    return tuple(tuple(each) for each in commands if any(_is(word, MARK) for word in each))


def _is(word: str, flag: str) -> bool:
    return word == flag or word.startswith(f"{flag}=")


class _Reader:
    def __init__(self) -> None:
        self._single: dict[str, str] = {}
        self._pairs: dict[str, dict[str, str]] = {"--artifact": {}, "--model-tag": {}}
        self._skip = False
        self._left: list[Left] = []

    def take(self, word: str, rest: list[str]) -> None:
        """Take one word, and from ``rest`` the value that belongs to it."""
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if name == "--skip-inference":
            self._skip = True
        elif name in _SINGLE or name in self._pairs:
            if not equals:
                if not rest:
                    self._left.append(Left(what=name, why="its value is missing"))
                    return
                value = rest.pop(0)
            self._known(name, value)
        else:
            shown = [word]
            while rest and not rest[0].startswith("-"):
                shown.append(rest.pop(0))
            self._left.append(Left(what=" ".join(shown), why="mlpack has no such argument"))

    def _known(self, name: str, value: str) -> None:
        if name in _SINGLE:
            if self._single.setdefault(name, value) != value:
                self._left.append(Left(what=f"{name} {value}", why="it is given a second time"))
            return
        key, equals, item = value.partition("=")
        if not equals or not key:
            self._left.append(Left(what=f"{name} {value}", why="it is no pair NAME=VALUE"))
        elif self._pairs[name].setdefault(key, item) != item:
            self._left.append(Left(what=f"{name} {value}", why=f"{key} is given a second time"))

    def flags(self) -> Flags:
        """Return all that was taken."""
        config = self._config(self._single.get("--model-config-json"))
        return Flags(
            model_class=self._single.get(MARK),
            artifacts=self._pairs["--artifact"],
            model_config=config,
            tags=self._pairs["--model-tag"],
            payload=self._single.get("--json-payload-filepath"),
            output=self._single.get("--artifact-dir-path"),
            skip_inference=self._skip,
            left=tuple(self._left),
        )

    def _config(self, text: str | None) -> Mapping[str, Any] | None:
        if text is None:
            return None
        try:
            config = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            why = f"it is not JSON ({error})"
            if text.startswith("{") and '"' not in text:
                why = "it is not JSON: the shell took its quotes; give the whole command in quotes"
            self._left.append(Left(what=f"--model-config-json {text}", why=why))
            return None
        if not isinstance(config, dict):
            why = "a configuration is a mapping"
            self._left.append(Left(what=f"--model-config-json {text}", why=why))
            return None
        return config


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"JSON knows no {name}")


_SINGLE = frozenset({MARK, "--model-config-json", "--json-payload-filepath", "--artifact-dir-path"})
