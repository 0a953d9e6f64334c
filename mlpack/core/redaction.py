"""Secrets in URLs, taken out of everything that people and logs see."""

from __future__ import annotations

import re

SIGNATURES = frozenset(
    {"x-amz-signature", "x-goog-signature", "signature", "sig", "token", "access_token"}
    | {"api_key", "apikey", "x-amz-security-token", "awsaccesskeyid"}
)
"""Parameters of a URL that give access to whoever has the URL, in lower case."""

# Compiled when there is a URL to look at: every command imports this.
_LOGIN = (
    # git's user, and variables, are no secrets.
    r"""(?x)(?<=://)(?!(?:git|\$\{\w+\}(?::\$\{\w+\})?)@)(?:
      [^/\s?#"'`<>]+                             # user:password
    | [^/\s:@"'`<>]+:(?!\d+(?:[/\s]|$))[^\s"'`<>]+   # a password with a slash, not a port
    )@"""
)
_SIGNED = rf"(?i)(?<=[?&])({'|'.join(sorted(SIGNATURES))})=[^&\s\"'`<>]+"


def without_credentials(text: str) -> str:
    """Return ``text`` with user and password taken out of every URL, and signatures cut."""
    return re.sub(_SIGNED, r"\1=****", re.sub(_LOGIN, "", text)) if "://" in text else text


def masked(text: str) -> str:
    """Return ``text``, as long as it was, with stars for the secrets in its URLs."""
    if "://" not in text:
        return text
    shown = re.sub(_LOGIN, lambda found: "*" * (len(found[0]) - 1) + "@", text)
    return re.sub(
        _SIGNED, lambda found: f"{found[1]}=" + "*" * (len(found[0]) - len(found[1]) - 1), shown
    )
