"""Requirements as they are gathered from the manifest and its files, each judged at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from mlpack.core.errors import Problem, Span
from mlpack.manifest.document import Document, Place
from mlpack.manifest.rules.packages import distributions, in_standard_library, normal
from mlpack.manifest.rules.requirement import SIMPLE, check_requirement
from mlpack.manifest.view import View

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(view: View, line: str, at: str) -> Iterator[Problem]:
    """Yield a warning where a requirement names a module instead of the package that brings it."""
    match = _NAME.match(line.strip())
    if match is None or " @ " in line:
        return
    name, rest = match[0], line.strip()[match.end() :]
    packages = distributions(name)
    if packages and normal(name) not in map(normal, packages):
        message = f"`{name}` is a module name; the package is called `{packages[0]}`"
        hint = f"Write `{packages[0]}{rest}`."
    elif not packages and in_standard_library(name, str(view.keys.get("python", ""))):
        message = f"`{name}` is part of the standard library, not a package to install"
        hint = "Remove it."
    else:
        return
    yield view.problem("requirement-name", message, at=at, hint=hint, severity="warning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One requirement in its normal form; ``source`` is the name of where it stands."""

    name: str
    text: str
    source: str
    hashes: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place in a file that holds requirements: what a stale lock calls it, and where it is."""

    name: str
    span: Span
    text: str = ""
    """The file's text."""

    def view(self, root: Path) -> View:
        """Return a view whose one place is this: the manifest's own rules judge through it."""
        places = {"": Place(key=None, value=self.span)}
        document = Document(file=self.span.file, text=self.text, data={}, places=places)
        return View(document=document, root=root, variant=None)


@dataclass(slots=True, kw_only=True)
class Asked:
    """What has been gathered so far, findings included."""

    root: Path
    folder: str
    """The project folder as shown to the user."""
    allow_unhashed: tuple[str, ...]
    requirements: list[Entry] = field(default_factory=list)
    constraints: list[Entry] = field(default_factory=list)
    index_url: str | None = None
    extra_index_urls: list[str] = field(default_factory=list)
    find_links: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    python: str = ""
    files: list[PurePosixPath] = field(default_factory=list)
    """The project files that were read."""

    def add(
        self,
        text: str,
        source: Source,
        *,
        constraining: bool = False,
        hashes: tuple[str, ...] = (),
    ) -> None:
        """Take one requirement of a file in, or the findings of why it cannot be used."""
        view = source.view(self.root)
        if self.judge(check_requirement(view, text, "", self.allow_unhashed)):
            self.warnings.extend(
                replace(each, pointer="") for each in check_name(self._with_python(view), text, "")
            )
            known = self.constraints if constraining else self.requirements
            known.append(entry_of(text, source.name, hashes, source.span))

    def _with_python(self, view: View) -> View:
        return replace(view, document=replace(view.document, data={"python": self.python}))

    def judge(self, problems: Iterator[Problem]) -> bool:
        """Note findings; ``True`` where none is an error."""
        # A JSON pointer leads into a manifest, and these files are none.
        found = [replace(problem, pointer="") for problem in problems]
        errors = [problem for problem in found if problem.severity == "error"]
        self.problems.extend(errors)
        self.warnings.extend(problem for problem in found if problem.severity != "error")
        return not errors

    def refuse(self, code: str, message: str, source: Source, hint: str) -> None:
        """Note one finding at ``source``."""
        self.problems.append(Problem(code=code, message=message, span=source.span, hint=hint))

    def hashes(self) -> Mapping[str, tuple[str, ...]]:
        """Return the sha256s that files state, by package."""
        stated: dict[str, set[str]] = {}
        for entry in self.requirements:
            if entry.hashes:
                stated.setdefault(entry.name, set()).update(entry.hashes)
        return {name: tuple(sorted(values)) for name, values in sorted(stated.items())}

    def shown(self, path: PurePosixPath) -> str:
        """Return a project path as the manifest's own is shown."""
        return str(PurePosixPath(self.folder) / path)

    def read(self, path: PurePosixPath, source: Source) -> str | None:
        """Return the text of a project file, or note why there is none."""
        real = (self.root / path).resolve()
        if not real.is_relative_to(self.root.resolve()):
            message = f"`{path}` is outside the project"
            self.refuse("outside-path", message, source, "Move the file into the project folder.")
        elif not real.is_file():
            hint = "Fix the path, or add the file."
            self.refuse("missing-file", f"`{path}` does not exist", source, hint)
        else:
            self.files.append(path)
            return self._decoded(real.read_bytes(), path)
        return None

    def _decoded(self, content: bytes, path: PurePosixPath) -> str | None:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            source = Source(name=str(path), span=line_span(self.shown(path), 1, " "))
            hint = f"Convert it: `iconv -f UTF-16 -t UTF-8 {path} > new.txt`, or save it as UTF-8."
            self.refuse("not-utf8", f"`{path}` is UTF-16, not UTF-8", source, hint)
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            source = Source(name=str(path), span=line_span(self.shown(path), line, " "))
            self.refuse("not-utf8", f"`{path}` is not valid UTF-8", source, "Save it as UTF-8.")
            return None


def entry_of(
    text: str, source: str, hashes: tuple[str, ...] = (), span: Span | None = None
) -> Entry:
    """Return a requirement that is known to be one, written in the one way."""
    if SIMPLE.fullmatch(text):
        # Most requirements are as simple, and reading them needs no import of a real parser.
        given = _NAME.match(text)
        assert given is not None  # noqa: S101
        name = re.sub(r"[-_.]+", "-", given[0]).lower()
        line = name + text[given.end() :].strip()
        return Entry(name=name, text=line, source=source, hashes=hashes, span=span)
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    requirement = Requirement(text)
    requirement.name = canonicalize_name(requirement.name)
    requirement.extras = {canonicalize_name(extra) for extra in requirement.extras}
    return Entry(
        name=requirement.name, text=str(requirement), source=source, hashes=hashes, span=span
    )


def line_span(file: str, line: int, text: str, column: int = 1) -> Span:
    """Return the place of ``text`` in one line."""
    end = column + len(text)
    return Span(file=file, line=line, column=column, end_line=line, end_column=end)
