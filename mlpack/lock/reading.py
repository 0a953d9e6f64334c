"""A lock's text read back, every field judged once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from mlpack.lock.model import (
    ExcludedVersion,
    Lock,
    LockedEnvironment,
    LockedPackage,
    LockedVariant,
    Output,
    PinnedFile,
)

LOCK_FORMAT = 2
# Its outputs have one digest a line, and its environments do not say whether they are whole.
_FORMER = 1

Value = TypeVar("Value")


class MalformedError(ValueError):
    """The text is no lock; the message says where and why, ``line`` (from 1) if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class NewerFormatError(ValueError):
    """A later mlpack wrote it; the message is the format's number."""


def lock_from(text: str) -> Lock:
    """Return the lock in ``text``. Raises ``MalformedError`` or ``NewerFormatError``."""
    content = Fields("the lock", load(text))
    stated = content.text("mlpack_lock")
    refuse_newer(stated)
    if stated not in (str(_FORMER), str(LOCK_FORMAT)):
        raise MalformedError(f"its format is {stated!r}")
    lock = Lock(
        manifest=content.digest("manifest"),
        build_time=content.number("build_time"),
        environments=content.each("environments", environment_from),
        variants=content.each("variants", variant_from),
        outputs=content.each("outputs", output_from),
    )
    content.end()
    missing = {each.environment for each in lock.variants.values()} - set(lock.environments)
    if missing:
        raise MalformedError(f"it refers to the environment {min(missing)}, which is not defined")
    return lock


def refuse_newer(stated: str) -> None:
    """Raise ``NewerFormatError`` for the number of a format that is not known here yet."""
    if stated.isdigit() and int(stated) > LOCK_FORMAT:
        raise NewerFormatError(stated)


class Fields:
    """One mapping of the text, taken apart field by field; all scalars are strings."""

    def __init__(self, where: str, content: Any) -> None:
        if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
            raise MalformedError(f"{where} is not a mapping")
        self._where = where
        self._left = dict(content)

    def text(self, key: str) -> str:
        """Return the string at ``key``."""
        value = self._left.pop(key, None)
        if not isinstance(value, str):
            raise MalformedError(f"{self._where} is missing the string `{key}`")
        return value

    def maybe(self, key: str) -> str | None:
        """Return the string at ``key``, or ``None``."""
        return self.text(key) if self.has(key) else None

    def has(self, key: str) -> bool:
        """Tell whether there is a ``key`` still to be read."""
        return key in self._left

    def number(self, key: str) -> int:
        """Return the whole number, not negative, at ``key``."""
        text = self.text(key)
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise MalformedError(f"`{key}` of {self._where} is not an integer")
        return int(text)

    def digest(self, key: str) -> str:
        """Return the ``sha256:<hex>`` at ``key``."""
        text = self.text(key)
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
            raise MalformedError(f"`{key}` of {self._where} is not a sha256 digest")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of strings at ``key``; it may be missing."""
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise MalformedError(f"`{key}` of {self._where} is not a list of strings")
        return tuple(values)

    def items(self, key: str, read: Callable[[Fields], Value]) -> tuple[Value, ...]:
        """Read the list of mappings at ``key``; it may be missing."""
        values = self._left.pop(key, [])
        if not isinstance(values, list):
            raise MalformedError(f"`{key}` of {self._where} is not a list")
        return tuple(
            whole(f"`{key}` {index + 1} of {self._where}", value, read)
            for index, value in enumerate(values)
        )

    def each(self, key: str, read: Callable[[Fields], Value]) -> dict[str, Value]:
        """Read the mapping of mappings at ``key``; it may be missing."""
        values = self._left.pop(key, {})
        if not isinstance(values, dict):
            raise MalformedError(f"`{key}` of {self._where} is not a mapping")
        return {
            str(name): whole(f"`{key}` {name or 'entry'} of {self._where}", value, read)
            for name, value in values.items()
        }

    def inside(self, key: str) -> Fields:
        """Return the mapping at ``key``; it may be missing."""
        return Fields(f"`{key}` of {self._where}", self._left.pop(key, {}))

    def rest(self, read: Callable[[Fields, str], str]) -> dict[str, str]:
        """Read all that is left, each by its key."""
        return {name: read(self, name) for name in list(self._left)}

    def shortened(self, key: str) -> str:
        """Return 12 hex digits of the digest at ``key``, which may be written whole."""
        text = self.text(key).removeprefix("sha256:")
        if not re.fullmatch(r"[0-9a-f]{12}|[0-9a-f]{64}", text):
            raise MalformedError(f"`{key}` of {self._where} is not a digest")
        return text[:12]

    def end(self) -> None:
        """Refuse what nothing has read."""
        if self._left:
            raise MalformedError(f"{self._where} has an unknown key `{min(self._left)}`")


def whole(where: str, value: Any, read: Callable[[Fields], Value]) -> Value:
    """Read one mapping, and nothing may be left of it."""
    fields = Fields(where, value)
    result = read(fields)
    fields.end()
    return result


def environment_from(fields: Fields) -> LockedEnvironment:
    """Read an environment; it is ``resolved`` unless it has another digest than it states."""
    found = LockedEnvironment(
        request=fields.digest("request"),
        python=fields.text("python"),
        packages=fields.items("packages", package_from),
        excluded=fields.items("excluded", excluded_from),
        built=fields.texts("built"),
        no_build_isolation=fields.texts("no_build_isolation"),
        inputs=fields.inside("inputs").rest(Fields.digest),
    )
    stated = fields.digest("resolution") if fields.has("resolution") else found.digest
    return replace(found, resolved=stated == found.digest)


def package_from(fields: Fields) -> LockedPackage:
    """Read a package."""
    package = LockedPackage(
        name=fields.text("name"),
        version=fields.text("version"),
        marker=fields.maybe("marker"),
        sha256=fields.texts("sha256"),
        url=fields.maybe("url"),
        shipped=fields.texts("shipped"),
    )
    if not set(package.shipped) <= set(package.sha256):
        raise MalformedError(f"{package.name} has a hash in `shipped` that is not in `sha256`")
    if not all(re.fullmatch(r"[0-9a-f]{64}", each) for each in package.sha256):
        raise MalformedError(f"{package.name} has a hash that is not a sha256 digest")
    if not package.sha256 and not (package.url or "").startswith("git+"):
        raise MalformedError(f"{package.name} has no hash")
    return package


def excluded_from(fields: Fields) -> ExcludedVersion:
    """Read a version that was left out."""
    return ExcludedVersion(
        name=fields.text("name"),
        version=fields.text("version"),
        requires_python=fields.text("requires_python"),
    )


def variant_from(fields: Fields) -> LockedVariant:
    """Read what a variant is made from."""
    return LockedVariant(
        environment=fields.text("environment"),
        artifacts=fields.each("artifacts", _pin),
        example_files=fields.each("example_files", _pin),
    )


def _pin(fields: Fields) -> PinnedFile:
    return PinnedFile(
        digest=fields.digest("digest"),
        size=fields.number("size"),
        request=fields.digest("request") if fields.has("request") else None,
        revision=fields.maybe("revision"),
    )


def output_from(fields: Fields) -> Output:
    """Read what a variant became, of this format or the former one."""
    built = fields.inside("built") if fields.has("built") else fields
    inputs, package = built.digest("inputs"), built.digest("package")
    # Those of the parts that move most often share the line with the digests.
    moving = built.rest(Fields.shortened) if built is not fields else {}
    rest = fields.inside("parts").rest(Fields.shortened)
    return Output(inputs=inputs, package=package, parts={**rest, **moving})


def load(text: str) -> Any:
    """Return the text's mappings, lists and strings. Raises ``MalformedError``."""
    import yaml

    # A lock has no flow collections beyond `{}`; deep ones would crash the C composer.
    if text.count("[") + text.count("{") > 10_000 or re.search(r"(- ){20}|[\[{]{20}", text):
        raise MalformedError("it is nested too deeply")
    # The base loader reads every scalar as text, so that 3.10 stays 3.10.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - it makes nothing but text
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        where = f" in line {line}" if mark else ""
        raise MalformedError(f"it is not valid YAML{where}", line) from error
