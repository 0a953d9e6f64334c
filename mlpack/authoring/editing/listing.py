"""Lists of requirements inside a text, which are changed by changing as little text as possible."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mlpack.core.errors import UsageError

_BREAK = re.compile(r"\r\n|[\n\r]")
_COMMA = re.compile(r"[ \t]*,")
_REST = re.compile(r"[ \t]*,?[ \t]*(#[^\n\r]*)?(?=[\n\r]|\Z)")


class UneditableError(UsageError):
    """A list of requirements that is written in a way that cannot be edited with certainty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry: what it says, and where, quotes included."""

    text: str
    start: int
    end: int


class Listing(Protocol):
    """A list of requirements in a text; each change returns a whole new text."""

    @property
    def items(self) -> Sequence[Item]:
        """The entries, in the order of the text."""

    @property
    def rest(self) -> Any:
        """All else that the text says: no change of an entry may change it."""

    def inserted(self, index: int, requirement: str) -> str:
        """Return the text with one more entry, which is the one at ``index`` then."""

    def replaced(self, index: int, requirement: str) -> str:
        """Return the text with another entry in place of one."""

    def removed(self, index: int) -> str:
        """Return the text without one entry, and without the comment behind it on its line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracketed:
    """A list between brackets, as in TOML and in YAML's flow style; tokens go in as they are."""

    text: str
    opening: int
    closing: int
    """Where the brackets are."""
    items: tuple[Item, ...]

    def inserted(self, index: int, token: str) -> str:
        """Return the text with a token in front of the entry at ``index``."""
        text, items = self.text, self.items
        if not items:
            inside = text[self.opening + 1 : self.closing]
            kept = inside if inside.strip() else ""
            return f"{text[: self.opening + 1]}{token}{kept}{text[self.closing :]}"
        if index == 0:
            start = items[0].start
            if self._alone(items[0]):
                line = line_start(text, start)
                return (
                    f"{text[:line]}{text[line:start]}{token},{line_break(text, start)}{text[line:]}"
                )
            return f"{text[:start]}{token}, {text[start:]}"
        return self._behind(items[index - 1], token, last=index == len(items))

    def _behind(self, before: Item, token: str, *, last: bool) -> str:
        text, at = self.text, before.end
        if not self._alone(before):
            return f"{text[:at]}, {token}{text[at:]}"
        comma = _COMMA.match(text, at)
        end = line_end(text, at)
        if self.closing < end:
            end = comma.end() if comma else at
        margin = text[line_start(text, before.start) : before.start]
        head = f"{text[:at]}{'' if comma else ','}{text[at:end]}{line_break(text, at)}"
        return f"{head}{margin}{token}{',' if comma or not last else ''}{text[end:]}"

    def removed(self, index: int) -> str:
        """Return the text without the entry at ``index``, nor the comma that it no longer needs."""
        text, items, item = self.text, self.items, self.items[index]
        comma = _COMMA.match(text, item.end)
        end = comma.end() if comma else item.end
        if (
            len(items) == 1
            and not (text[self.opening + 1 : item.start] + text[end : self.closing]).strip()
        ):
            return f"{text[: self.opening + 1]}{text[self.closing :]}"
        if self._alone(item) and line_end(text, item.end) <= self.closing:
            return text[: line_start(text, item.start)] + text[next_line(text, item.end) :]
        if index + 1 < len(items):
            behind = text[item.end : items[index + 1].start]
            on = items[index + 1].start if re.fullmatch(r"[ \t]*,[ \t]*", behind) else end
            return text[: item.start] + text[on:]
        if index > 0 and re.fullmatch(r"\s*,\s*", text[items[index - 1].end : item.start]):
            return text[: items[index - 1].end] + text[item.end :]
        return text[: item.start] + text[end:]

    def _alone(self, item: Item) -> bool:
        """Tell whether an entry has a line for itself, a bracket that closes the list aside."""
        before = self.text[line_start(self.text, item.start) : item.start]
        if before.strip():
            return False
        comma = _COMMA.match(self.text, item.end)
        closes = self.text[comma.end() if comma else item.end : self.closing + 1].strip() == "]"
        return closes or _REST.match(self.text, item.end) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A list that has a line for each entry, with the same margin before it."""

    text: str
    items: tuple[Item, ...]

    def inserted(self, index: int, token: str) -> str:
        """Return the text with a line in front of the entry at ``index``."""
        text = self.text
        if not self.items:
            return _with_line(text, len(text), token, line_break(text, 0))
        near = self.items[max(index - 1, 0)]
        margin = text[line_start(text, near.start) : near.start]
        at = next_line(text, near.end) if index else line_start(text, near.start)
        return _with_line(text, at, margin + token, line_break(text, near.start))

    def removed(self, index: int) -> str:
        """Return the text without the lines of the entry at ``index``."""
        item = self.items[index]
        return (
            self.text[: line_start(self.text, item.start)]
            + self.text[next_line(self.text, item.end) :]
        )


def replaced(text: str, item: Item, token: str) -> str:
    """Return the text with a token in the place of an entry's."""
    return text[: item.start] + token + text[item.end :]


def place_for(name: str, names: Sequence[str]) -> int:
    """Return where a name belongs: in its place among sorted ones, else behind them all."""
    if len(names) > 1 and list(names) == sorted(names):
        return bisect_left(names, name)
    return len(names)


def _with_line(text: str, at: int, line: str, end: str) -> str:
    head, tail = text[:at], text[at:]
    if head and not head.endswith(("\n", "\r")):
        # The file ends without a line break, and goes on doing so.
        return f"{head}{end}{line}"
    return f"{head}{line}{end}{tail}"


def line_break(text: str, at: int) -> str:
    """Return how the line of ``at`` ends, or the first line of all where it has no end."""
    found = _BREAK.search(text, at) or _BREAK.search(text)
    return found[0] if found else "\n"


def line_start(text: str, at: int) -> int:
    """Return where the line of ``at`` begins."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_end(text: str, at: int) -> int:
    """Return where the line of ``at`` ends, before its line break."""
    found = _BREAK.search(text, at)
    return found.start() if found else len(text)


def next_line(text: str, at: int) -> int:
    """Return where the line behind that of ``at`` begins."""
    found = _BREAK.search(text, at)
    return found.end() if found else len(text)
