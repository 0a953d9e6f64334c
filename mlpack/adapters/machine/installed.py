"""Where this mlpack was installed from, so that another machine can install the same."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from mlpack._version import __version__

_NAME = "mlpack-mlflow"


def own_requirement() -> str | None:
    """Return the requirement that installs this mlpack elsewhere; ``None`` from a local folder."""
    try:
        stated = distribution(_NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return requirement_of(None if stated is None else json.loads(stated))


def requirement_of(origin: dict[str, Any] | None) -> str | None:
    """Return the requirement for a recorded origin (PEP 610); without one it came from an index."""
    if origin is None:
        return f"{_NAME}=={__version__}"
    url = str(origin.get("url", ""))
    # Installers leave passwords out, and a user name alone is of no use to others.
    if "://" not in url or url.startswith("file:") or "@" in url.partition("://")[2].split("/")[0]:
        return None
    vcs = origin.get("vcs_info")
    if vcs:
        return f"{_NAME} @ {vcs['vcs']}+{url}@{vcs['commit_id']}"
    return f"{_NAME} @ {url}" if "archive_info" in origin else None
