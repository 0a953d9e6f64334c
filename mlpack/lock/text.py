"""The lock as text: one canonical form, one hash a line, so that a diff reads like a story."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mlpack.core.errors import OutsideError, StaleLockError
from mlpack.lock.merging import in_conflict, merged
from mlpack.lock.model import (
    Lock,
    LockedEnvironment,
    LockedPackage,
    LockedVariant,
    Output,
    PinnedFile,
)
from mlpack.lock.reading import LOCK_FORMAT, MalformedError, NewerFormatError, lock_from
from mlpack.lock.salvage import damaged

_HEADER = (
    "# What the manifest's words became: pinned versions, hashes, digests. Written by `mlpack`;\n"
    "# check it in beside the manifest. `mlpack lock` renews it, `mlpack lock --check` compares.\n"
)
# Text that YAML reads as itself, without quotes; anything else is put into double quotes.
_PLAIN = re.compile(r"[A-Za-z_./][\w./@+~-]*(:[\w./@+~-]+)*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ".inf"})
_MOVING = "code"
_MERGE = "run `mlpack lock`, which merges both sides, and commit the file"
_AGAIN = "restore the file, or run `mlpack lock`, which keeps the pins that it can read"


def lock_text(lock: Lock) -> str:
    """Return the one text of ``lock``: sorted, LF line ends, a final newline."""
    content: dict[str, Any] = {
        "mlpack_lock": LOCK_FORMAT,
        "manifest": lock.manifest,
        "build_time": lock.build_time,
        "variants": {name: _variant(each) for name, each in sorted(lock.variants.items())},
        "outputs": {name: _output(each) for name, each in sorted(lock.outputs.items())},
        "environments": {name: _env(each) for name, each in sorted(lock.environments.items())},
    }
    return _HEADER + "".join(f"{line}\n" for line in _mapping(_filled(content), 0))


def read_lock(path: Path) -> Lock:
    """Read a lock. Raises ``StaleLockError``: missing, malformed, or of a newer format."""
    try:
        text = _content(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise StaleLockError(f"{path.name} is not valid UTF-8", hint=_AGAIN) from error
    return parse_lock(text, path.name)


def recovered_lock(path: Path) -> Lock:
    """Read a lock, or what is left of it after a merge or damage: its ``repair`` says so then.

    Raises ``StaleLockError`` where it is missing, or of a newer format.
    """
    text = _content(path).decode("utf-8", errors="replace")
    try:
        if in_conflict(text):
            return merged(text, path.name)
        try:
            return read_lock(path)
        except StaleLockError as error:
            return damaged(text, path.name, error.message)
    except NewerFormatError as error:
        raise _newer(path.name, error) from None


def parse_lock(text: str, name: str = "mlpack.lock") -> Lock:
    """Return the lock that ``text`` holds; ``name`` is what errors call it."""
    if in_conflict(text):
        raise StaleLockError(f"{name} contains merge conflict markers", hint=_MERGE)
    if not text.strip():
        raise StaleLockError(f"{name} is empty", hint=_AGAIN)
    try:
        return lock_from(text)
    except NewerFormatError as error:
        raise _newer(name, error) from None
    except MalformedError as error:
        raise StaleLockError(f"{name} is damaged: {error}", hint=_AGAIN) from None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        hint = "run `mlpack lock`, and commit the file"
        raise StaleLockError(f"{path.name} does not exist", hint=hint) from None
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error


def _newer(name: str, error: NewerFormatError) -> StaleLockError:
    return StaleLockError(
        f"{name} has format {error}, but this version of mlpack reads format {LOCK_FORMAT}",
        hint="install the version of mlpack that wrote it, or a newer one",
    )


def write_lock(path: Path, lock: Lock) -> None:
    """Write ``lock`` so that readers see the old file or the new one, never a part."""
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(lock_text(lock))
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise OutsideError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


class _Line(dict[str, str]):
    """A mapping that is written in one line, so that git merges all of it or nothing."""


def _output(output: Output) -> dict[str, Any]:
    # A change of code moves one line: its digest is not among the other parts'.
    moving = {name: digest for name, digest in output.parts.items() if name == _MOVING}
    parts = {name: digest for name, digest in sorted(output.parts.items()) if name != _MOVING}
    built = _Line({"inputs": output.inputs, **moving, "package": output.package})
    return _filled({"built": built, "parts": _Line(parts)})


def _env(environment: LockedEnvironment) -> dict[str, Any]:
    content = {
        "python": environment.python,
        "resolution": environment.digest,
        "request": environment.request,
        "inputs": dict(sorted(environment.inputs.items())),
        "built": sorted(environment.built),
        "no_build_isolation": sorted(environment.no_build_isolation),
        "excluded": [
            {"name": each.name, "version": each.version, "requires_python": each.requires_python}
            for each in sorted(environment.excluded, key=lambda each: (each.name, each.version))
        ],
        "packages": [_package(each) for each in sorted(environment.packages, key=_package_order)],
    }
    return _filled(content)


def _package_order(package: LockedPackage) -> tuple[str, str, str]:
    return package.name, package.version, package.marker or ""


def _package(package: LockedPackage) -> dict[str, Any]:
    content: dict[str, Any] = {"name": package.name, "version": package.version}
    if package.url:
        content["url"] = package.url
    if package.marker:
        content["marker"] = package.marker
    hashes = {"sha256": sorted(package.sha256), "shipped": sorted(package.shipped)}
    return _filled({**content, **hashes})


def _variant(variant: LockedVariant) -> dict[str, Any]:
    pins = {
        "artifacts": _pins(variant.artifacts),
        "example_files": _pins(variant.example_files),
    }
    return {"environment": variant.environment, **_filled(pins)}


def _pins(pins: Mapping[str, PinnedFile]) -> dict[str, Any]:
    return {name: _pin(pin) for name, pin in sorted(pins.items())}


def _pin(pin: PinnedFile) -> dict[str, Any]:
    content: dict[str, Any] = {"digest": pin.digest, "size": pin.size}
    more = {"request": pin.request, "revision": pin.revision}
    return {**content, **{key: value for key, value in more.items() if value is not None}}


def _filled(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``content`` without its empty collections: the reader takes them for granted."""
    return {key: value for key, value in content.items() if value not in ([], {})}


def _mapping(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in content.items():
        start = f"{'  ' * depth}{_scalar(key)}:"
        if isinstance(value, _Line) and value:
            pairs = (f"{_scalar(name)}: {_scalar(text)}" for name, text in value.items())
            yield f"{start} {{{', '.join(pairs)}}}"
        elif isinstance(value, dict) and value:
            yield start
            yield from _mapping(value, depth + 1)
        elif isinstance(value, list) and value:
            yield start
            yield from _items(value, depth + 1)
        else:
            yield f"{start} {'{}' if isinstance(value, dict) else _scalar(value)}"


def _items(values: Iterable[Any], depth: int) -> Iterator[str]:
    dash = f"{'  ' * depth}- "
    for value in values:
        if isinstance(value, dict):
            lines = list(_mapping(value, depth + 1))
            yield dash + lines[0].lstrip()
            yield from lines[1:]
        else:
            yield dash + _scalar(value)


def _scalar(value: str | int) -> str:
    text = str(value)
    if isinstance(value, int) or (_PLAIN.fullmatch(text) and text.lower() not in _RESERVED):
        return text
    import json

    # JSON's strings are YAML's double-quoted ones, but YAML takes fewer characters as they are.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
