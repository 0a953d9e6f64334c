"""What anybody reads is plain English: wordings that made people stumble do not come back."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

# A wording that may not come back, and what to write.
WORDS = {
    r"\ba text\b|\bthe text `|\btexts\b": "a string",
    r"\bwhole numbers?\b": "an integer",
    r"\black(s|ing)? the keys?\b": "missing required key",
    r"\bstands? (here|there|behind|in|inside|before|between|beside|for)\b": "is, follows",
    r"\ba second time\b": "twice",
    r"(?<!here )\bis no (?!longer\b|more\b|such\b)": "is not a",
    r"\bholds (nothing|what|one|twice|no)\b|\bholds$": "is empty, contains, verified",
    r"\b(mend|mends|mended)\b": "fix",
    r"\b[Cc]orrect (the|it|its|them)\b": "fix",
    r"\b(goes|go) by\b": "use",
    r"\b(bring|brings|brought)\b": "download, copy, provide",
    r"\b(lie|lies|lay|lain)\b": "be, set, is in",
    r"\b[Ww]hoever\b": "anyone who",
    r"\bthe newest that\b": "the latest version",
    r"\b[Nn]ames? (the|a|an|one|all|it) \b": "specify, set, list",
    r"\bthere is no lock yet\b|\bnote: Wrote\b": "Created mlpack.lock",
}
FORBIDDEN = re.compile("|".join(f"(?:{pattern})" for pattern in WORDS))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CASES = sorted((ROOT / "tests/cases").glob("*/*/stderr.txt"))


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module with their lines; docstrings and regular expressions aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aside = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    aside |= {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
        for argument in node.args
        for part in ast.walk(argument)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            yield node.lineno, node.value


def _told(value: object) -> Iterator[str]:
    """Yield what the schema says to people."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("description", "patternErrorMessage", "title") and isinstance(item, str):
                yield item
            else:
                yield from _told(item)
    elif isinstance(value, list):
        for item in value:
            yield from _told(item)


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page that are sentences, not code."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def test_no_message_has_a_wording_of_the_list() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / "mlpack").rglob("*.py"))
        if "projects" not in path.parts
        for line, text in _strings(path)
        if FORBIDDEN.search(text)
    ]
    assert not found, "\n".join(found)


def test_no_case_shows_a_wording_of_the_list() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in CASES
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(error|warning)\[|= (help|note):", line) and FORBIDDEN.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_schema_speaks_plainly() -> None:
    schema = json.loads((ROOT / "schemas/mlpack.schema.json").read_text(encoding="utf-8"))
    found = [text for text in _told(schema) if FORBIDDEN.search(text)]
    assert not found, "\n".join(found)


def test_the_pages_speak_plainly() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line}"
        for path in PAGES
        for number, line in _prose(path.read_text(encoding="utf-8"))
        if FORBIDDEN.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_list_finds_what_it_is_for() -> None:
    for text in ("must be a text", "lacks the key `a`", "dist/m holds", "is no command"):
        assert FORBIDDEN.search(text), text
    for text in ("is no longer here", "expected a string", "missing required key `a`"):
        assert not FORBIDDEN.search(text), text
