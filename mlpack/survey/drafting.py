"""A manifest for code that is there, with a TODO wherever the files do not tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.code import FoundClass, Parameter
from mlpack.survey.candidates import Candidates, artifact_candidates, example_candidates
from mlpack.survey.folder import Survey
from mlpack.survey.packages import dependency_lines
from mlpack.survey.reading import Needs, needs

_CONFIG_NAMES = frozenset(("config", "cfg", "model_config", "settings", "hparams"))
# As many as one line holds.
_TOLD = 3
_SIGNATURE = "# TODO: the signature; `mlpack signature --write` finds it by running the example."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The text of a manifest from the key ``model`` on, and the class that it describes."""

    model: str
    text: str


def draft(seen: Survey, found: FoundClass, *, python: str, metadata: str | None) -> Draft:
    """Describe ``found``, one of the classes of ``seen``; ``metadata`` is the license, if any."""
    wanted = needs(seen.root, found)
    artifacts = artifact_candidates(wanted.artifacts, seen.files)
    taken = [each.chosen for each in artifacts.values() if each.chosen]
    blocks = [
        "".join(f"{line}\n" for line in block)
        for block in (
            [*_model(seen, found, wanted), *_code_paths(found, wanted)],
            list(_artifacts(artifacts)),
            list(_config(seen.root, wanted)),
            [_SIGNATURE],
            list(_example(seen, taken, wanted)),
            [f"metadata: {{license: {metadata}}}"] if metadata else [],
            [f'python: "{python}"', *dependency_lines(seen.requirements, wanted.imports)],
        )
        if block
    ]
    return Draft(model=found.reference, text="\n".join(blocks))


def _model(seen: Survey, found: FoundClass, wanted: Needs) -> Iterator[str]:
    others = [each.reference for each in seen.models if each.reference != found.reference]
    if others:
        yield f"# TODO: is it this class? Others are {', '.join(others)}."
    required = [each for each in wanted.arguments if each.required]
    if not required:
        yield f"model: {found.reference}"
        return
    yield "model:"
    yield f"  class: {found.reference}"
    if _takes_config(required):
        yield "  init_from: model_config"
        return
    yield "  # TODO: the constructor's arguments, which are fixed in the package."
    yield "  init:"
    for each in required:
        yield f"    {each.name}: null{f'    # {each.annotation}' if each.annotation else ''}"


def _takes_config(required: Sequence[Parameter]) -> bool:
    return len(required) == 1 and required[0].name in _CONFIG_NAMES


def _code_paths(found: FoundClass, wanted: Needs) -> Iterator[str]:
    top = found.module.partition(".")[0]
    if [str(path).removesuffix(".py") for path in wanted.code] != [top]:
        yield f"code_paths: [{', '.join(_flow(path) for path in wanted.code)}]"


def _artifacts(found: Mapping[str, Candidates]) -> Iterator[str]:
    if found:
        yield "artifacts:"
    for key, paths in found.items():
        if paths.chosen is None:
            yield f"  # TODO: what the class finds as context.artifacts[{key!r}]."
        elif paths.others:
            yield f"  # TODO: is it this one? Others are {_listed(paths.others)}."
        yield f"  {key}: {'TODO' if paths.chosen is None else _flow(paths.chosen)}"


def _config(root: Path, wanted: Needs) -> Iterator[str]:
    from_config = _takes_config([each for each in wanted.arguments if each.required])
    file = next((name for name in ("model_config.json", "config.json") if _has(root, name)), None)
    if not (wanted.config or from_config):
        return
    if file:
        yield f"model_config: {file}"
    elif wanted.config:
        yield "# TODO: the values that the class reads from context.model_config."
        yield "model_config:"
        yield from (f"  {_flow(key)}: null" for key in wanted.config)
    else:
        yield "# TODO: the mapping that the constructor gets."
        yield "model_config: {}"


def _has(root: Path, name: str) -> bool:
    try:
        return isinstance(json.loads((root / name).read_text(encoding="utf-8")), dict)
    except (OSError, ValueError):
        return False


def _example(seen: Survey, taken: Sequence[PurePosixPath], wanted: Needs) -> Iterator[str]:
    found = example_candidates(seen.files, taken, uri=wanted.takes_uri)
    key = "input_uri" if wanted.takes_uri else "file"
    if found.chosen is None:
        yield "# TODO: what the forward pass is fed; there are other forms than this one."
        yield f"# input_example: {{{key}: examples/input.csv}}"
        return
    others = f" Others are {_listed(found.others)}." if found.others else ""
    yield f"# TODO: is this what the forward pass is fed?{others}"
    yield f"input_example: {{{key}: {_flow(found.chosen)}}}"


def _listed(paths: Sequence[PurePosixPath]) -> str:
    told = [str(path) for path in paths[:_TOLD]]
    return ", ".join([*told, "…"] if len(paths) > _TOLD else told)


def _flow(text: object) -> str:
    """Return a text as YAML within a flow mapping: in quotes unless it is plainly a text."""
    plain = str(text)
    safe = plain[:1].isalpha() and all(each.isalnum() or each in "_./-" for each in plain)
    return plain if safe and plain.isascii() else json.dumps(plain, ensure_ascii=False)
