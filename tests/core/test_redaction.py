"""What must never be seen, in every shape that a URL may have."""

from __future__ import annotations

import pytest

from mlpack.core.errors import OutsideError, Problem
from mlpack.core.redaction import masked, without_credentials

SHOWN = {
    "https://me:k3y@h.org/x": "https://h.org/x",
    "from `http://k3y@h/x` and 'ftp://u:k3y@h'": "from `http://h/x` and 'ftp://h'",
    "https://me:k3y@k3y@h.org:80/x": "https://h.org:80/x",
    "https://me:k/3y?k3y@h.org/x": "https://h.org/x",
    "https://h.org/x?a=1&X-Amz-Signature=k3y&b=2": ("https://h.org/x?a=1&X-Amz-Signature=****&b=2"),
    "https://h.org/x?sig=k3y": "https://h.org/x?sig=****",
}
KEPT = [
    "https://h.org:8080/a@b",
    "git+https://h.org/a/b.git@0123abcd",
    "git+ssh://git@h.org/a/b.git",
    "https://${USER}:${PASSWORD}@h.org/x",
    "mail me@h.org",
    "https://h.org/?q=me@h.org",
    "x: https://h.org/simple and you@h.org",
    "https://h.org/x?token",
]


@pytest.mark.parametrize("text", SHOWN)
def test_secrets_are_taken_out(text: str) -> None:
    assert without_credentials(text) == SHOWN[text]
    assert "k3y" not in masked(text)
    assert len(masked(text)) == len(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_credentials(text) == masked(text) == text


def test_no_error_and_no_finding_holds_a_secret() -> None:
    url = "https://me:k3y@h.org/x"
    error = OutsideError(url, hint=url, details=url)
    problem = Problem(code="outside", message=url, hint=url)
    assert "k3y" not in f"{error} {error.findings} {error.args} {problem}"
