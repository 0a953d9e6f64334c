"""What a project's folder tells about any model in it: name, Python, code, a class by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.authoring.importers.constructors import find_class
from mlpack.authoring.importers.model import Key, Keys, Left
from mlpack.manifest.code import Function, python_model_classes

SUPPORTED = tuple(f"3.{minor}" for minor in range(9, 15))
USUAL = "3.11"
FIRST_VERSION = Key(value="0.1.0", comment="TODO: set the model's version")
_REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFound:
    """A class as the manifest names it; ``known`` is false where no file was found to have it."""

    reference: str
    code_paths: tuple[str, ...]
    """Empty where the default, the class's top-level package beside the manifest, is right."""
    init: Function | None
    known: bool
    left: tuple[Left, ...] = ()


def project_name(text: str) -> str:
    """Return a string as a manifest's name: lower case, digits and ``. _ -``."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return name[:100] or "model"


def version_key(stated: object) -> Key:
    """Return the model's version where something states one, else a beginning."""
    if stated is None or isinstance(stated, (dict, list, bool)):
        return FIRST_VERSION
    text = re.sub(r"\s+", "-", str(stated).strip())
    return Key(value=text) if text else FIRST_VERSION


def python_key(stated: str | None, origin: str) -> Key:
    """Return the minor version of Python for a version or a range that is stated somewhere."""
    if stated is None:
        return Key(value=USUAL, comment="TODO: set the Python version that the model needs")
    exact = re.match(r"\s*(?:==|~=|=)?\s*(3\.\d+)(\.\d+)?(\.\*)?\s*$", stated)
    if exact and exact[1] in SUPPORTED:
        return Key(value=exact[1], comment=f"from {origin}")
    fitting = _fitting(stated)
    if not fitting:
        return Key(value=USUAL, comment=f"TODO: {origin} requires Python {stated}")
    value = USUAL if USUAL in fitting else fitting[0]
    return Key(value=value, comment=f"{origin} requires {stated.strip()}")


def _fitting(stated: str) -> list[str]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(stated)
    except InvalidSpecifier:
        return []
    # A bound such as >=3.10.4 leaves the minor itself usable.
    return [
        minor for minor in SUPPORTED if any(f"{minor}.{patch}" in wanted for patch in range(25))
    ]


def python_stated(folder: Path) -> tuple[str | None, str]:
    """Return the Python that a ``.python-version`` or ``runtime.txt`` states, and its name."""
    for name in (".python-version", "runtime.txt"):
        path = folder / name
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found = re.search(r"(\d+\.\d+(\.\d+)?)", text)
            if found:
                return found[1], name
    return None, ""


def class_found(stated: str, folder: Path, extra: Iterable[str] = ()) -> ClassFound:
    """Find the class that ``module:Class`` or ``module.Class`` means below ``folder``.

    ``extra`` are further code paths that the source names.
    """
    reference = stated if ":" in stated else ":".join(stated.rpartition(".")[::2])
    if not _REFERENCE.fullmatch(reference):
        left = Left(what=f"the class `{stated}`", why="it is not in the form package.module:Class")
        return ClassFound(reference=reference, code_paths=(), init=None, known=False, left=(left,))
    module, _, qualname = reference.partition(":")
    roots = (PurePosixPath(), *_parents(extra), PurePosixPath("src"))
    file, init = find_class(folder, module, qualname, roots)
    if file is None:
        return _elsewhere(reference, folder)
    paths = _code_paths(module, file, folder, extra)
    return ClassFound(reference=reference, code_paths=paths, init=init, known=True)


def not_needed(keys: Keys, folder: Path) -> dict[str, str]:
    """Return as empty what is not to do for one of MLflow's agents, which it has itself."""
    model = keys["model"].value if "model" in keys else ""
    reference = model["class"] if isinstance(model, dict) else model
    agents = [each.reference for each in python_model_classes(folder) if each.agent]
    return {"signature": "", "input_example": ""} if reference in agents else {}


def _parents(extra: Iterable[str]) -> list[PurePosixPath]:
    """Return the folders from which code paths are imported."""
    return [PurePosixPath(path).parent for path in extra]


def _elsewhere(reference: str, folder: Path) -> ClassFound:
    """Find the class by its name alone, in whichever module it is."""
    qualname = reference.partition(":")[2]
    found = [each for each in python_model_classes(folder) if each.facts.qualname == qualname]
    if len(found) != 1:
        why = f"no file in the project defines `{reference}`"
        left = Left(what="how the class is constructed", why=why)
        return ClassFound(reference=reference, code_paths=(), init=None, known=False, left=(left,))
    only = found[0]
    file, init = find_class(folder, only.module, qualname, (only.root,))
    paths = _code_paths(only.module, file or only.path, folder, ())
    left = Left(what=f"the module of `{reference}`", why=f"the class is in {only.path}")
    return ClassFound(
        reference=only.reference, code_paths=paths, init=init, known=True, left=(left,)
    )


def _code_paths(
    module: str, file: PurePosixPath, folder: Path, extra: Iterable[str]
) -> tuple[str, ...]:
    """Return the code paths to write: none where the default says the same."""
    depth = module.count(".") + (2 if file.name == "__init__.py" else 1)
    own = PurePosixPath(*file.parts[: len(file.parts) - depth + 1])
    paths = dict.fromkeys([str(own), *(str(PurePosixPath(path)) for path in extra)])
    default = own.parent == PurePosixPath() and (folder / own).exists()
    return () if default and len(paths) == 1 else tuple(paths)
