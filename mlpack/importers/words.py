"""A command line as words, by the shell's rules but for JSON, which may stand unquoted.

Packaging files carry flags such as ``--model-config-json {"organism":"human"}``: the shell's rules
would eat the quotes of the JSON.
"""

from __future__ import annotations

_ESCAPED_INSIDE = frozenset('"\\$`')
_BRACKETS = {"{": "}", "[": "]"}


def command_words(text: str) -> tuple[str, ...]:
    """Return the words of a command, lines ended by a backslash joined, comments left out.

    Raises ``ValueError`` for a quote or a bracket that is never closed.
    """
    return tuple(word for words in command_lines(text) for word in words)


def command_lines(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of each line of a script; a line that begins with a flag goes on.

    Raises ``ValueError`` as ``command_words`` does.
    """
    reader = _Reader(text.replace("\\\r\n", " ").replace("\\\n", " "))
    lines: list[list[str]] = []
    while (word := reader.word()) is not None:
        if not lines or (reader.new_line and not word.startswith("--")):
            lines.append([])
        lines[-1].append(word)
    return tuple(tuple(words) for words in lines)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.new_line = False
        """Whether the last word began a line."""

    def word(self) -> str | None:
        """Return the next word, or ``None`` at the end."""
        self._skip()
        if self._at >= len(self._text):
            return None
        parts: list[str] = []
        while self._at < len(self._text) and not self._text[self._at].isspace():
            parts.append(self._part("".join(parts)))
        return "".join(parts)

    def _skip(self) -> None:
        self.new_line = False
        while self._at < len(self._text):
            if self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._text[self._at].isspace():
                self.new_line |= self._text[self._at] == "\n"
                self._at += 1
            else:
                return

    def _part(self, before: str) -> str:
        character = self._text[self._at]
        # `{}` of a template or `${NAME}` is no JSON: that begins a word, or follows `=`.
        if character in _BRACKETS and (not before or before.endswith("=")):
            return self._json()
        if character == "'":
            return self._until("'")
        if character == '"':
            return self._double()
        if character == "\\" and self._at + 1 < len(self._text):
            self._at += 2
            return self._text[self._at - 1]
        self._at += 1
        return character

    def _until(self, quote: str) -> str:
        end = self._text.find(quote, self._at + 1)
        if end < 0:
            raise ValueError(f"a quote ({quote}) is never closed")
        content = self._text[self._at + 1 : end]
        self._at = end + 1
        return content

    def _double(self) -> str:
        parts: list[str] = []
        at = self._at + 1
        while at < len(self._text) and self._text[at] != '"':
            if self._text[at] == "\\" and self._text[at + 1 : at + 2] in _ESCAPED_INSIDE:
                at += 1
            parts.append(self._text[at : at + 1])
            at += 1
        if at >= len(self._text):
            raise ValueError('a quote (") is never closed')
        self._at = at + 1
        return "".join(parts)

    def _json(self) -> str:
        """Take a bracket with all that it holds, quotes included."""
        start, waiting = self._at, list[str]()
        inside = False
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if inside:
                self._at += character == "\\"
                inside = character != '"'
            elif character == '"':
                inside = True
            elif character in _BRACKETS:
                waiting.append(_BRACKETS[character])
            elif waiting and character == waiting[-1]:
                waiting.pop()
                if not waiting:
                    return self._text[start : self._at]
        raise ValueError(f"a bracket ({self._text[start]}) is never closed")
