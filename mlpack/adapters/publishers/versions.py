"""The small file by which a place knows a version: its digest, and its evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mlpack.core.digest import canonical_json
from mlpack.core.errors import IntegrityError
from mlpack.ports.publishing import Release, label

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SUFFIX = re.compile(r"(\.[a-z0-9]+)+")
"""What may follow a package's name in the name of a file beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a version's file says; ``files`` is empty where the package has a folder of its own."""

    name: str
    label: str
    digest: str
    evidence: Mapping[str, bytes]
    files: frozenset[PurePosixPath]


def version_text(release: Release, **more: Any) -> bytes:
    """Return the file's content for a release."""
    facts = {
        "mlpack": 1,
        "name": release.name,
        "version": release.version,
        "variant": release.variant,
        "digest": release.tree.digest,
        "size": release.tree.size,
        # As strings: what is signed must come back byte for byte.
        "evidence": {suffix: content.decode() for suffix, content in release.evidence.items()},
        **more,
    }
    return canonical_json(facts) + b"\n"


def read_version(content: bytes, shown: str) -> Version:
    """Read a version's file. Raises ``IntegrityError`` for one that mlpack did not write."""
    try:
        facts = json.loads(content)
        found = Version(
            name=str(facts.get("name", "")),
            label=label(str(facts.get("version")), facts.get("variant")),
            digest=facts["digest"],
            evidence={str(suffix): text.encode() for suffix, text in facts["evidence"].items()},
            files=frozenset(PurePosixPath(path) for path in facts.get("files", ())),
        )
        whole = _DIGEST.fullmatch(found.digest)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        whole = None
    if not whole:
        raise IntegrityError(
            f"{shown} is not a file that mlpack wrote",
            hint="remove it, and push the package again",
        )
    if wrong := [suffix for suffix in found.evidence if not SUFFIX.fullmatch(suffix)]:
        raise IntegrityError(f"{shown} has evidence with a bad name: {wrong[0]!r}")
    return found
