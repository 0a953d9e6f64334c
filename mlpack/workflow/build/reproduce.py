"""`--locked`: the recorded output again, or why not; `--check`: the same package twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mlpack.core.digest import file_digest, tree_digest
from mlpack.core.errors import (
    IntegrityError,
    MlpackError,
    Problem,
    ReproducibilityError,
    StaleLockError,
)
from mlpack.lock.model import Output, abbreviated
from mlpack.package.comparison import compare_packages, difference_text
from mlpack.package.record_reading import record_of
from mlpack.ports import Environment
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan
from mlpack.ports.report import BuildReport
from mlpack.storage.atomic import place_folder
from mlpack.storage.staging import scratch_folder
from mlpack.workflow.build.save import save_package
from mlpack.workflow.places import key_span

_LINES = 60
# What a part is called where its own name would not tell.
_NAMES = {
    "metadata": "name, version, tags or metadata",
    "packages": "the set of packages",
    "build_time": "the build time (the lock's, or SOURCE_DATE_EPOCH)",
    "package_format": "the package format of this mlpack",
}

# The key to look at where a part is not a key itself.
_KEYS = {
    "code": "/model",
    "example_files": "/input_example",
    "metadata": "/version",
    "packages": "/dependencies",
    "serialization": "/build",
    "wheels": "/dependencies",
}


def check_recorded(planned: Plan, recorded: Output | None) -> None:
    """Raise ``StaleLockError`` where the lock records no output, or one of other inputs."""
    name = planned.variant.package_name
    if recorded is None:
        raise StaleLockError(
            f"the lock has no recorded output for {name}",
            hint="run `mlpack build` once without --locked and commit the lock",
        )
    if recorded.inputs != planned.inputs:
        raise StaleLockError(
            f"{name} has other inputs than its recorded output",
            problems=[
                _other_input(planned, pointer, sentence)
                for pointer, sentence in _moved(planned, recorded)
            ],
        )


def _other_input(planned: Plan, pointer: str, sentence: str) -> Problem:
    variant = planned.variant
    return Problem(
        code=StaleLockError.code,
        message=f"{variant.package_name} has other inputs than its recorded output: {sentence}",
        span=key_span(variant, pointer),
        pointer=variant.document.origin(pointer),
        hint="If the change is intended, run `mlpack build` without --locked and commit the lock.",
    )


def not_reproduced(planned: Plan, staged: Path, recorded: Output) -> ReproducibilityError:
    """Keep the rebuilt package beside the target, and return the error that compares the two."""
    kept = _free_place(planned.target)
    place_folder(staged, kept)
    name = planned.variant.package_name
    found = tree_digest(kept).digest
    details, hint = None, f"the rebuilt package is kept at {kept}"
    known = _recorded_package(planned, recorded)
    if known is not None:
        details = difference_text(compare_packages(known, kept), limit=_LINES)
        hint += (
            f", the recorded one at {known}; `mlpack diff` shows all that differs; look for what "
            "the model takes from outside: times, random numbers, files, the network"
        )
    else:
        hint += "; the recorded one is not here: `mlpack diff` compares the two where it is"
    return ReproducibilityError(
        f"{name} was rebuilt as {found}, but the lock records {recorded.package}",
        details=details,
        hint=hint,
    )


def _moved(planned: Plan, recorded: Output) -> Iterator[tuple[str, str]]:
    """Yield the manifest's key for each part that moved, and the words for it."""
    now, then = abbreviated(planned.parts), recorded.parts
    if not then or now == then:
        yield "/name", "an input changed; the lock does not say which"
    for part in sorted(now.keys() | then.keys()) if then else ():
        if now.get(part) != then.get(part):
            files = ", ".join(_moved_code(planned, recorded)) if part == "code" else ""
            sentence = f"{_NAMES.get(part, part)} changed" + (f": {files}" if files else "")
            yield _KEYS.get(part, f"/{part}"), sentence


def _moved_code(planned: Plan, recorded: Output) -> Iterator[str]:
    """Name the files of code that moved, where the record of that output is still here."""
    try:
        record = record_of(planned.target)
    except MlpackError:
        return
    if record is None or record.package != recorded.package:
        return
    before = {
        item.name: f"sha256:{item.digest.get('sha256')}"
        for item in record.dependencies
        if item.role == "code"
    }
    root = planned.variant.root
    after = {
        file.source.relative_to(root).as_posix(): file_digest(file.source) for file in planned.code
    }
    yield from sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _free_place(target: Path) -> Path:
    """Return where a rebuilt package may go: nothing is there, or an older one."""
    place, number = target.with_name(f"{target.name}.rebuilt"), 1
    while (place.exists() or place.is_symlink()) and not (place / "MLmodel").is_file():
        number += 1
        place = target.with_name(f"{target.name}.rebuilt-{number}")
    return place


def _recorded_package(planned: Plan, recorded: Output) -> Path | None:
    """Return the package that the lock records, where it lies at its usual place or the target."""
    variant = planned.variant
    for place in (planned.target, variant.root / variant.output / variant.package_name):
        try:
            if (place / "MLmodel").is_file() and tree_digest(place).digest == recorded.package:
                return place
        except IntegrityError:
            continue
    return None


# What a build must not depend on, set to something unusual. The hash seed is fixed in every build.
_OTHER_CONDITIONS = {
    "TZ": "Pacific/Chatham",
    "USER": "somebody-else",
    "LOGNAME": "somebody-else",
}


def check(planned: Plan, environment: Environment, outside: Outside) -> BuildReport:
    """Save the package twice, elsewhere than its target, and compare.

    The second time the folder is deeper, the umask, time zone and user are others. Raises
    ``ReproducibilityError`` that says what differs.
    """
    started = outside.clock()
    with scratch_folder() as folder:
        first, _ = save_package(planned, environment, folder / "first", outside)
        deeper = folder / "second" / "at" / "another" / "depth"
        with _umask(0o077):
            second, _ = save_package(_elsewhere(planned), environment, deeper, outside)
        compared = compare_packages(first, second)
        size = tree_digest(first).size
    if not compared.equal:
        raise ReproducibilityError(
            f"two builds of {planned.variant.package_name} differ in "
            + ", ".join(file.path for file in compared.files),
            details=difference_text(compared, limit=_LINES),
            hint="look for sets, object ids, times or paths that end up in these files",
        )
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status="reproduced",
        digest=compared.first_digest,
        size=size,
        seconds=outside.clock() - started,
    )


def _elsewhere(planned: Plan) -> Plan:
    verify = planned.variant.verify
    changed = replace(verify, env={**_OTHER_CONDITIONS, **verify.env})
    return replace(planned, variant=replace(planned.variant, verify=changed))


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)
