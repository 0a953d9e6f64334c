"""Files that lie among code and are no part of it: caches, secrets, virtual environments."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

CACHES = (
    "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".cache",
    ".tox", ".nox", ".hypothesis", "node_modules", "*.egg-info", "*.pyc", "*.pyo", ".DS_Store",
)  # fmt: skip
VERSION_CONTROL = (".git", ".hg", ".svn", ".bzr", ".gitignore", ".gitattributes", ".gitmodules")
SECRETS = (
    ".env", ".env.*", "*.pem", "*.key", "*.p12", "*.pfx", "id_rsa*", "id_dsa*", "id_ecdsa*",
    "id_ed25519*", ".netrc", "_netrc", ".pypirc", ".npmrc", ".htpasswd", "credentials.json",
    "service_account*.json", ".aws", ".ssh", ".gnupg", ".databrickscfg",
)  # fmt: skip
ENVIRONMENTS = (".venv", "venv", ".virtualenv")
NEVER_SHIPPED = CACHES + VERSION_CONTROL + SECRETS + ENVIRONMENTS
# Names apart from patterns: each pattern costs a compilation, and a start has no time for forty.
_NAMES = frozenset(name for name in NEVER_SHIPPED if "*" not in name)
_PATTERNS = tuple(name for name in NEVER_SHIPPED if "*" in name)

# Forms that nothing but a secret has: keys in PEM, and tokens with their issuer's prefix.
_TOKENS = (
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}"
    r"|\bglpat-[\w-]{20}\b|\bhf_[A-Za-z]{34}\b|\bdapi[0-9a-f]{32}\b|\bxox[abprs]-[\w-]{20,}"
    r"|\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{40,}"
)
# The beginnings, to pass over a text in one quick look.
_HINTS = (
    "PRIVATE KEY", "AKIA", "ASIA", "gh", "glpat-", "hf_", "dapi", "xox", "sk-",
)  # fmt: skip


def never_shipped(name: str) -> bool:
    """Tell whether a file or folder of this name stays out of every package."""
    return name in _NAMES or any(fnmatchcase(name, pattern) for pattern in _PATTERNS)


def is_secret(name: str) -> bool:
    """Tell whether a name is one that keys and passwords have."""
    return any(fnmatchcase(name, pattern) for pattern in SECRETS)


def find_secret(text: str) -> int | None:
    """Return the offset of the first key or token in ``text``, if there is one."""
    if not any(hint in text for hint in _HINTS):
        return None
    found = re.search(_TOKENS, text)
    return found.start() if found else None
