"""A trained model's file becomes a project: which module, which artifact, which Python."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from mlpack.authoring import templates
from mlpack.authoring.files import (
    ModelFile,
    Need,
    first_line,
    module_name,
    read_model_file,
    rows_of,
    written,
)
from mlpack.authoring.survey import Survey
from mlpack.authoring.templates import Facts
from mlpack.core.errors import Problem, UsageError
from mlpack.workflow.options import InitOptions

_HOME = PurePosixPath("model_data")
_MANIFEST = PurePosixPath("mlpack.yaml")
_PYTHONS = range(10, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A file that was read, and where it is."""

    path: Path
    model: ModelFile

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What somebody should look at before the file is loaded for the first time."""
        if not self.model.suspicious:
            return ()
        listed = ", ".join(f"`{each}`" for each in self.model.suspicious[:5])
        return (
            Problem(
                code="suspicious-pickle",
                message=f"{self.path.name} refers to {listed}, which loading it can run.",
                hint="a build loads the file: build it only if you trust where it is from",
                severity="warning",
            ),
        )

    def doubt_of(self, python: str) -> str | None:
        """Return a sentence if the Python that was asked for has no release of what it needs."""
        if self.model.oldest <= int(python.partition(".")[2]) <= self.model.newest:
            return None
        wrote = f"{self.model.framework} {self.model.version or ''}".strip()
        span = f"3.{self.model.oldest} to 3.{self.model.newest}"
        return f"{wrote} has releases for Python {span}, and none for Python {python}"

    def fitting_python(self, *preferred: str | None) -> str:
        """Return the first of ``preferred`` with releases of what the file needs, or another."""
        fitting = [n for n in _PYTHONS if self.model.oldest <= n <= self.model.newest]
        known = [f"3.{minor}" for minor in fitting] or ["3.10"]
        return next((each for each in preferred if each in known), known[-1])

    def files(self, seen: Survey, facts: Facts) -> dict[PurePosixPath, bytes | Path]:
        """Return the project: the class, the manifest, and the file where it is elsewhere."""
        artifact, copied = self._placed(seen.root)
        model = self.model
        if model.torch:
            model = replace(model, needs=(*model.needs, Need(requirement=f"torch=={facts.torch}")))
        made = written(
            model,
            artifact,
            module=module_name(self.path.stem, list(_taken(seen.root, self.path.name))),
            python=facts.python,
            torch=list(_torch(facts)),
            code=tuple(self._code(seen.root)),
            rows=rows_of(seen.root, seen.files, model.inputs),
            metadata=facts.license,
        )
        text = templates.manifest_head(facts) + made.text
        return {**copied, **made.files, _MANIFEST: text.encode("utf-8")}

    def _placed(self, root: Path) -> tuple[PurePosixPath, dict[PurePosixPath, bytes | Path]]:
        """Return the file's place in the project, and what must be copied for that."""
        for beside in self.model.artifacts.values():
            if PurePosixPath(beside).name != beside or not (self.path.parent / beside).is_file():
                raise UsageError(
                    f"the weights of {self.path.name} are in {beside}, which is not beside it",
                    hint="save the model as one file, or copy its weights into the same folder",
                )
        inside = _below(root, self.path)
        if inside is not None:
            return inside, {}
        names = (self.path.name, *self.model.artifacts.values())
        whole = self.path.absolute().parent
        return _HOME / self.path.name, {_HOME / name: whole / name for name in names}

    def _code(self, root: Path) -> Iterator[PurePosixPath]:
        for path in self.model.code_paths:
            inside = _below(root, path)
            if inside is None:
                raise UsageError(
                    f"{self.path.name} needs {path.name}, which is outside the project",
                    hint=f"run this command in {self.path.absolute().parent}",
                )
            yield inside


def _below(root: Path, path: Path) -> PurePosixPath | None:
    """Return a path as the project sees it; a link stays the link that it is."""
    whole, top = (Path(os.path.abspath(each)) for each in (path, root))  # noqa: PTH100
    return PurePosixPath(whole.relative_to(top).as_posix()) if whole.is_relative_to(top) else None


def adopt(source: Path, root: Path, options: InitOptions) -> Adopted:
    """Read the file that ``--from`` names. Raises ``UsageError`` where it tells no model."""
    for flag, value in (("--template", options.template), ("--model", options.model)):
        if value is not None:
            raise UsageError(
                f"{flag} cannot be used with --from, which writes its own class",
                hint=f"remove {flag}",
            )
    return Adopted(path=source, model=read_model_file(source, root))


def _taken(root: Path, file: str) -> Iterator[str]:
    """Yield the names of modules and folders that are there, but for what a run before wrote."""
    for path in root.iterdir() if root.is_dir() else ():
        if path.suffix == ".py" and path.is_file():
            with path.open(encoding="utf-8", errors="replace") as opened:
                ours = opened.readline().rstrip() == first_line(file)
            if not ours:
                yield path.stem
        elif path.is_dir():
            yield path.name


def _torch(facts: Facts) -> Iterator[str]:
    if facts.torch_backend is not None:
        yield f"torch_backend: {facts.torch_backend}  # leave it out for CUDA"
    if facts.platform is not None:
        yield f"platforms: [{facts.platform}]  # where the wheel of UV_FIND_LINKS runs"
