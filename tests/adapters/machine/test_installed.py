"""How another machine can install the mlpack that runs here."""

from __future__ import annotations

from typing import Any

import pytest

from mlpack._version import __version__
from mlpack.adapters.machine.installed import own_requirement, requirement_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, f"mlpack-mlflow=={__version__}"),
        (
            {
                "url": "https://example.org/o/mlpack",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT},
            },
            f"mlpack-mlflow @ git+https://example.org/o/mlpack@{COMMIT}",
        ),
        (
            {"url": "https://example.org/mlpack.whl", "archive_info": {}},
            "mlpack-mlflow @ https://example.org/mlpack.whl",
        ),
        ({"url": "file:///home/me/mlpack", "dir_info": {"editable": True}}, None),
        ({"url": "file:///home/me/mlpack.whl", "archive_info": {}}, None),
        ({"url": "https://me:secret@example.org/mlpack.whl", "archive_info": {}}, None),
        (
            {
                "url": "ssh://git@example.org/o/mlpack",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT},
            },
            None,
        ),
    ],
)
def test_the_requirement_for_each_origin(
    origin: dict[str, Any] | None, expected: str | None
) -> None:
    assert requirement_of(origin) == expected


def test_that_of_this_mlpack_names_no_folder() -> None:
    assert "file:" not in (own_requirement() or "")
