"""The modules of the code paths, found as Python will find them and parsed once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlpack.core.files import is_file, is_folder
from mlpack.manifest.code import ClassFacts, Family, ModuleFacts, chain, locate, read_module
from mlpack.manifest.fields import ModelClass
from mlpack.manifest.rules import class_reference
from mlpack.manifest.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Modules that importing the class's module imports, it first, by dotted name.

    ``surely`` are those imported whenever the first one is: by no function's import, under no
    condition.
    """

    modules: Mapping[str, ModuleFacts] = field(default_factory=dict)
    surely: frozenset[str] = frozenset()

    @property
    def legible(self) -> bool:
        """Whether all of them are Python that could be read."""
        return all(module.mistake is None for module in self.modules.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The code paths as a place to import from; ``parsed`` is shared by all variants."""

    root: Path
    folder: PurePosixPath
    """The project folder as shown to the user."""
    code_paths: tuple[PurePosixPath, ...]
    parsed: dict[tuple[Path, str], ModuleFacts]

    def module(self, name: str) -> ModuleFacts | None:
        """Return the module of this dotted name, or ``None`` where no code path has it."""
        for base in self._places(name):
            for path, is_package in ((base / "__init__.py", True), (Path(f"{base}.py"), False)):
                if (path, name) not in self.parsed and is_file(path):
                    self.parsed[path, name] = read_module(
                        path, shown=self.shown(path), module=name, is_package=is_package
                    )
                if (path, name) in self.parsed:
                    return self.parsed[path, name]
        return None

    def shown(self, path: Path) -> str:
        """Return a path of the project as the manifest's own is shown."""
        return str(self.folder / path.relative_to(self.root).as_posix())

    def has(self, name: str) -> bool:
        """Whether a name can be imported: a module, a folder without one, or a compiled one."""
        if self.module(name) is not None:
            return True
        return any(
            is_folder(base) or (is_folder(base.parent) and any(base.parent.glob(f"{base.name}.*")))
            for base in self._places(name)
        )

    def tops(self) -> frozenset[str]:
        """Return the top-level names that the code paths bring."""
        names = {path.stem if path.suffix == ".py" else path.name for path in self.code_paths}
        if "" in names:
            names.update(name.removesuffix(".py") for name in os.listdir(self.root))  # noqa: PTH208
        return frozenset(names - {""})

    def siblings(self, name: str) -> Iterator[str]:
        """Yield the names of modules beside the one of this name, which may be missing."""
        package = name.rpartition(".")[0]
        for base in self._places(name):
            if not is_folder(base.parent):
                continue
            for path in sorted(base.parent.glob("*")):
                if path.suffix == ".py" or (path / "__init__.py").is_file():
                    yield f"{package}.{path.stem}" if package else path.stem

    def reached(self, start: str) -> Reached:
        """Return what importing the module ``start`` imports of the code paths."""
        surely = self._closure(start, sure=True)
        return Reached(modules=self._closure(start, sure=False), surely=frozenset(surely))

    def _closure(self, start: str, *, sure: bool) -> dict[str, ModuleFacts]:
        found: dict[str, ModuleFacts] = {}
        waiting = [start]
        while waiting:
            name = waiting.pop(0)
            if name in found or (module := self.module(name)) is None:
                continue
            found[name] = module
            parent = name.rpartition(".")[0]
            waiting += [parent] if parent else []
            waiting += _imported(module, sure=sure)
        return found

    def _places(self, name: str) -> Iterator[Path]:
        parts = name.split(".")
        for path in self.code_paths:
            if path.name == "":
                yield self.root.joinpath(*parts)
            elif path.suffix == ".py":
                if parts == [path.stem]:
                    yield self.root / path.with_suffix("")
            elif parts[0] == path.name:
                yield (self.root / path).joinpath(*parts[1:])


def _imported(module: ModuleFacts, *, sure: bool) -> Iterator[str]:
    for each in module.imports:
        if each.type_checking or (sure and (each.nested or each.guarded or each.conditional)):
            continue
        parts = each.module.split(".")
        # `import a.b` runs a and then a.b; `from a import b` may take a module b.
        yield from (".".join(parts[: end + 1]) for end in range(len(parts)))
        yield from (f"{each.module}.{name}" for name in each.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The model's class in its source, with its family and all that its module imports."""

    model: ModelClass
    sources: Sources
    reached: Reached
    module: ModuleFacts
    home: ModuleFacts
    """The module that defines the class; ``module`` may merely pass it on."""
    facts: ClassFacts
    family: Family


def of(view: View) -> Sources:
    """Return the sources of a view."""
    return Sources(
        root=view.root,
        folder=PurePosixPath(view.document.file).parent,
        code_paths=class_reference.code_paths(view),
        parsed=view.parsed,
    )


def find_class(view: View) -> Found | None:
    """Return the model's class, or ``None`` where the source does not tell which one it is."""
    if "class" not in view.known:
        view.known["class"] = _find_class(view)
    found: Found | None = view.known["class"]
    return found


def _find_class(view: View) -> Found | None:
    if not view.has_class:
        return None
    model, sources = class_reference.parse(view), of(view)
    module = sources.module(model.module)
    if module is None or module.mistake:
        return None
    reached = sources.reached(model.module)
    place = locate(f"{model.module}.{model.qualname}", reached.modules)
    if place is None:
        return None
    return Found(
        model=model,
        sources=sources,
        reached=reached,
        module=module,
        home=place[0],
        facts=place[1],
        family=chain(*place, reached.modules),
    )
