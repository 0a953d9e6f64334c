"""uv's own words, sorted by kind: as uv 0.13 says them."""

from __future__ import annotations

import pytest

from mlpack.adapters.uv import failure
from mlpack.adapters.uv.failures import tidy
from mlpack.core.errors import DependencyError, IntegrityError, MlpackError, OutsideError
from mlpack.core.redaction import without_credentials

WORDS: dict[str, tuple[type[MlpackError], str]] = {
    "error: Failed to download `a==1.0`\n  cause: Hash mismatch for `a==1.0`\n\nExpected:": (
        IntegrityError, "A package's hash does not match the lock",
    ),
    "error: Failed to download `a==1.0`\n  cause: HTTP status client error (403 Forbidden) for": (
        OutsideError, "The package index refused the request: 403 Forbidden",
    ),
    "error: failed to write: No space left on device (os error 28)": (
        OutsideError, "uv could not write: No space left on device",
    ),
    "error: Failed to fetch: `http://h/simple/a/`\n  cause: error sending request for url": (
        OutsideError, "A package index cannot be reached, or the connection was lost",
    ),
    "error: Failed to build `a==1.0`\n  cause: The build backend returned an error": (
        DependencyError, "a==1.0 cannot be built from its source distribution",
    ),
    "error: something nobody has seen": (OutsideError, "uv failed while resolving"),
}  # fmt: skip


@pytest.mark.parametrize("words", WORDS)
def test_each_kind_has_its_sentence(words: str) -> None:
    kind, message = WORDS[words]
    error = failure(words, "resolving")
    assert (type(error), error.message) == (kind, message)
    assert error.details == words.strip()


def test_a_refused_file_is_no_index_to_name() -> None:
    said = "cause: HTTP status client error (403 Forbidden) for url (https://h.org/files/a.whl)"
    hint = failure(f"error: Failed to download\n  {said}", "installing").hint
    assert hint == "add `machine h.org login USER password PASSWORD` to ~/.netrc"


def test_a_proxy_that_refuses_is_no_index() -> None:
    error = failure("error: Failed to fetch\n  cause: 407 Proxy Authentication Required", "asking")
    assert error.message.startswith("The proxy refused the request: 407")
    assert "HTTPS_PROXY" in (error.hint or "")


def test_credentials_are_taken_out_of_every_address() -> None:
    text = "from `https://me:k3y@a.example.org/x` and http://k3y@b/ but not a@b"
    assert without_credentials(text) == ("from `https://a.example.org/x` and http://b/ but not a@b")
    assert "k3y" not in (failure(f"error: {text}", "resolving").details or "")


def test_broken_interpreters_that_nobody_asked_for_are_left_out() -> None:
    text = "warning: Failed to inspect Python interpreter at `/x`\n  cause: broken\nerror: real"
    assert tidy(text) == "error: real"
