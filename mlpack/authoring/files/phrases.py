"""Lines of Python that the classes of several frameworks share, formatted as tools format them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

_WIDTH = 76


class Lines(NamedTuple):
    """Lines before the class, and lines of ``predict``."""

    before: tuple[str, ...]
    lines: tuple[str, ...]


def quoted(text: str) -> str:
    """Return a string as Python writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else ascii(text)


def list_lines(name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Return ``name = [...]``, over several lines where it is long."""
    whole = f"{name} = [{', '.join(map(quoted, values))}]"
    if len(whole) <= _WIDTH:
        return (whole,)
    return (f"{name} = [", *(f"    {quoted(value)}," for value in values), "]")


def prediction_table(run: str) -> str:
    """Return an expression of a table with the one column ``prediction``."""
    return f'pd.DataFrame({{"prediction": {run}}})'


def coded_categories(names: Sequence[str]) -> Lines:
    """Return what turns strings into the categories of pandas: ``rows``, of ``model_input``."""
    if not names:
        return Lines((), ())
    line = 'rows = model_input.astype(dict.fromkeys(CATEGORICAL, "category"))'
    return Lines(list_lines("CATEGORICAL", names), (line,))
