"""How a class is constructed from a configuration: what its ``__init__`` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.code import FoundClass, Function, Parameter, chain, python_files, read_module
from mlpack.importers.model import Key, Left

_CONFIG_NAMES = frozenset(
    {"config", "cfg", "conf", "configuration", "model_config", "settings", "options", "hparams"}
)
_MAPPINGS = ("dict", "Dict", "Mapping", "MutableMapping", "Any", "object")


def model_key(
    reference: str, config: Mapping[str, Any] | None, init: Function | None, *, known: bool
) -> tuple[Key, tuple[Left, ...]]:
    """Return the ``model`` key for a class whose scripts know one configuration.

    MLflow hands it to the model as ``context.model_config``; a constructor that asks for it gets
    it by ``init`` (as keywords) or ``init_from`` (whole). ``known`` is false where the class was
    not found, and then nothing is said of its constructor.
    """
    given = _given(init)
    if not known:
        todo = "the class was not found, so nothing is known of its constructor"
        return Key(value=reference, comment=todo), ()
    if not given:
        return Key(value=reference), ()
    if config is not None and _takes_whole(given, config):
        value = {"class": reference, "init_from": "model_config"}
        comment = f"__init__({given[0].name}) gets the whole configuration"
        return Key(value=value, comment=comment), ()
    names = [each.name for each in given if each.kind not in ("variadic", "keywords")]
    takes_any = any(each.kind == "keywords" for each in given)
    init_values = {key: item for key, item in (config or {}).items() if takes_any or key in names}
    missing = [each.name for each in given if each.required and each.name not in init_values]
    left = tuple(
        Left(
            what=f"the constructor's `{name}`",
            why="__init__ requires it and the configuration has no such key: state it under `init`",
        )
        for name in missing
    )
    if not init_values:
        return Key(value=reference), left
    comment = "the configuration's keys that __init__ asks for"
    return Key(value={"class": reference, "init": init_values}, comment=comment), left


def find_class(
    folder: Path, module: str, qualname: str, roots: tuple[PurePosixPath, ...] = (PurePosixPath(),)
) -> tuple[PurePosixPath | None, Function | None]:
    """Return the file of a class and its ``__init__``, its own or one inherited in this code.

    ``roots`` are folders that the module may be imported from. Both are ``None`` where there is
    no such class.
    """
    for root in roots:
        modules = {
            name: read_module(folder / root / path, shown=str(root / path), module=name)
            for path in python_files(folder / root)
            if (name := _name(path)).partition(".")[0] == module.partition(".")[0]
        }
        facts = modules[module].find(qualname) if module in modules else None
        if facts is not None:
            return (
                PurePosixPath(modules[module].file),
                chain(modules[module], facts, modules).method("__init__"),
            )
    return None, None


def only_class(found: tuple[FoundClass, ...]) -> FoundClass | None:
    """Return the one model among classes: those that predict come before mere bases."""
    complete = [each for each in found if each.has_predict] or list(found)
    return complete[0] if len(complete) == 1 else None


def _given(init: Function | None) -> tuple[Parameter, ...]:
    if init is None:
        return ()
    return tuple(each for each in init.given if each.kind != "variadic")


def _takes_whole(given: tuple[Parameter, ...], config: Mapping[str, Any]) -> bool:
    """Tell whether the constructor's one argument is the configuration itself."""
    first, rest = given[0], given[1:]
    if first.name in config or first.kind in ("keywords", "keyword-only"):
        return False
    if any(each.required for each in rest) or any(each.name in config for each in rest):
        return False
    if first.annotation is None:
        return first.name in _CONFIG_NAMES or (first.required and not rest)
    written = first.annotation.replace("typing.", "").strip("'\"")
    return written.startswith(_MAPPINGS) or f"Optional[{_MAPPINGS[0]}" in written


def _name(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
