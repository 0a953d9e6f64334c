"""Source files of a folder, the models among their classes, and files that are not code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mlpack.core.errors import Span
from mlpack.manifest.code.families import chain
from mlpack.manifest.code.model import ClassFacts, Mistake, ModuleFacts
from mlpack.manifest.code.parsing import parse

CACHES = (
    "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".cache",
    ".tox", ".nox", ".hypothesis", "node_modules", "*.egg-info", "*.pyc", "*.pyo", ".DS_Store",
)  # fmt: skip
VERSION_CONTROL = (".git", ".hg", ".svn", ".bzr", ".gitignore", ".gitattributes", ".gitmodules")
SECRETS = (
    ".env", ".env.*", "*.pem", "*.key", "*.p12", "*.pfx", "id_rsa*", "id_dsa*", "id_ecdsa*",
    "id_ed25519*", ".netrc", "_netrc", ".pypirc", ".npmrc", ".htpasswd", "credentials.json",
    "service_account*.json", ".aws", ".ssh", ".gnupg", ".databrickscfg",
)  # fmt: skip
ENVIRONMENTS = (".venv", "venv", ".virtualenv")
NEVER_SHIPPED = CACHES + VERSION_CONTROL + SECRETS + ENVIRONMENTS
# Names apart from patterns: each pattern costs a compilation, and a start has no time for forty.
_NAMES = frozenset(name for name in NEVER_SHIPPED if "*" not in name)
_PATTERNS = tuple(name for name in NEVER_SHIPPED if "*" in name)

# Forms that nothing but a secret has: keys in PEM, and tokens with their issuer's prefix.
_TOKENS = (
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}"
    r"|\bglpat-[\w-]{20}\b|\bhf_[A-Za-z]{34}\b|\bdapi[0-9a-f]{32}\b|\bxox[abprs]-[\w-]{20,}"
    r"|\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{40,}"
)
# The beginnings, so that most files need one quick look.
_HINTS = (
    "PRIVATE KEY", "AKIA", "ASIA", "gh", "glpat-", "hf_", "dapi", "xox", "sk-",
)  # fmt: skip


def never_shipped(name: str) -> bool:
    """Tell whether a file or folder of this name stays out of every package."""
    return name in _NAMES or any(fnmatchcase(name, pattern) for pattern in _PATTERNS)


def is_secret(name: str) -> bool:
    """Tell whether a name is one that keys and passwords have."""
    return any(fnmatchcase(name, pattern) for pattern in SECRETS)


def find_secret(text: str) -> int | None:
    """Return the offset of the first key or token in ``text``, if there is one."""
    if not any(hint in text for hint in _HINTS):
        return None
    found = re.search(_TOKENS, text)
    return found.start() if found else None


_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "dist", "build", "venv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundClass:
    """A class that looks like a PythonModel.

    ``root`` is the folder, relative to the one searched, from which ``module`` is imported.
    """

    path: PurePosixPath
    """The file, relative to the folder searched."""
    root: PurePosixPath
    module: str
    facts: ClassFacts
    has_predict: bool
    """Whether it defines or inherits ``predict`` in this code; a mere base class does not."""
    agent: str | None
    """The class of MLflow's that it extends and that sets its signature."""

    @property
    def reference(self) -> str:
        """``module:qualname``, as a manifest writes it."""
        return f"{self.module}:{self.facts.qualname}"


def python_model_classes(folder: Path) -> tuple[FoundClass, ...]:
    """Return the classes below ``folder`` that are PythonModels by their bases, by path.

    Bases are followed through the folder's own modules and through MLflow's aliases. Nothing is
    imported; files that are no Python are passed over, as are hidden folders, caches and virtual
    environments.
    """
    modules = _modules(folder)
    by_name = {name: module for _, _, module in modules for name in _names(module)}
    found = []
    for path, root, module in modules:
        for facts in module.classes:
            family = chain(module, facts, by_name)
            if family.is_model == "yes":
                found.append(
                    FoundClass(
                        path=path,
                        root=root,
                        module=str(module.module),
                        facts=facts,
                        has_predict=family.has("predict") != "no",
                        agent=family.agent,
                    )
                )
    return tuple(found)


def python_files(folder: Path) -> Iterator[PurePosixPath]:
    """Yield the source files below ``folder``, relative to it, in the order of their paths."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _is_source(Path(here) / name))
        relative = Path(here).relative_to(folder)
        for name in sorted(files):
            if name.endswith(".py"):
                yield PurePosixPath(relative / name)


def read_module(
    path: Path, *, shown: str, module: str | None = None, is_package: bool = False
) -> ModuleFacts:
    """Return the facts of the file at ``path``; what cannot be read or decoded is a mistake too."""
    try:
        text = _decoded(path.read_bytes())
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not valid UTF-8"
        span = Span(file=shown, line=1, column=1, end_line=1, end_column=2)
        mistake = Mistake(message=f"it cannot be read: {reason}", span=span)
        return ModuleFacts(file=shown, module=module, is_package=is_package, mistake=mistake)
    return parse(text, file=shown, module=module, is_package=is_package)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        import io
        import tokenize

        # The file may declare another encoding in its first lines.
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)


def _is_source(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED or folder.name.endswith(".egg-info"):
        return False
    return not (folder / "pyvenv.cfg").is_file()


def _modules(folder: Path) -> list[tuple[PurePosixPath, PurePosixPath, ModuleFacts]]:
    paths = list(python_files(folder))
    packages = {path.parent for path in paths if path.name == "__init__.py"}
    found = []
    for path in paths:
        root, name = _home(path, packages)
        is_package = path.name == "__init__.py"
        facts = read_module(folder / path, shown=str(path), module=name, is_package=is_package)
        found.append((path, root, facts))
    return found


def _home(path: PurePosixPath, packages: set[PurePosixPath]) -> tuple[PurePosixPath, str]:
    """Return the folder that a file is imported from, and its dotted name there."""
    root = path.parent
    while root in packages and root != PurePosixPath():
        root = root.parent
    if root == path.parent and root.name != "src":
        # A folder without __init__.py is a namespace package when imported from further up.
        root = PurePosixPath()
    parts = path.relative_to(root).with_suffix("").parts
    inner = parts[:-1] if parts[-1] == "__init__" else parts
    return root, ".".join(inner or parts)


def _names(module: ModuleFacts) -> Iterator[str]:
    """Yield the names that other modules may import a module by, its own last part included."""
    name = str(module.module)
    yield name
    while "." in name:
        name = name.partition(".")[2]
        yield name
