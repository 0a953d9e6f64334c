"""The story of `mlpack init`: a template, or code that is there, becomes a project."""

from __future__ import annotations

import filecmp
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.authoring import templates
from mlpack.authoring.files import is_model_file
from mlpack.authoring.survey import Survey, draft
from mlpack.authoring.survey.packages import local_cpu_wheel
from mlpack.authoring.templates import Facts
from mlpack.core.errors import UsageError
from mlpack.manifest import schema
from mlpack.manifest.code import FoundClass
from mlpack.ports import Narrator
from mlpack.ports.report import InitReport
from mlpack.storage.scaffold import plant
from mlpack.workflow.adopting import Adopted, adopt
from mlpack.workflow.ci_files import SET_VARIABLE, UNKNOWN_REQUIREMENT, VARIABLE, ci_files
from mlpack.workflow.options import InitOptions

FIRST_VERSION = "0.1.0"
MANIFEST = PurePosixPath("mlpack.yaml")
_LICENSE, _IGNORE = PurePosixPath("LICENSE"), PurePosixPath(".gitignore")
# A repository often begins with these; they do as they are.
_WELCOME = (
    PurePosixPath("README.md"), _IGNORE, templates.SCHEMA_FILE, *templates.CI_FILES.values()
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_VERSION = re.compile(r"[^\s\"\\]+")
_PYTHON = re.compile(r"3\.(9|1[0-4])")
_MODEL = re.compile(r"^(?:model|  class): (\S+)$", re.MULTILINE)

Files = dict[PurePosixPath, bytes | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a new project takes from where it is made: Python's minor, the year, variables."""

    python: str
    year: int
    environ: Mapping[str, str]
    locks: Path
    requirement: str | None = None
    """What pip installs this mlpack by on another machine, where that is known."""


def start(seen: Survey, options: InitOptions, machine: Machine, narrator: Narrator) -> InitReport:
    """Write a project into the folder of ``seen``: every file, or none.

    Raises ``UsageError`` for what does not exist, and for files that are in the way.
    """
    adopted = adopt(options.source, seen.root, options) if options.source else None
    template = None if adopted else _template(seen, options)
    if template and options.template is None:
        _tell_of_models(seen, narrator)
    facts = _facts(seen, options, machine, adopted)
    files = adopted.files(seen, facts) if adopted else _new_files(seen, template, options, facts)
    named = [options.ci] if isinstance(options.ci, str) else options.ci
    kinds = [_one_of("CI", kind, templates.CI_FILES) for kind in named]
    ci = ci_files(seen.root, kinds, facts, force=options.force)
    files = _with_company({**files, **ci.inner}, facts)
    kept = [path for path in _WELCOME if not options.force and _is_there(seen.root, path)]
    if _IGNORE in kept:
        _tell_of_dist(seen.root, narrator)
    wanted = {path: content for path, content in files.items() if path not in kept}
    _refuse_clashes(seen.root, wanted, options)
    _refuse_clashes(ci.top, ci.missing, options)
    plant(seen.root, wanted, machine.locks, waiting=narrator.note)
    if ci.missing:
        plant(ci.top, ci.missing, machine.locks, waiting=narrator.note)
    if facts.variable and ci.among(wanted):
        narrator.note(SET_VARIABLE)
    texts = {path: each.decode("utf-8") for path, each in _texts(files)}
    if adopted is not None:
        _tell_of_file(adopted, facts, narrator)
    return InitReport(
        root=seen.root,
        template=template,
        model=_MODEL.findall(texts[MANIFEST])[0],
        written=(*sorted(wanted), *ci.shown(ci.missing)),
        kept=(*(path for path in kept if path in files), *ci.shown(ci.kept)),
        todo=tuple(line for path, text in texts.items() for line in _todo(path, text)),
        importable=seen.importable,
        source=adopted.model.says if adopted else None,
        warnings=adopted.warnings if adopted else (),
    )


def _tell_of_file(adopted: Adopted, facts: Facts, narrator: Narrator) -> None:
    if doubt := adopted.doubt_of(facts.python):
        narrator.note(doubt)
    for problem in adopted.warnings:
        narrator.warn(problem)


def _new_files(seen: Survey, template: str | None, options: InitOptions, facts: Facts) -> Files:
    if template is None:
        return _described(seen, _chosen(seen, options.model), facts)
    return dict(templates.template_files(template, facts))


def project_name(folder: Path) -> str:
    """Return a name for the project in ``folder``: the folder's, as far as names may go."""
    written = re.sub(r"[^a-z0-9._-]+", "-", folder.absolute().name.lower())
    return written.strip("-._") or "model"


def _template(seen: Survey, options: InitOptions) -> str | None:
    if options.template is None:
        return None if seen.models or options.model else next(iter(templates.TEMPLATES))
    if options.model is not None:
        raise UsageError(
            "--model cannot be used with --template, which has its own class",
            hint="remove --template to use the existing code",
        )
    return _one_of("template", options.template, templates.TEMPLATES)


def _chosen(seen: Survey, model: str | None) -> FoundClass:
    known = {each.reference: each for each in seen.models}
    if model is None:
        return min(seen.models, key=lambda each: (len(each.path.parts), str(each.path)))
    if not known:
        raise UsageError(
            f"no subclass of mlflow.pyfunc.PythonModel found in {seen.root}",
            hint="remove --model to start from a template",
        )
    return known[_one_of("model", model, known)]


def _facts(seen: Survey, options: InitOptions, machine: Machine, adopted: Adopted | None) -> Facts:
    name = options.name or project_name(seen.root)
    check_name(name)
    version = options.version or FIRST_VERSION
    check_version(version)
    python = options.python or seen.python or machine.python
    check_python(python)
    if adopted is not None and options.python is None:
        python = adopted.fitting_python(seen.python, machine.python)
    wheel = local_cpu_wheel(machine.environ, python)
    license = options.license and _one_of("license", options.license, templates.LICENSES)
    facts = Facts(
        name=name,
        version=version,
        python=python,
        license=license,
        year=machine.year,
        holder=f"The {name} authors",
        requirement=machine.requirement or UNKNOWN_REQUIREMENT,
        variable=None if machine.requirement else VARIABLE,
    )
    return facts if wheel is None else facts.with_wheel(wheel.version, wheel.platform)


def check_name(name: str) -> None:
    """Raise ``UsageError`` unless a model can be called so."""
    _need(_NAME, "name", name, "lowercase letters, digits, `.`, `_` and `-`")


def check_version(version: str) -> None:
    """Raise ``UsageError`` unless a model's version can be written so."""
    _need(_VERSION, "version", version, "a string without spaces, such as 1.0.0")


def check_python(python: str) -> None:
    """Raise ``UsageError`` unless a model's Python can be written so."""
    _need(_PYTHON, "Python", python, "a minor version, such as 3.11")


def _need(pattern: re.Pattern[str], what: str, value: str, form: str) -> None:
    if not pattern.fullmatch(value):
        raise UsageError(f"invalid {what} {value!r}", hint=f"use {form}")


def _one_of(what: str, value: str, known: Iterable[str]) -> str:
    choices = {each.lower(): each for each in known}
    if value.lower() not in choices:
        near = schema.closest(value, choices.values())
        hint = f"did you mean {near}?" if near else f"choose one of: {', '.join(choices.values())}"
        raise UsageError(f"unknown {what} {value!r}", hint=hint)
    return choices[value.lower()]


def _described(seen: Survey, found: FoundClass, facts: Facts) -> Files:
    drafted = draft(seen, found, python=facts.python, metadata=facts.license)
    return {MANIFEST: (templates.manifest_head(facts) + drafted.text).encode("utf-8")}


def _with_company(files: Files, facts: Facts) -> Files:
    """Add what every project has, and end with the manifest: it is what makes a project."""
    more = {templates.SCHEMA_FILE: schema.text().encode("utf-8")}
    more[_IGNORE] = templates.ignore_file()
    if facts.license is not None:
        more[_LICENSE] = templates.license_file(facts)
    manifest = files.pop(MANIFEST)
    return {**files, **more, MANIFEST: manifest}


def _refuse_clashes(root: Path, files: Files, options: InitOptions) -> None:
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is a file", hint="choose a folder")
    clashes = []
    for path, content in files.items():
        for outer in path.parents:
            if os.path.lexists(root / outer) and not _is_folder(root / outer, root):
                raise _in_the_way(outer, f"{path} belongs in a folder of that name")
        if _is_folder(root / path, root):
            raise _in_the_way(path, "it is a folder")
        if not options.force and _is_there(root, path) and not _holds(root / path, content):
            clashes.append(str(path))
    if clashes:
        raise UsageError(
            f"{', '.join(clashes)} exist{'s' * (len(clashes) == 1)} already; nothing was changed",
            hint="choose an empty folder, or use --force to overwrite",
        )


def _in_the_way(path: PurePosixPath, why: str) -> UsageError:
    return UsageError(
        f"{path} is in the way: {why}; nothing was changed",
        hint="rename it, or choose another folder",
    )


def _is_folder(path: Path, root: Path) -> bool:
    # A link below the project may lead anywhere.
    return path.is_dir() and (path == root or not path.is_symlink())


def _is_there(root: Path, path: PurePosixPath) -> bool:
    return os.path.lexists(root / path)


def _holds(path: Path, content: bytes | Path) -> bool:
    """Whether a file is what would be written: a killed run may be repeated."""
    if not path.is_file() or path.is_symlink():
        return False
    if isinstance(content, Path):
        return filecmp.cmp(path, content, shallow=False)
    return path.read_bytes() == content


def _tell_of_dist(root: Path, narrator: Narrator) -> None:
    lines = (root / _IGNORE).read_text(encoding="utf-8", errors="replace").split()
    if not {"dist", "dist/", "/dist", "/dist/"}.intersection(lines):
        narrator.note(f"{_IGNORE} does not list dist/, where packages are built")


def _tell_of_models(seen: Survey, narrator: Narrator) -> None:
    found = next((path for path in seen.files if is_model_file(seen.root / path)), None)
    if found is not None:
        narrator.note(f"`mlpack init --from {shlex.quote(str(found))}` starts from that model")


def _texts(files: Files) -> Iterable[tuple[PurePosixPath, bytes]]:
    """Yield what a person may have to complete: the manifest, and then the code."""
    for path, content in sorted(files.items(), key=lambda item: item[0] != MANIFEST):
        if isinstance(content, bytes) and (path == MANIFEST or path.suffix == ".py"):
            yield path, content


def _todo(path: PurePosixPath, text: str) -> Iterable[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        before, mark, sentence = line.partition("# TODO: ")
        if mark:
            yield f"{path}:{number}:{len(before) + 1}: {sentence}"
