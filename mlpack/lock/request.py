"""What a variant asks of the resolver, as one value whose digest depends on meaning alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlpack.core.digest import value_digest
from mlpack.core.errors import ManifestError, Problem, Span
from mlpack.manifest.model import Asking, Dependencies
from mlpack.manifest.rules.pyproject import read_pyproject
from mlpack.manifest.rules.requirement_files import read_requirement_file
from mlpack.manifest.rules.requirement_lines import Asked, Entry, Source, entry_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRequest:
    """Everything that decides a resolution; texts are normalised and sorted.

    ``find_links`` are URLs or folders relative to ``root``, which does not count for equality.
    """

    python: str
    """Minor version, such as ``3.11``."""
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    hashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Package → the sha256s that a requirement file allows for it, where it states any."""
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    torch_backend: str | None = None
    exclude_newer: str | None = None
    allow_sdist: bool | tuple[str, ...] = True
    no_build_isolation: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    allow_unhashed: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What was asked, by the name of its source (``requirements.in``) → digest."""
    files: tuple[PurePosixPath, ...] = field(default=(), compare=False)
    """The project files that were read for it."""
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    """Package → where it is asked for; of a transitive one nothing is known."""
    root: Path = field(default=Path(), compare=False)
    """The project folder, absolute."""

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of all that is asked, whichever file says it."""
        return value_digest({**_options(self), **self._words()})

    def _words(self) -> dict[str, object]:
        return {
            "python": self.python,
            "requirements": list(self.requirements),
            "constraints": list(self.constraints),
            "hashes": {name: list(values) for name, values in self.hashes.items()},
        }

    @property
    def link_folders(self) -> tuple[Path, ...]:
        """The folders among ``find_links``."""
        return tuple(self.root / link for link in self.find_links if "://" not in link)

    @property
    def find_links_now(self) -> tuple[str, ...]:
        """``find_links`` as uv takes them here: folders as absolute file URLs."""
        return tuple(
            link if "://" in link else (self.root / link).resolve().as_uri()
            for link in self.find_links
        )


def request_for(variant: Asking) -> ResolveRequest:
    """Read all that a variant's dependencies name: files, extras, groups, constraints.

    Raises ``ManifestError`` with every finding, in the manifest or in a file that it names.
    """
    asked = gathered(variant)
    if asked.problems:
        raise ManifestError(_summary(asked.problems), problems=asked.problems)
    _add_mlflow(asked)
    stated = variant.dependencies
    return ResolveRequest(
        python=variant.python,
        requirements=_normal(asked.requirements),
        constraints=_normal(asked.constraints),
        hashes=asked.hashes(),
        index_url=stated.index_url or asked.index_url,
        extra_index_urls=_unique([*stated.extra_index_urls, *asked.extra_index_urls]),
        find_links=_unique([*stated.find_links, *asked.find_links]),
        torch_backend=stated.torch_backend,
        exclude_newer=stated.exclude_newer,
        allow_sdist=_sdists(stated.allow_sdist),
        no_build_isolation=_names(stated.no_build_isolation),
        platforms=tuple(sorted(set(stated.platforms))),
        allow_unhashed=_names(stated.allow_unhashed),
        inputs=_inputs(variant, asked),
        files=tuple(dict.fromkeys(asked.files)),
        places={entry.name: entry.span for entry in asked.requirements if entry.span},
        root=variant.root,
    )


def environment_names(requests: Mapping[str, ResolveRequest]) -> dict[str, str]:
    """Return each variant's environment: ``default`` for one shared by all, else its first user."""
    distinct = {request.digest for request in requests.values()}
    if len(distinct) == 1:
        return dict.fromkeys(requests, "default")
    first: dict[str, str] = {}
    for variant in sorted(requests):
        first.setdefault(requests[variant].digest, variant)
    return {variant: first[request.digest] for variant, request in requests.items()}


def gathered(variant: Asking) -> Asked:
    """Return all requirements and constraints of a variant, each with the name of its source."""
    stated = variant.dependencies
    asked = Asked(
        root=variant.root,
        folder=str(Path(variant.document.file).parent),
        allow_unhashed=_names(stated.allow_unhashed),
    )
    for text, span in zip(stated.requirements, _spans(variant), strict=True):
        asked.requirements.append(entry_of(text, "dependencies.requirements", span=span))
    if stated.file is not None:
        read_requirement_file(asked, stated.file, _named(variant, stated.file, "file"))
    if stated.pyproject is not None:
        named = _named(variant, stated.pyproject.path, "pyproject")
        read_pyproject(asked, stated.pyproject, named)
    for index, path in enumerate(stated.constraints):
        named = _named(variant, path, f"constraints/{index}")
        read_requirement_file(asked, path, named, constraining=True)
    return asked


def _spans(variant: Asking) -> list[Span]:
    """Return where each requirement of the manifest is written."""
    document = variant.document
    short = isinstance(document.data, dict) and isinstance(document.data.get("dependencies"), list)
    at = "/dependencies" if short else "/dependencies/requirements"
    return [
        document.span(f"{at}/{index}") for index in range(len(variant.dependencies.requirements))
    ]


def _named(variant: Asking, path: PurePosixPath, key: str) -> Source:
    return Source(name=str(path), span=variant.document.span(f"/dependencies/{key}"))


def _add_mlflow(asked: Asked) -> None:
    if not {"mlflow", "mlflow-skinny"} & {entry.name for entry in asked.requirements}:
        asked.requirements.append(entry_of("mlflow", ""))


def _inputs(variant: Asking, asked: Asked) -> dict[str, str]:
    """Digest each source on its own, so that a stale lock can name the one that moved."""
    words: dict[str, list[object]] = {}
    for kind, entries in (("", asked.requirements), ("-c ", asked.constraints)):
        for entry in entries:
            line: list[object] = [kind + entry.text, *sorted(entry.hashes)]
            words.setdefault(entry.source, []).append(line)
    found = {name: value_digest(sorted(lines, key=str)) for name, lines in words.items() if name}
    found["python"] = value_digest(variant.python)
    stated = variant.dependencies
    for key, value in _options(stated).items():
        if value != _options(Dependencies())[key]:
            found[f"dependencies.{key}"] = value_digest(value)
    return found


def _options(stated: Dependencies | ResolveRequest) -> dict[str, object]:
    """Return the keys that stand for themselves, as JSON values without order where it is none.

    Indexes keep theirs: the first that has a package serves it.
    """
    sdist = stated.allow_sdist
    return {
        "index_url": stated.index_url,
        "extra_index_urls": list(stated.extra_index_urls),
        "find_links": list(stated.find_links),
        "torch_backend": stated.torch_backend,
        "exclude_newer": stated.exclude_newer,
        "allow_sdist": sdist if isinstance(sdist, bool) else list(_names(sdist)),
        "no_build_isolation": list(_names(stated.no_build_isolation)),
        "platforms": sorted(set(stated.platforms)),
        "allow_unhashed": list(_names(stated.allow_unhashed)),
    }


def _normal(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(sorted({entry.text for entry in entries}))


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({re.sub(r"[-_.]+", "-", value).lower() for value in values}))


def _sdists(value: bool | tuple[str, ...]) -> bool | tuple[str, ...]:
    return value if isinstance(value, bool) else _names(value)


def _summary(problems: list[Problem]) -> str:
    if len(problems) == 1:
        return problems[0].message
    return f"{len(problems)} requirements are invalid"
