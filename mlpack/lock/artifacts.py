"""Artifacts whose content is not the project's own: what is asked, and whether a pin answers it."""

from __future__ import annotations

from mlpack.digest import value_digest
from mlpack.lock.model import PinnedFile
from mlpack.manifest.model import Artifact


def request_of(artifact: Artifact) -> str | None:
    """Return the digest of the URI or the command; ``None`` for a file of the project.

    The lock holds it in place of the URI, which may name a host that is nobody's business.
    """
    if artifact.uri is not None:
        return value_digest({"uri": artifact.uri})
    if artifact.fetch is not None:
        return value_digest({"fetch": artifact.fetch, "path": str(artifact.path)})
    return None


def answers(pin: PinnedFile, artifact: Artifact) -> bool:
    """Tell whether ``pin`` is of what is asked now, and what the manifest states of it."""
    return pin.request == request_of(artifact) and agrees(pin, artifact)


def agrees(pin: PinnedFile, artifact: Artifact) -> bool:
    """Tell whether ``pin`` has the digest and size that the manifest states, if it does."""
    return (artifact.sha256 is None or pin.digest == f"sha256:{artifact.sha256}") and (
        artifact.size is None or pin.size == artifact.size
    )


def unknown(artifact: Artifact) -> PinnedFile:
    """Return a pin of nothing, unlike any that a lock holds: what is asked was never answered."""
    return PinnedFile(digest="", size=0, request=request_of(artifact))
