"""A packager's command-line flags, and the ``model_spec.py`` of its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.bindings import assignments
from mlpack.authoring.importers.calls import CALLS
from mlpack.authoring.importers.examples import example_of, payload_example
from mlpack.authoring.importers.literals import NotLiteralError, Script, read_script
from mlpack.authoring.importers.model import Key, Left, ToRun
from mlpack.authoring.importers.tables import read_text
from mlpack.manifest.writing import signature_as_written

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
                self._left.append(Left(what=f"{name} {value}", why="it is given twice"))
            return
        key, equals, item = value.partition("=")
        if not equals or not key:
            self._left.append(Left(what=f"{name} {value}", why="it is not a NAME=VALUE pair"))
        elif self._pairs[name].setdefault(key, item) != item:
            self._left.append(Left(what=f"{name} {value}", why=f"{key} is given twice"))

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
            why = f"it is not valid JSON ({error})"
            if text.startswith("{") and '"' not in text:
                why = "it is not valid JSON: the shell removed its quotes; quote the whole command"
            self._left.append(Left(what=f"--model-config-json {text}", why=why))
            return None
        if not isinstance(config, dict):
            why = "a configuration must be a mapping"
            self._left.append(Left(what=f"--model-config-json {text}", why=why))
            return None
        return config


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not valid JSON")


_SINGLE = frozenset({MARK, "--model-config-json", "--json-payload-filepath", "--artifact-dir-path"})


FILE = "model_spec.py"
SIGNATURE = "MODEL_SIGNATURE"
EXAMPLE = "INPUT_EXAMPLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What the file tells: keys of the manifest, and what only running it would tell."""

    keys: Mapping[str, Key]
    left: tuple[Left, ...] = ()
    to_run: ToRun | None = None


def read_spec(folder: Path, recorded: Mapping[str, Any] | None) -> Spec:
    """Read the file, its text alone; ``recorded`` is what running it told."""
    if not (folder / FILE).is_file():
        return Spec(keys={})
    try:
        script = read_script(read_text(folder / FILE), PurePosixPath(FILE), CALLS)
    except SyntaxError as error:
        return Spec(keys={}, left=(Left(what=FILE, why=f"it is not valid Python: {error.msg}"),))
    reader = _SpecReader(script, folder, recorded or {})
    reader.take_signature()
    reader.take_example()
    wanted = reader.computed
    to_run = ToRun(folder=folder, script=PurePosixPath(FILE), names=wanted) if wanted else None
    return Spec(keys=reader.keys, left=tuple(reader.left), to_run=to_run)


class _SpecReader:
    def __init__(self, script: Script, folder: Path, recorded: Mapping[str, Any]) -> None:
        self._script = script
        self._folder = folder
        self._recorded = recorded
        self.keys: dict[str, Key] = {}
        self.left: list[Left] = []
        self.computed: dict[str, str] = {}

    def take_signature(self) -> None:
        origin = f"{FILE}:{SIGNATURE}"
        name = self._name(SIGNATURE)
        if name is None:
            return
        stated = self._recorded.get("signature")
        try:
            value = stated or self._script.named(name)
            if not isinstance(value, Mapping) or not value.get("inputs"):
                raise NotLiteralError("it has no inputs")
            self.keys["signature"] = Key(
                value=signature_as_written(value), comment=f"from {origin}"
            )
        except NotLiteralError as error:
            self.computed["signature"] = name
            self.keys["signature"] = Key(value=f"{FILE}:{name}", comment="computed there")
            why = (
                f"{error}; the build reads it from the file, and --run writes it into the manifest"
            )
            self.left.append(Left(what=f"the columns of {name}", why=why))

    def take_example(self) -> None:
        name = self._name(EXAMPLE)
        if name is None:
            return
        stated = self._recorded.get("example")
        try:
            value = (
                payload_example(stated, self._folder)
                if stated is not None
                else example_of(self._script.named(name), self._folder)
            )
            self.keys["input_example"] = Key(value=value, comment=f"from {FILE}:{name}")
        except NotLiteralError as error:
            self.computed["example"] = name
            self.left.append(Left(what=name, why=f"{error}; --run reads it"))

    def _name(self, wanted: str) -> str | None:
        """Return the name in the file that means ``wanted``, upper case or lower."""
        known = assignments(self._script.tree)
        for name in (wanted, wanted.lower(), wanted.partition("_")[2]):
            if name in known:
                return name
        self.left.append(Left(what=wanted, why=f"{FILE} does not define it"))
        return None
