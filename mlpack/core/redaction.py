"""Secrets in URLs, taken out of everything that people and logs see."""

from __future__ import annotations

import re

SIGNATURES = frozenset(
    {"x-amz-signature", "x-goog-signature", "signature", "sig", "token", "access_token"}
    | {"api_key", "apikey", "x-amz-security-token", "awsaccesskeyid"}
)
"""Parameters of a URL that give access to whoever has the URL, in lower case."""

_LOGIN = re.compile(
    # git's user, and variables, are no secrets.
    r"""(?<=://)(?!(?:git|\$\{\w+\}(?::\$\{\w+\})?)@)(?:
      [^/\s?#"'`<>]+                             # user:password
    | [^/\s:@"'`<>]+:(?!\d+(?:[/\s]|$))[^\s"'`<>]+   # a password with a slash, which is no port
    )@""",
    re.VERBOSE,
)
_SIGNED = re.compile(rf"(?<=[?&])({'|'.join(sorted(SIGNATURES))})=[^&\s\"'`<>]+", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """Return ``text`` with user and password taken out of every URL, and signatures cut."""
    return _SIGNED.sub(r"\1=****", _LOGIN.sub("", text)) if "://" in text else text


def masked(text: str) -> str:
    """Return ``text``, as long as it was, with stars for the secrets in its URLs."""
    if "://" not in text:
        return text
    shown = _LOGIN.sub(lambda found: "*" * (len(found[0]) - 1) + "@", text)
    return _SIGNED.sub(
        lambda found: f"{found[1]}=" + "*" * (len(found[0]) - len(found[1]) - 1), shown
    )
