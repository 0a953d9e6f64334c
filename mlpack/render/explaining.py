"""What codes mean, for a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

from mlpack.errors import UsageError
from mlpack.render.ansi import style
from mlpack.schema import closest

_WIDTH = 88


def listing(known: Mapping[str, str]) -> str:
    """Return a line a code: its severity and its first sentence."""
    room = max(map(len, known))
    lines = []
    for code, text in known.items():
        severity, rest = re.split(r"[.,]", text, maxsplit=1)
        rest = re.sub(r"^ exit \d+\.", "", rest).strip()
        sentence = re.split(r"(?<=[^.])[.:;](?= |$)", " ".join(rest.split()), maxsplit=1)[0]
        lines.append(f"{code:{room}}  {severity.lower():7}  {_cut(sentence)}")
    return "\n".join(lines) + "\n"


def one(code: str, known: Mapping[str, str]) -> str:
    """Return what one code means.  Raises ``UsageError`` where there is none of that name."""
    name = re.sub(r"^(error|warning)\[(.*)\]$", r"\2", code.strip())
    if name not in known:
        near = closest(name, known)
        hint = f"Did you mean `{near}`?" if near else "Run `mlpack explain` for all codes."
        raise UsageError(f"There is no finding `{name}`.", hint=hint)
    return f"{style(name, 'bold')}\n\n{_filled(known[name])}\n"


def _filled(text: str) -> str:
    return "\n\n".join(
        part if part.startswith(("    ", "```")) else textwrap.fill(part, _WIDTH)
        for part in text.split("\n\n")
    )


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _WIDTH else sentence[: _WIDTH - 1].rstrip() + "…"
