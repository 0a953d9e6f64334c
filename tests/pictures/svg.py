"""A terminal's window as an SVG file: text stays text, and the colors follow the reader's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from tests.pictures.terminal import COLUMNS, PLAIN, Cell, Style

_CHAR, _LINE, _PAD, _BAR = 8.4, 21, 24, 38
_WIDTH = round(COLUMNS * _CHAR) + 2 * _PAD
_MARGIN = 1

_LOOK = """\
  .window { fill: #ffffff; stroke: #d0d7de } .bar { stroke: #d0d7de }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", \
"Liberation Mono", monospace; fill: #1f2328; white-space: pre }
  .title { text-anchor: middle; font-size: 13px; fill: #59636e }
  .prompt { fill: #59636e } .typed, .bold { font-weight: 600 } .dim { fill: #59636e }
  .red { fill: #c4202b } .green { fill: #1a7f37 } .yellow { fill: #8a5a00 }
  .close { fill: #ff5f57 } .shrink { fill: #febc2e } .grow { fill: #28c840 }
  @media (prefers-color-scheme: dark) {
    .window { fill: #151b23; stroke: #3d444d } .bar { stroke: #3d444d } text { fill: #e6edf3 }
    .title, .prompt, .dim { fill: #9198a1 }
    .red { fill: #ff8078 } .green { fill: #4ac26b } .yellow { fill: #e3b341 }
  }"""


def picture(title: str, about: str, rows: Sequence[Sequence[Cell]]) -> str:
    """Return the SVG of a window; ``title`` and ``about`` tell it to those who do not see it."""
    height = _BAR + _PAD + len(rows) * _LINE + _PAD - 6
    lines = "\n".join(_line(cells, number) for number, cells in enumerate(rows) if cells)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 2} {height + 2}" \
width="{_WIDTH + 2}" height="{height + 2}" role="img" aria-labelledby="title about">
<title id="title">{escape(title)}</title>
<desc id="about">{escape(about)}</desc>
<style>
{_LOOK}
</style>
<rect class="window" x="{_MARGIN}" y="{_MARGIN}" width="{_WIDTH}" height="{height}" rx="10"/>
<path class="bar" d="M{_MARGIN} {_BAR}.5h{_WIDTH}"/>
<circle class="close" cx="22" cy="20" r="6"/>
<circle class="shrink" cx="42" cy="20" r="6"/>
<circle class="grow" cx="62" cy="20" r="6"/>
<text class="title" x="{_WIDTH // 2}" y="25">examples/quickstart</text>
{lines}
</svg>
"""


def _line(cells: Sequence[Cell], number: int) -> str:
    y = _BAR + _PAD + number * _LINE + 12
    # The grid is the terminal's, whatever font the reader has.
    length = round(len(cells) * _CHAR, 1)
    spans = groupby(cells, key=lambda cell: cell[1])
    text = "".join(_span("".join(char for char, _ in group), style) for style, group in spans)
    return f'<text x="{_PAD}" y="{y}" textLength="{length:g}" xml:space="preserve">{text}</text>'


def _span(text: str, style: Style) -> str:
    if style == PLAIN:
        return escape(text)
    return f'<tspan class="{" ".join(sorted(style))}">{escape(text)}</tspan>'
