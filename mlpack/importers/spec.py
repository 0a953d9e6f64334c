"""A packaging folder's ``model_spec.py``: the signature and the example, where they are literal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.importers.bindings import assignments
from mlpack.importers.calls import CALLS
from mlpack.importers.examples import example_of, payload_example
from mlpack.importers.literals import NotLiteralError, Script, read_script
from mlpack.importers.model import Key, Left, ToRun
from mlpack.importers.tables import read_text
from mlpack.manifest.writing import signature_as_written

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
        return Spec(keys={}, left=(Left(what=FILE, why=f"it is not Python: {error.msg}"),))
    reader = _Reader(script, folder, recorded or {})
    reader.take_signature()
    reader.take_example()
    wanted = reader.computed
    to_run = ToRun(folder=folder, script=PurePosixPath(FILE), names=wanted) if wanted else None
    return Spec(keys=reader.keys, left=tuple(reader.left), to_run=to_run)


class _Reader:
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
            why = f"{error}; the build reads it from the file, and --run writes it out"
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
