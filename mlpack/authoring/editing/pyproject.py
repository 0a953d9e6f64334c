"""The arrays of a ``pyproject.toml`` that list requirements.

The text is read by ``tomllib``, which has no places: those come from a walk over its tokens, and
both must agree on what an array says.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from mlpack.authoring.editing.listing import Bracketed, Item, UneditableError, replaced

Keys = tuple[str, ...]
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
    r"|#[^\n]*|\n|[ \t\r]+|[\[\]{},=.]|[^\s\[\]{},=.#\"']+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlArray:
    """One array of strings; entries that are no strings are kept as they are."""

    body: Bracketed
    rest: Any

    @property
    def items(self) -> tuple[Item, ...]:
        """The entries."""
        return self.body.items

    def inserted(self, index: int, requirement: str) -> str:
        """Return the text with one more entry."""
        return self.body.inserted(index, _quoted(requirement))

    def replaced(self, index: int, requirement: str) -> str:
        """Return the text with another entry in place of one, in the same kind of quotes."""
        item = self.items[index]
        token = _quoted(requirement, self.body.text[item.start])
        return replaced(self.body.text, item, token)

    def removed(self, index: int) -> str:
        """Return the text without one entry."""
        return self.body.removed(index)


def toml_array(text: str, keys: Keys, file: str) -> TomlArray:
    """Return the array at ``keys``, compared as normal names; raises ``UneditableError``."""
    data = toml(text)
    holder, key = _holder(data, keys)
    found = next((body for each, body in _arrays(text) if _same(each, keys)), None)
    stated = holder.get(key) if key else None
    if found is None or stated is None or not _agree(found, stated):
        raise UneditableError(
            f"`{'.'.join(keys)}` in {file} cannot be edited as it is written",
            hint="edit it by hand, then run `mlpack lock`",
        )
    del holder[key]
    return TomlArray(body=found, rest=data)


def toml(text: str) -> dict[str, Any]:
    """Return what a TOML text says."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    content: dict[str, Any] = tomllib.loads(text)
    return content


def _holder(data: dict[str, Any], keys: Keys) -> tuple[dict[str, Any], str]:
    """Return the table that has the array, and its key there as it is written, empty if none."""
    holder: Any = data
    for key in keys[:-1]:
        holder = holder.get(key, {}) if isinstance(holder, dict) else {}
    return holder, next((each for each in holder if _normal(each) == _normal(keys[-1])), "")


def _agree(body: Bracketed, stated: Any) -> bool:
    said = [item.text for item in body.items]
    return (
        isinstance(stated, list)
        and len(said) == len(stated)
        and all(
            not isinstance(value, str) or value == text
            for value, text in zip(stated, said, strict=True)
        )
    )


def _same(first: Keys, second: Keys) -> bool:
    return first[:-1] == second[:-1] and _normal(first[-1]) == _normal(second[-1])


def _normal(key: str) -> str:
    return str(canonicalize_name(key))


def _arrays(text: str) -> Iterator[tuple[Keys, Bracketed]]:
    """Yield each array that is the value of a key in a table, with all its keys."""
    table: Keys = ()
    tokens = _Tokens(text)
    while (token := tokens.next_word()) is not None:
        if token[0] == "[":
            header = tokens.rest_of_line()
            table = _keys(header.rstrip().removesuffix("]").strip("[ \t"))
            continue
        keys = token[0]
        while (more := tokens.next_word()) is not None and more[0] != "=":
            keys += more[0]
        value = tokens.next_word()
        if value is not None and value[0] == "[":
            yield (*table, *_keys(keys)), tokens.array(value[1])
        elif value is not None and value[0] == "{":
            tokens.skip("{", "}")
        tokens.rest_of_line()


class _Tokens:
    """The tokens of a TOML text, one after another."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = list(_TOKEN.finditer(text))
        self._at = 0

    def next_word(self) -> tuple[str, int] | None:
        """Return the next token that is neither space, comment nor line break, and its place."""
        while self._at < len(self._found):
            match = self._found[self._at]
            self._at += 1
            if match[0].strip() and not match[0].startswith("#"):
                return match[0], match.start()
        return None

    def rest_of_line(self) -> str:
        """Return what is left of this line, without a comment."""
        parts = []
        while self._at < len(self._found):
            word = self._found[self._at][0]
            self._at += 1
            if word == "\n":
                break
            parts.append("" if word.startswith("#") else word)
        return "".join(parts)

    def array(self, opening: int) -> Bracketed:
        """Return the array whose opening bracket was the last token."""
        items: list[Item] = []
        start: int | None = None
        end = opening
        while (token := self.next_word()) is not None:
            word, at = token
            if word in (",", "]"):
                if start is not None:
                    items.append(self._item(start, end))
                start = None
                if word == "]":
                    return Bracketed(
                        text=self._text, opening=opening, closing=at, items=tuple(items)
                    )
                continue
            start = at if start is None else start
            end = at + len(word)
            if word in "[{":
                end = self.skip(word, "]" if word == "[" else "}")
        raise UneditableError("an array is never closed")

    def skip(self, opening: str, closing: str) -> int:
        """Pass over what is between brackets, of which the opening one was the last token."""
        depth, end = 1, len(self._text)
        while depth and (token := self.next_word()) is not None:
            depth += (token[0] == opening) - (token[0] == closing)
            end = token[1] + 1
        return end

    def _item(self, start: int, end: int) -> Item:
        written = self._text[start:end]
        said = toml(f"x = {written}")["x"] if written[0] in "'\"" else written
        return Item(text=said, start=start, end=end)


def _keys(text: str) -> Keys:
    """Return the parts of a dotted key."""
    found: Mapping[str, Any] | Any = toml(f"{text} = 0") if text.strip() else {}
    keys: list[str] = []
    while isinstance(found, dict) and found:
        ((key, found),) = found.items()
        keys.append(key)
    return tuple(keys)


def _quoted(requirement: str, quote: str = '"') -> str:
    if quote == "'" and not re.search(r"['\n]", requirement):
        return f"'{requirement}'"
    if '"' in requirement and "'" not in requirement:
        return f"'{requirement}'"
    return json.dumps(requirement, ensure_ascii=False)
