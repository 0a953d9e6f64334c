"""The requirements of a requirements file, a line for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlpack.authoring.editing.listing import Item, Lines, UneditableError, replaced
from mlpack.manifest.rules.requirement_files import logical_lines

_COMMENT = re.compile(r"\s+#")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementFile:
    """The lines that are requirements; options and included files are all else."""

    body: Lines
    rest: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """The entries."""
        return self.body.items

    def inserted(self, index: int, requirement: str) -> str:
        """Return the text with one more line."""
        return self.body.inserted(index, requirement)

    def replaced(self, index: int, requirement: str) -> str:
        """Return the text with another requirement in one line, the comment behind it kept."""
        return replaced(self.body.text, self.items[index], requirement)

    def removed(self, index: int) -> str:
        """Return the text without one line."""
        return self.body.removed(index)


def requirement_file(text: str, file: str) -> RequirementFile:
    """Return the requirements in a file's text; raises ``UneditableError`` for generated files."""
    raw = text.splitlines(keepends=True)
    starts = [0]
    for line in raw:
        starts.append(starts[-1] + len(line))
    items, rest = [], []
    for number, line in logical_lines(text):
        written = raw[number - 1]
        if written.rstrip("\r\n").endswith("\\") or " --hash" in line:
            raise UneditableError(
                f"{file} has hashes or continued lines, so mlpack does not edit it",
                hint="edit the file that it is generated from, or edit it by hand; "
                "then run `mlpack lock`",
            )
        if line.startswith("-"):
            rest.append(line)
            continue
        bare = _COMMENT.split(written, maxsplit=1)[0].rstrip()
        margin = len(written) - len(written.lstrip())
        at = starts[number - 1]
        items.append(Item(text=line, start=at + margin, end=at + len(bare)))
    return RequirementFile(body=Lines(text=text, items=tuple(items)), rest=tuple(rest))
