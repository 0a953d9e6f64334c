"""A saved model's requirements, pins and hashes kept, addresses with credentials taken out."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from mlpack.authoring.importers.model import Left, NewFile
from mlpack.authoring.importers.tables import listed
from mlpack.core.loading import load_yaml
from mlpack.core.redaction import without_credentials
from mlpack.package.reading import PackageFacts

REQUIREMENTS = PurePosixPath("requirements.txt")
_INLINE = 12
_TORCH = re.compile(r"https://download\.pytorch\.org/whl/([a-z0-9.]+)/?")
_LOCAL = re.compile(r"(-e|--editable)\b|[./~].*|.*\bfile://|.*\.whl$")


class PinnedReader:
    """Turns ``requirements.txt`` and ``constraints.txt`` of a package into ``dependencies``."""

    def __init__(self, facts: PackageFacts) -> None:
        self._facts = facts
        self._options: dict[str, Any] = {}
        self.files: list[NewFile] = []
        self.left: list[Left] = []
        self.value: Any = None

    def read(self) -> None:
        """Fill ``value``, ``files`` and ``left``."""
        lines = [line for line in self._facts.requirements if self._is_requirement(line)]
        self._conda()
        if not lines:
            return
        if len(lines) <= _INLINE and not any("--hash" in line for line in lines):
            self.value = {"requirements": lines, **self._options} if self._options else lines
            return
        self.files.append(NewFile(path=REQUIREMENTS, content=_file_text(lines)))
        self.value = {"file": str(REQUIREMENTS), **self._options}

    def _is_requirement(self, line: str) -> bool:
        """Tell whether a line names a package; options are taken in on the way."""
        if not line.startswith("-") and not _LOCAL.match(line):
            return True
        name, _, value = line.replace("=", " ", 1).partition(" ")
        value = value.strip()
        if name in ("-c", "--constraint"):
            self._constraints(value)
        elif name in ("--extra-index-url", "-i", "--index-url", "-f", "--find-links"):
            self._index(name, value)
        else:
            why = "it exists only on the machine that saved the model: publish it, or ship its code"
            self.left.append(Left(what=f"the requirement {line}", why=why))
        return False

    def _constraints(self, name: str) -> None:
        path = self._facts.path / PurePosixPath(name).name
        if path.is_file():
            self._options["constraints"] = [path.name]
            self.files.append(NewFile(path=PurePosixPath(path.name), content=path.read_bytes()))

    def _index(self, name: str, address: str) -> None:
        public = without_credentials(address)
        if public != address:
            why = "uv reads credentials from a netrc file or a keyring"
            self.left.append(Left(what=f"the credentials of {public}", why=why))
        backend = _TORCH.fullmatch(public)
        if backend:
            self._options["torch_backend"] = backend[1]
        elif not public.startswith(("https://", "http://")):
            why = "it is a folder on the machine that saved the model"
            self.left.append(Left(what=f"`{name} {public}`", why=why))
        elif name in ("-i", "--index-url"):
            self._options["index_url"] = public
        else:
            key = "extra_index_urls" if name == "--extra-index-url" else "find_links"
            self._options.setdefault(key, []).append(public)

    def _conda(self) -> None:
        path = self._facts.path / "conda.yaml"
        try:
            content = load_yaml(path.read_bytes())
        except (OSError, ValueError):
            return
        own = [each for each in listed(content, "dependencies") if isinstance(each, str)]
        for each in own:
            if not re.match(r"(python|pip)\b", each):
                why = "it is a conda package; only requirements.txt is imported"
                self.left.append(Left(what=f"`{each}` of conda.yaml", why=why))


def _file_text(lines: list[str]) -> bytes:
    """Return requirement lines with each hash on a line of its own."""
    return "".join(line.replace(" --hash", " \\\n    --hash") + "\n" for line in lines).encode()
