"""The model's configuration: a mapping in the manifest, or a JSON file read strictly."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from mlpack.core.errors import Problem, Related, Span
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.view import View

Mistake = tuple[str, str, str, int] | tuple[str, str, str, int, int]
"""Code, message, hint, offset, and for a repeated key the offset of the first."""

_LARGE = 256_000
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,"]+)', re.DOTALL
)


def parse(view: View) -> Mapping[str, Any] | None:
    """Return the configuration's entries, or ``None`` where the manifest gives none."""
    written = view.keys.get("model_config")
    if not isinstance(written, str):
        return written
    text = (view.root / written).read_text(encoding="utf-8-sig")
    entries: Mapping[str, Any] = json.loads(text)
    return entries


def check(view: View) -> Iterator[Problem]:
    """Yield what is wrong with a configuration: in its file, or for its size."""
    written = view.keys.get("model_config")
    wrong: list[Problem] = []
    if isinstance(written, str):
        wrong = list(check_path(view, written, "/model_config", kind="file"))
        wrong = wrong or list(_check_file(view, written))
    yield from wrong
    if not wrong and _is_large(view, written):
        message = (
            f"The configuration is larger than {_LARGE // 1000} kB, and MLflow parses it "
            "in pure Python each time it loads the model: 5 MB takes 20 s"
        )
        hint = "Make it an artifact: a file under `artifacts` that `load_context` reads."
        yield view.problem(
            "large-config", message, at="/model_config", hint=hint, severity="warning"
        )


def _is_large(view: View, written: Any) -> bool:
    # A file's own size is an upper bound, and spares reading the many that are small.
    if isinstance(written, str) and (view.root / written).stat().st_size <= _LARGE:
        return False
    if not written or (isinstance(written, dict) and len(view.document.text) <= _LARGE // 4):
        return False
    text = json.dumps(parse(view), ensure_ascii=False, separators=(",", ":"), default=str)
    return len(text.encode("utf-8", "surrogatepass")) > _LARGE


def _check_file(view: View, written: str) -> Iterator[Problem]:
    shown = str(PurePosixPath(view.document.file).parent / written)
    try:
        text = (view.root / written).read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"Cannot read `{written}`: {error.strerror}"
        hint = "Fix the file's permissions."
        yield view.problem("unreadable-file", message, at="/model_config", hint=hint)
        return
    except UnicodeDecodeError:
        message = f"`{written}` is not valid UTF-8"
        yield view.problem("not-utf8", message, at="/model_config", hint="Save it as UTF-8.")
        return
    related = view.related("referenced here", "/model_config")
    for code, message, hint, offset, *first in _mistakes(text):
        also = tuple(
            Related(message="first defined here", span=_span(text, place, shown)) for place in first
        )
        span = _span(text, offset, shown)
        yield Problem(code=code, message=message, span=span, hint=hint, related=also + related)


def _mistakes(text: str) -> Iterator[Mistake]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        yield ("json-syntax", *syntax_mistake(text, error.pos, error.msg))
        return
    except RecursionError:
        yield "too-deep", "The nesting is too deep", "Flatten the structure.", 0
        return
    except ValueError:
        yield "bad-number", "A number is too long", "Write it as a string.", 0
        return
    if not isinstance(content, dict):
        yield "wrong-type", "The configuration must be a JSON object", 'Begin the file with "{".', 0
    yield from _strict_mistakes(text)


def _strict_mistakes(text: str) -> Iterator[Mistake]:
    """Yield what Python's reader lets pass and JSON does not: repeated keys, NaN, infinities."""
    objects: list[dict[str, int] | None] = []
    tokens = list(_TOKEN.finditer(text))
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        word = token[0]
        if word in "{[":
            objects.append({} if word == "{" else None)
        elif word in "}]":
            objects.pop()
        elif token["text"] and after is not None and after[0] == ":":
            yield from _repeated(word, objects[-1], token.start())
        elif token["word"] and _not_finite(word):
            message = f"`{word[:20]}` is not a finite number, which JSON cannot represent"
            yield "not-finite", message, "Write a finite number, or null.", token.start()


def _repeated(word: str, known: dict[str, int] | None, offset: int) -> Iterator[Mistake]:
    if known is None:
        return
    key = json.loads(word)
    first = known.setdefault(key, offset)
    if first != offset:
        message = f"The key `{key}` is defined twice"
        yield "duplicate-key", message, "Remove one of the two.", offset, first


def _not_finite(word: str) -> bool:
    if word.lstrip("-") in ("NaN", "Infinity"):
        return True
    return word not in ("true", "false", "null") and not math.isfinite(float(word))


def _span(text: str, offset: int, file: str) -> Span:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + 1)


SyntaxMistake = tuple[str, str, int]
"""The message, the way out, and the offset."""

_PYTHON = {"True": "true", "False": "false", "None": "null"}
# By what Python's reader says first, where that is the same in all its versions.
_SAID: tuple[tuple[str, str, str], ...] = (
    ("Unterminated string", "This quote is never closed", "Close it on the same line."),
    (
        "Invalid control",
        "A string cannot contain line breaks or tabs",
        "Write \\n and \\t instead.",
    ),
    ("Invalid \\escape", "Unknown escape sequence", "Write \\\\ for a backslash."),
    (
        "Extra data",
        "Unexpected content after the end of the object",
        "Keep one object, and remove the rest.",
    ),
    ("Expecting ':'", "Missing `:` before this", 'Write `"key": value`.'),
)


def syntax_mistake(text: str, offset: int, said: str) -> SyntaxMistake:
    """Return the mistake that Python's reader met at ``offset``, and called ``said``."""
    if not text.strip():
        return "The file is empty", "Begin it with `{`.", 0
    before, place = text[:offset].rstrip(), len(text) - len(text[offset:].lstrip())
    rest = text[place:]
    for beginning, message, hint in _SAID:
        if said.startswith(beginning):
            return message, hint, offset
    if not rest:
        return "Unexpected end of file", "Close the open brackets with `}` or `]`.", len(before)
    if before.endswith(",") and rest[0] in "}]":
        return "JSON does not allow a trailing comma", "Remove the comma.", len(before) - 1
    if re.match(r",\s*[}\]]", rest):
        return "JSON does not allow a trailing comma", "Remove the comma.", place
    return _foreign(rest, place) or _misplaced(before, rest[0], place)


def _foreign(rest: str, place: int) -> SyntaxMistake | None:
    """Return what is good Python or JavaScript, and no JSON."""
    if rest.startswith("'"):
        return "JSON strings use double quotes", "Write \"…\" instead of '…'.", place
    if rest.startswith(("//", "/*", "#")):
        return "JSON does not allow comments", "Remove the comment.", place
    if word := re.match(r"(True|False|None)\b", rest):
        return f"`{word[1]}` is Python, not JSON", f"Write {_PYTHON[word[1]]}.", place
    return None


def _misplaced(before: str, found: str, place: int) -> SyntaxMistake:
    if before.endswith((",", "{", "[", ":")) and re.match(r"[A-Za-z_]", found):
        return "Missing quotes around a key or a string", 'Write it in double quotes: "…".', place
    if before.endswith(("}", "]", '"')) or (before[-1:].isalnum() and not found.isalnum()):
        return "Missing comma before this", "Separate entries with a comma.", place
    hint = "Fix the file, and check it with `python -m json.tool`."
    return f"Unexpected `{found}`", hint, place
