"""The cross-field rules, and which keys each one reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mlpack.core.errors import Problem
from mlpack.manifest.rules import (
    agents,
    artifacts,
    build_and_verify,
    class_reference,
    code_paths,
    config,
    context,
    dependencies,
    example,
    imports,
    model_class,
    publish,
    saved,
    signature,
)
from mlpack.manifest.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A check over merged keys; it runs where the schema has nothing against those it reads."""

    check: Callable[[View], Iterator[Problem]]
    keys: frozenset[str]


def _rule(check: Callable[[View], Iterator[Problem]], *keys: str) -> Rule:
    return Rule(check=check, keys=frozenset(keys))


_CODE = ("model", "code_paths")
RULES: tuple[Rule, ...] = (
    _rule(saved.check, "model"),
    _rule(saved.check_keys, "model", "artifacts", "code_paths", "code_exclude", "build"),
    _rule(class_reference.check_code_paths, "code_paths"),
    _rule(class_reference.check, "model", "code_paths", "model_config"),
    _rule(model_class.check, *_CODE, "python"),
    _rule(model_class.check_init, *_CODE),
    _rule(context.check_artifacts, *_CODE, "artifacts"),
    _rule(context.check_config, *_CODE, "model_config"),
    _rule(imports.check, *_CODE, "python", "dependencies"),
    _rule(imports.check_shadowing, *_CODE, "python", "dependencies"),
    _rule(code_paths.check_files, "model", "code_paths", "code_exclude"),
    _rule(code_paths.check_code, *_CODE, "python"),
    _rule(config.check, "model_config"),
    _rule(artifacts.check, "artifacts"),
    _rule(signature.check, "signature"),
    _rule(agents.check, *_CODE, "input_example"),
    _rule(agents.check_access, "resources", "auth_policy"),
    _rule(example.check_files, "input_example"),
    _rule(example.check_fit, "input_example", "signature"),
    _rule(dependencies.check, "dependencies"),
    _rule(build_and_verify.check_build, "build", "name", "code_paths"),
    _rule(build_and_verify.check_saved, "build", "name", "model"),
    _rule(build_and_verify.check_verify, "verify"),
    _rule(publish.check, "publish", "name", "version"),
)


def check(view: View, wrong: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what the rules find, sparing keys that already hold one of the problems ``wrong``."""
    dirty = {key for problem in wrong for key in _touched(view, problem.pointer)}
    for rule in RULES:
        if not rule.keys & dirty:
            yield from rule.check(view)


def _touched(view: View, pointer: str) -> Iterator[str]:
    """Yield the merged key that a place in the file belongs to, if this view uses the place."""
    parts = pointer.split("/")[1:]
    if parts[:1] == ["variants"]:
        if len(parts) > 2 and parts[1] == view.variant:
            yield parts[2]
    elif parts and f"/{parts[0]}" not in view.document.origins:
        yield parts[0]
