"""A terminal that remembers: runs a command in one, and returns what stands on its screen."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS = 104
Style = frozenset[str]
Cell = tuple[str, Style]
PLAIN: Style = frozenset()

_STYLES = {1: "bold", 2: "dim", 31: "red", 32: "green", 33: "yellow"}
_PIECE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\r\n|[\s\S]")


def screen_of(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> list[list[Cell]]:
    """Run a command in a terminal of ``COLUMNS`` columns; return its screen when it has ended."""
    mine, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    child = subprocess.Popen(
        command, cwd=cwd, env=dict(env), stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    printed = b"".join(_read(mine)).decode()
    os.close(mine)
    child.wait()
    screen = Screen()
    screen.write(printed)
    return screen.rows


def _read(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(terminal, 65536)
        except OSError:
            # Linux's way to say that nobody holds the other end any more.
            return


@dataclass
class Screen:
    """What is on the screen after text with control sequences was written to it."""

    rows: list[list[Cell]] = field(default_factory=lambda: [[]])
    row: int = 0
    column: int = 0
    style: Style = PLAIN

    def write(self, text: str) -> None:
        """Write text; raises ``ValueError`` for a sequence that this screen does not know."""
        for piece in _PIECE.finditer(text):
            if piece[2]:
                self._control(piece[2], piece[1])
            elif piece[0] == "\r":
                self.column = 0
            elif piece[0] in ("\n", "\r\n"):
                self._next_row()
            else:
                self._put(piece[0])

    def _control(self, kind: str, value: str) -> None:
        if kind == "m":
            for code in (int(part or 0) for part in value.split(";")):
                self.style = self.style | {_STYLES[code]} if code in _STYLES else PLAIN
                if code and code not in _STYLES:
                    raise ValueError(f"unknown style {value!r}")
        elif kind == "K":
            self.rows[self.row] = []
        elif kind == "A":
            self.row = max(0, self.row - int(value or 1))
        elif kind not in "hl":
            raise ValueError(f"unknown control sequence {value}{kind}")

    def _next_row(self) -> None:
        self.row, self.column = self.row + 1, 0
        if self.row == len(self.rows):
            self.rows.append([])

    def _put(self, char: str) -> None:
        if self.column == COLUMNS:
            self._next_row()
        cells = self.rows[self.row]
        cells.extend([(" ", PLAIN)] * (self.column + 1 - len(cells)))
        cells[self.column] = (char, self.style)
        self.column += 1
