"""What a package on disk says of itself, read without MLflow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpack.core.errors import OutsideError, UsageError
from mlpack.core.loading import load_yaml
from mlpack.package.layout import EXAMPLE_FILES


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """An MLflow model folder: its ``MLmodel``, Python version and logical requirement lines."""

    path: Path
    mlmodel: Mapping[str, Any]
    python: str
    requirements: tuple[str, ...]

    @property
    def origin(self) -> Mapping[str, Any] | None:
        """What mlpack wrote of the package (name, version, variant), or ``None`` if it did not."""
        metadata = self.mlmodel.get("metadata")
        origin = metadata.get("mlpack") if isinstance(metadata, Mapping) else None
        return origin if isinstance(origin, Mapping) else None

    @property
    def flavor(self) -> Mapping[str, Any]:
        """The ``python_function`` flavor: how MLflow loads the model."""
        flavor: Mapping[str, Any] = self.mlmodel["flavors"]["python_function"]
        return flavor

    @property
    def has_example(self) -> bool:
        """Whether MLflow saved an input example with the model."""
        return bool(self.mlmodel.get("saved_input_example_info"))

    @property
    def example_files(self) -> Path:
        """The folder of files that the example reads; it need not exist."""
        return self.path / EXAMPLE_FILES

    @property
    def signature(self) -> dict[str, Any]:
        """Inputs, outputs and params as MLflow's lists; ``None`` where the model has none."""
        sides = self.mlmodel.get("signature") or {}
        try:
            return {side: json.loads(text) if text else None for side, text in sides.items()}
        except (AttributeError, TypeError, ValueError) as error:
            raise UsageError(
                f"{self.path / 'MLmodel'} has a signature that is not valid JSON"
            ) from error


def read_package(path: Path) -> PackageFacts:
    """Read an MLflow model folder. Raises ``UsageError`` where it is none."""
    marker = path / "MLmodel"
    if not marker.is_file():
        raise UsageError(
            f"{path} is not an MLflow model: it has no MLmodel file",
            hint="specify the folder that `mlpack build` printed",
        )
    try:
        mlmodel = load_yaml(marker.read_bytes())
    except ValueError as error:
        raise UsageError(f"cannot read {marker}: {error}") from error
    except OSError as error:
        raise OutsideError(f"cannot read {marker}: {error.strerror}") from error
    flavors = mlmodel.get("flavors") if isinstance(mlmodel, dict) else None
    flavor = flavors.get("python_function") if isinstance(flavors, dict) else None
    if not isinstance(mlmodel, dict) or not isinstance(flavor, dict):
        raise UsageError(
            f"{path} has no python_function flavor, so it cannot be loaded as a pyfunc model"
        )
    return PackageFacts(
        path=path,
        mlmodel=mlmodel,
        python=_python_version(path, mlmodel),
        requirements=logical_lines(path / "requirements.txt"),
    )


def logical_lines(path: Path) -> tuple[str, ...]:
    """Return a requirements file's lines, continuations joined, comments and blanks dropped."""
    if not path.is_file():
        return ()
    try:
        return joined_lines(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not valid UTF-8") from error


def _python_version(path: Path, mlmodel: Mapping[str, Any]) -> str:
    environment = path / "python_env.yaml"
    if environment.is_file():
        try:
            stated = load_yaml(environment.read_bytes())
        except ValueError:
            stated = None
        if isinstance(stated, dict) and isinstance(stated.get("python"), str):
            return str(stated["python"])
    return str(mlmodel["flavors"]["python_function"].get("python_version", ""))


_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*((?:\[[^\]]*\])?)\s*(.*)")
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A requirement or an option of the file; an option's name is the whole line.

    ``specifier`` is what follows the name, such as ``==2.1.0`` or ``[extra]>=1`` or ``@ https://…``.
    """

    name: str
    specifier: str
    marker: str = ""
    hashes: frozenset[str] = frozenset()
    is_package: bool = True


def joined_lines(text: str) -> tuple[str, ...]:
    """Return the logical lines of a file's text: continuations joined, comments, blanks dropped."""
    joined = text.replace("\\\n", " ")
    lines = (line.split(" #", 1)[0].strip() for line in joined.splitlines())
    return tuple(" ".join(line.split()) for line in lines if line and not line.startswith("#"))


def requirements_of(lines: Iterable[str]) -> Iterator[Requirement]:
    """Yield each logical line as a requirement, names normalized."""
    for line in lines:
        hashes = frozenset(_HASH.findall(line))
        bare = _HASH.sub("", line).strip()
        matched = None if bare.startswith("-") else _NAME.fullmatch(bare)
        if matched is None:
            yield Requirement(name=bare, specifier="", hashes=hashes, is_package=False)
            continue
        name, extras, rest = matched.groups()
        specifier, marker = _without_marker(rest)
        yield Requirement(
            name=_SEPARATORS.sub("-", name).lower(),
            specifier=f"{extras}{specifier}",
            marker=marker,
            hashes=hashes,
        )


def _without_marker(rest: str) -> tuple[str, str]:
    # In a URL a semicolon may be its own: there the marker's needs a space before it.
    separator = " ;" if rest.startswith("@") else ";"
    specifier, _, marker = rest.partition(separator)
    return specifier.strip(), marker.strip()
