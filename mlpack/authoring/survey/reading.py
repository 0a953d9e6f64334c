"""What one class needs, told by its code and the code that it imports from beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.manifest.code import (
    FoundClass,
    ModuleFacts,
    Parameter,
    chain,
    python_files,
    read_module,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a class needs; ``code`` are the paths that hold it, below the folder."""

    code: tuple[PurePosixPath, ...]
    arguments: tuple[Parameter, ...]
    """What ``__init__`` takes, ``self`` left out."""
    artifacts: tuple[str, ...]
    """Keys read from ``context.artifacts``."""
    config: tuple[str, ...]
    """Keys that ``context.model_config`` must have."""
    takes_uri: bool
    """Whether the input is a URI rather than the data itself."""
    imports: tuple[str, ...]
    """Top-level modules that come from elsewhere, the standard library's included."""


def needs(root: Path, found: FoundClass) -> Needs:
    """Read the code of ``found``, a class below ``root``."""
    base = root / found.root
    tops = _local(base, found.module.partition(".")[0])
    modules = {str(each.module): each for top in tops for each in _modules(base, top)}
    home = modules.get(found.module)
    family = chain(home, found.facts, modules) if home else None
    constructor = family.method("__init__") if family else found.facts.method("__init__")
    return Needs(
        code=tuple(found.root / name for name in tops),
        arguments=constructor.given if constructor else (),
        artifacts=_keys(modules.values(), "artifacts"),
        config=_keys(modules.values(), "model_config"),
        takes_uri=_takes_uri(base, tops),
        imports=_imported(modules.values(), tops),
    )


def _local(base: Path, top: str) -> tuple[str, ...]:
    """Return the file or folder of ``top``, and those beside it that its code imports."""
    waiting, seen = [top], dict[str, None]()
    while waiting:
        name = waiting.pop(0)
        path = _path(base, name)
        if path is None or path in seen:
            continue
        seen[path] = None
        waiting += [each for module in _modules(base, path) for each in _tops(module)]
    return tuple(seen)


def _path(base: Path, top: str) -> str | None:
    if (base / top).is_dir() and any(python_files(base / top)):
        return top
    return f"{top}.py" if (base / f"{top}.py").is_file() else None


def _modules(base: Path, top: str) -> Iterator[ModuleFacts]:
    if top.endswith(".py"):
        yield read_module(base / top, shown=top, module=top.removesuffix(".py"))
        return
    for path in python_files(base / top):
        whole = PurePosixPath(top) / path
        is_package = path.name == "__init__.py"
        parts = whole.parent.parts if is_package else whole.with_suffix("").parts
        yield read_module(
            base / whole, shown=str(whole), module=".".join(parts), is_package=is_package
        )


def _tops(module: ModuleFacts) -> Iterator[str]:
    for each in module.imports:
        if not each.type_checking:
            yield each.module.partition(".")[0]


def _keys(modules: Iterable[ModuleFacts], holder: str) -> tuple[str, ...]:
    # A key with a default of its own may be left out of the config; an artifact may not.
    found = {
        use.key: None
        for module in modules
        for use in module.uses
        if use.holder == holder
        and use.key is not None
        and (holder == "artifacts" or (use.how == "item" and not use.conditional))
    }
    return tuple(found)


def _takes_uri(base: Path, tops: Iterable[str]) -> bool:
    for top in tops:
        paths = [base / top] if top.endswith(".py") else sorted((base / top).rglob("*.py"))
        if any("input_uri" in path.read_text("utf-8", errors="replace") for path in paths):
            return True
    return False


def _imported(modules: Iterable[ModuleFacts], tops: Iterable[str]) -> tuple[str, ...]:
    local = {top.removesuffix(".py") for top in tops}
    found = {
        each.module.partition(".")[0]
        for module in modules
        for each in module.imports
        if not (each.type_checking or each.guarded or each.module.startswith("."))
    }
    return tuple(sorted(found - local - {""}))
