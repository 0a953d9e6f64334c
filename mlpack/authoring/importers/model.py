"""What an importer is given and answers: a manifest's keys, files, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the command line names.

    ``words`` are the arguments as given, ``folder`` is where they were given. ``recorded`` is what
    running the source's code told (``None`` before), ``fetched`` the folder of a downloaded model.
    """

    words: tuple[str, ...]
    folder: Path
    recorded: Mapping[str, Any] | None = None
    fetched: Path | None = None

    @property
    def path(self) -> Path:
        """The first word as a path, whether something is there or not."""
        return self.folder / Path(self.words[0]).expanduser()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the manifest; ``comment`` says where it comes from, or what is still to do."""

    value: Any
    comment: str = ""


Keys = Mapping[str, Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something that the source says and the manifest does not; ``why`` gives the reason."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to write beside the manifest: its content, or a file or folder to copy."""

    path: PurePosixPath
    content: bytes = b""
    copied_from: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRun:
    """Code that knows more than its text says; it runs only when the user asks for it.

    ``names`` are the objects to read out of a module, by what they are (``signature``,
    ``example``); without any, the file is run as a script, or as ``module``, and what it saves is
    recorded. ``environment`` are the variables that the script is given, ``text`` is what stands in
    the place of a file that is no Python.
    """

    folder: Path
    script: PurePosixPath
    names: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    module: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an importer found.

    ``folder`` is the project's folder, where the manifest belongs. A ``partial`` answer knows of
    dependencies alone, and leaves the other keys of an existing manifest as they are. ``todo``
    names the keys that nothing tells, with what to write there, or nothing where none is needed.
    """

    kind: str
    folder: Path
    keys: Keys
    variants: Mapping[str, Keys] = field(default_factory=dict)
    files: tuple[NewFile, ...] = ()
    left: tuple[Left, ...] = ()
    todo: Mapping[str, str] = field(default_factory=dict)
    to_run: ToRun | None = None
    partial: bool = False


class Importer(Protocol):
    """Reads one kind of source; it runs nothing and writes nothing."""

    def recognises(self, source: Source) -> bool:
        """Tell whether the source is of this kind."""

    def read(self, source: Source) -> Imported:
        """Return what the source says. Raises ``UsageError`` where it cannot be read."""


def factored(variants: Mapping[str, Keys]) -> tuple[Keys, Mapping[str, Keys]]:
    """Return the keys that all variants share, and what is left of each."""
    listed = list(variants.values())
    first = listed[0] if listed else {}
    shared = {
        name: key
        for name, key in first.items()
        if all(name in other and other[name].value == key.value for other in listed)
    }
    rest = {
        variant: {name: key for name, key in keys.items() if name not in shared}
        for variant, keys in variants.items()
    }
    return shared, rest


def unique(left: Iterable[Left]) -> tuple[Left, ...]:
    """Return each entry once, in the order of the first."""
    return tuple(dict.fromkeys(left))


def split_metadata(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return an ``MLmodel``'s metadata as the manifest's ``metadata`` and ``tags``."""
    tags = metadata.get("tags")
    rest = {key: value for key, value in metadata.items() if key not in ("mlpack", "tags")}
    if not isinstance(tags, Mapping):
        return rest, {}
    return rest, {str(key): str(value) for key, value in tags.items()}
