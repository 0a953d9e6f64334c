"""Which templates there are, and their files with the facts of one project in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

TEMPLATES: Mapping[str, str] = {
    "minimal": "a table in, a table out; nothing to load",
    "sklearn": "a scikit-learn pipeline; a table in, labels out",
    "pytorch": "a small network; a table in, labels out",
    "file-uri": "the URI of a file in, a tensor out",
}
"""Name → what the model does, in the order of their size."""

LICENSES = ("MIT", "Apache-2.0", "BSD-3-Clause")
"""SPDX names of the licenses whose text is at hand."""

CI_FILES: Mapping[str, PurePosixPath] = {
    "github": PurePosixPath(".github/workflows/mlpack.yml"),
    "gitlab": PurePosixPath(".gitlab-ci.yml"),
}
"""Kind of CI → where its file belongs."""

SCHEMA_FILE = PurePosixPath(".mlpack/mlpack.schema.json")
"""Where a project keeps the schema that its manifest's first line names for editors."""


_HERE = Path(__file__).parent
_PLACE = re.compile(r"\{\{(\w+)\}\}")
# A name of these characters is a text in YAML; of these words, another kind of value.
_PLAIN = re.compile(r"[a-z][a-z0-9._-]*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is filled in; a line that asks for a fact which is ``None`` is left out."""

    name: str
    version: str
    python: str
    """Such as ``3.11``."""
    requirement: str = "mlpack-mlflow"
    """What pip installs mlpack by; a shell expands it."""
    variable: str | None = None
    """The variable of the CI system that it refers to."""
    license: str | None = None
    year: int | None = None
    holder: str | None = None
    torch: str = "2.13.0"
    torch_backend: str | None = "cpu"
    platform: str | None = None
    """uv's name of the one platform to lock for."""

    def with_wheel(self, torch: str, platform: str) -> Facts:
        """Return facts that ask for a wheel at hand, and no index of CPU wheels."""
        return replace(self, torch=torch, torch_backend=None, platform=platform)


def template_files(template: str, facts: Facts) -> dict[PurePosixPath, bytes]:
    """Return the files of a project made from ``template``, by their paths in it."""
    root = _HERE / "projects" / template
    paths = sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.relative_to(root).parts
    )
    return {
        PurePosixPath(path.relative_to(root).as_posix()): _filled(path, facts) for path in paths
    }


def manifest_head(facts: Facts) -> str:
    """Return the first lines of a manifest, an editor's line and the key ``version`` included."""
    return (
        f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
        f'mlpack: 1\nname: {yaml_text(facts.name)}\nversion: "{facts.version}"\n\n'
    )


def license_file(facts: Facts) -> bytes:
    """Return the text of the license that ``facts`` names."""
    return _filled(_HERE / "licenses" / f"{facts.license}.txt", facts)


def ci_file(kind: str, facts: Facts) -> bytes:
    """Return the CI file of this kind, a key of ``CI_FILES``."""
    return _filled(_HERE / "ci" / f"{kind}{CI_FILES[kind].suffix}", facts)


def ignore_file() -> bytes:
    """Return what git should leave alone in a project."""
    return (_HERE / "gitignore").read_bytes()


def yaml_text(text: str) -> str:
    """Return a name as YAML, in quotes where it would be a number or a word otherwise."""
    plain = _PLAIN.fullmatch(text) and text not in _WORDS
    return text if plain else f'"{text}"'


def _filled(path: Path, facts: Facts) -> bytes:
    content = path.read_bytes()
    if b"\0" in content:
        return content
    values = _values(facts)
    if path.name == "mlpack.yaml":
        values["name"] = yaml_text(facts.name)
    return _fill(content.decode("utf-8"), values).encode("utf-8")


def _values(facts: Facts) -> dict[str, str | None]:
    named = {name: getattr(facts, name) for name in Facts.__slots__}
    values = {name: None if value is None else str(value) for name, value in named.items()}
    return {**values, "schema": str(SCHEMA_FILE)}


def _fill(text: str, values: Mapping[str, str | None]) -> str:
    lines = []
    for line in text.splitlines(keepends=True):
        if all(values[name] is not None for name in _PLACE.findall(line)):
            lines.append(_PLACE.sub(lambda found: values[found[1]] or "", line))
    return "".join(lines)
