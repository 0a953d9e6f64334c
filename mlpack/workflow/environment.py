"""The environment that a lock pins for a variant, and the imports that a build's models share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import PurePosixPath

from packaging.utils import canonicalize_name

from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import request_for
from mlpack.lock.requirements import install_lines, own_options, shipped_hashes
from mlpack.manifest.code import Imported, opening
from mlpack.manifest.model import Asking, ModelClass
from mlpack.manifest.rules.packages import distributions, in_standard_library
from mlpack.ports import Environment, EnvironmentRequest, Meanwhile
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan, package_requirements


def environment_of(variant: Asking, locked: LockedEnvironment) -> EnvironmentRequest:
    """Return the environment that the lock pins for a variant."""
    asked = request_for(variant)
    options = own_options(package_requirements(variant, locked))
    return EnvironmentRequest(
        # With all hashes there are: beside a git requirement the package's own have none.
        requirements=(*options, *install_lines(locked)),
        python=locked.python,
        no_build_isolation=locked.no_build_isolation,
        links=asked.find_links_now,
        borrowed=shipped_hashes(locked),
        index_url=asked.index_url,
        platforms=asked.platforms,
    )


def ready_environment(
    request: EnvironmentRequest,
    count: str,
    outside: Outside,
    *,
    offline: bool,
    meanwhile: Meanwhile = nullcontext,
    quiet: bool = False,
) -> Environment:
    """Return an environment, made or found, telling of it; ``count`` says what is in it.

    With ``quiet``, one that was found is told of only while it is checked.
    """
    narrator = outside.narrator
    narrator.step(f"Preparing the environment ({count})")
    found = outside.environments.provide(request, offline=offline, meanwhile=meanwhile)
    for note in found.notes:
        narrator.note(note)
    told = found.made or not quiet
    narrator.done(f"Environment ready on Python {found.version}" if told else "")
    return found


def shared_imports(plans: Iterable[Plan]) -> tuple[Imported, ...]:
    """Return the imports that every one of these models begins with, in the first one's order."""
    first, *others = (_opening(planned) for planned in plans)
    return tuple(each for each in first if all(each in other for other in others))


def _opening(planned: Plan) -> tuple[Imported, ...]:
    """Return what importing the model's module imports before any code of the user's runs."""
    sources = {file.target: file.source for file in planned.code}
    local = {target.parts[0].partition(".")[0] for target in sources}
    if _hides_a_module(local, planned):
        return ()
    model = planned.variant.model
    if not isinstance(model, ModelClass):
        return ()
    found: list[Imported] = []
    for module in _modules(model.module):
        source = next((sources[path] for path in module if path in sources), None)
        if source is None:
            # A package without an ``__init__.py`` holds no statements.
            continue
        try:
            begun = opening(source.read_bytes(), local)
        except OSError:
            # It has gone since: saving the model will say so.
            break
        found.extend(begun.imports)
        if not begun.whole:
            break
    return tuple(found)


def _modules(name: str) -> Iterator[tuple[PurePosixPath, PurePosixPath]]:
    """Yield where a module and the packages around it may lie, in the order of their import."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        path = PurePosixPath(*parts[:count])
        yield path / "__init__.py", path.with_suffix(".py")


def _hides_a_module(local: Iterable[str], planned: Plan) -> bool:
    """Tell whether one of the user's modules may stand before one that a library imports."""
    locked = {canonicalize_name(package.name) for package in planned.environment.packages}
    return any(
        in_standard_library(name, planned.environment.python)
        or any(canonicalize_name(each) in locked for each in (name, *distributions(name)))
        for name in local
    )
