"""uv's hints in terms of the manifest: its options and files are none of mlpack's user's."""

from __future__ import annotations

import re

_HINT = re.compile(r"\n*^[ \t]*hint: (.*?)(?=^[ \t]*hint: |^(?:error|warning)\b|\Z)", re.M | re.S)

# What uv says → what to do here. What is not in this table and has options or files of uv's in it
# is left out.
_KNOWN = (
    (
        r"Pre-releases are available for `([^`]+)`.*?\(e\.g\., ([^)\s]+)\)",
        r"\1 has only pre-releases in this range: add `\1>=\2` to `dependencies` to allow them",
    ),
    (
        r"`([^`]+)` was found on (\S+), but not at the requested version",
        r"\1 is looked for only on the first index that has it, \2: require a version from there, "
        r"or remove that index from `dependencies`",
    ),
    (
        r"likely indicates that `([^@`]+)\S* depends on `([^`]+)`",
        r"\1 needs \2 to be built: add \1 to `dependencies.no_build_isolation`, and \2 to the "
        "requirements",
    ),
)
_FOREIGN = re.compile(
    r"`?--[a-z]|`requires-python`|pyproject\.toml|\[tool\.uv|`uv |network was disabled|UV_"
)


def in_manifest_terms(text: str) -> str:
    """Return uv's words with each hint translated, left as it is, or left out."""

    def translated(found: re.Match[str]) -> str:
        said = " ".join(found[1].split())
        for pattern, words in _KNOWN:
            if known := re.search(pattern, said):
                return f"\n\nhint: {known.expand(words)}\n"
        return "" if _FOREIGN.search(said) else f"\n\nhint: {said}\n"

    return re.sub(r"\n{3,}", "\n\n", _HINT.sub(translated, text)).strip()
