"""How the work is told: line by line, and live on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mlpack.core.errors import Problem
from mlpack.render.live import standing
from mlpack.render.narration import LineNarrator, Running
from tests.conftest import ROOT, Mlpack
from tests.packages import write_package

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Remembered:
    """Estimates in memory."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self.kept = False

    def expected(self, step: str) -> float | None:
        return self.times.get(step)

    def took(self, step: str, seconds: float) -> None:
        self.times[step] = seconds

    def keep(self) -> None:
        self.kept = True


def _told(narrator: LineNarrator, clock: Clock) -> None:
    narrator.step("Saving demo")
    clock.now += 2.5
    narrator.done("Saved demo")
    narrator.step("Fetching weights")
    narrator.progress(1_500_000, 3_000_000)
    clock.now += 61
    narrator.failed()
    narrator.failed()
    narrator.note("One thing")


def test_a_step_is_one_line_with_its_time() -> None:
    lines: list[str] = []
    clock = Clock()
    _told(LineNarrator(write=lines.append, clock=clock), clock)
    assert [ANSI.sub("", line) for line in lines] == [
        "  Saved demo (2.5 s)\n",
        "  failed: Fetching weights (1 min 1 s)\n",
        "  note: One thing\n",
    ]


def test_bytes_stand_with_the_time() -> None:
    lines: list[str] = []
    clock = Clock()
    narrator = LineNarrator(write=lines.append, clock=clock)
    narrator.step("Fetching weights")
    narrator.progress(3_000_000, 3_000_000)
    clock.now += 2
    narrator.done("Fetched weights")
    assert lines == ["  Fetched weights (3.0 MB, 2.0 s)\n"]


def test_quiet_says_nothing_but_warnings() -> None:
    lines: list[str] = []
    clock = Clock()
    narrator = LineNarrator(write=lines.append, quiet=True, clock=clock)
    _told(narrator, clock)
    assert lines == []
    narrator.warn(Problem(code="c", message="m", severity="warning"))
    assert len(lines) == 1


def test_names_go_before_the_lines_of_things_at_once() -> None:
    lines: list[str] = []
    narrator = LineNarrator(write=lines.append).named("mouse")
    narrator.step("Saving")
    narrator.done("Saved")
    assert lines == ["  mouse: Saved\n"]


def test_times_are_remembered_of_steps_that_ended_well() -> None:
    clock, estimates = Clock(), Remembered()
    narrator = LineNarrator(write=lambda _: None, clock=clock, estimates=estimates)
    _told(narrator, clock)
    narrator.close()
    assert estimates.times == {"Saving demo": 2.5}
    assert estimates.kept
    assert narrator.begin("Saving demo").expected == 2.5


def test_a_step_under_way_tells_bytes_time_and_the_last_time() -> None:
    step = Running(text="x", started=10.0, expected=12.0, done=1_200_000, total=3_000_000_000)
    assert standing(step, 13.0) == "1.2 MB of 3.0 GB, 3.0 s, 12.0 s last time"
    assert standing(Running(text="x", started=10.0, expected=0.2), 11.0) == "1.0 s"


LIVE = """
import time
from mlpack.render.live import Board, LiveNarrator
import sys
write = sys.stderr.write
board = Board(write=write, clock=time.monotonic)
narrator = LiveNarrator(write=write, board=board)
narrator.note("before any step")
assert "rich" not in sys.modules
narrator.step("Fetching weights")
narrator.progress(1_000_000, 2_000_000)
time.sleep(0.4)
narrator.note("in between")
other = narrator.named("mouse")
other.step("Saving")
time.sleep(0.3)
other.done("Saved")
narrator.done("Fetched weights")
narrator.step("Predicting")
narrator.close(failed=True)
write("the end\\n")
"""


def _on_terminal(argv: list[str], **more: str) -> tuple[str, int]:
    """Run a program with a terminal as its standard error; return what the terminal saw."""
    leader, follower = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", **more}
    environ = {key: value for key, value in environ.items() if key != "CI" or key in more}
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=follower, env=environ)
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(leader)
    child.communicate()
    return seen.decode(), child.returncode


def test_running_steps_are_drawn_and_replaced_by_lines() -> None:
    seen, status = _on_terminal([sys.executable, "-c", LIVE])
    assert status == 0
    assert re.search(r"Fetching weights… 1\.0 MB of 2\.0 MB, \d+\.\d s", ANSI.sub("", seen))
    assert "mouse: Saving…" in ANSI.sub("", seen)
    # What stays is what was not drawn over.
    lines = [ANSI.sub("", line).strip() for line in seen.replace("\r\n", "\n").split("\n")]
    order = [
        next(place for place, line in enumerate(lines) if line.endswith(text))
        for text in ("before any step", "in between", "the end")
    ]
    assert order == sorted(order)
    plain = ANSI.sub("", seen)
    assert re.search(r"mouse: Saved \(\d+\.\d s\)", plain)
    assert re.search(r"Fetched weights \(1\.0 MB, \d+\.\d s\)", plain)
    assert "failed: Predicting" in plain
    # The cursor is shown again.
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_package(tmp_path / "demo", {"big.bin": b"x" * 1000})


def test_a_command_is_live_on_a_terminal_only(package: Path, mlpack: Mlpack) -> None:
    argv = [sys.executable, "-m", "mlpack", "verify", "--no-predict", str(package)]
    live, status = _on_terminal(argv)
    assert status == 0, live
    assert "Hashing the package…" in ANSI.sub("", live)
    plain, _ = _on_terminal(argv, CI="1")
    assert "…" not in plain
    assert plain.count("Hashed the package") == 1
    still, _ = _on_terminal(
        [sys.executable, "-m", "mlpack", "verify", "--no-predict", "--no-progress", str(package)]
    )
    assert "…" not in still
    assert still.count("Hashed the package") == 1
    quiet, _ = _on_terminal([*argv, "-q"])
    assert quiet == ""
    piped = mlpack("verify", "--no-predict", package)
    assert re.fullmatch(r"  Hashed the package: sha256:\S+( \(\S+ s\))?\n", piped.stderr)


def test_an_error_ends_the_drawing_before_it_is_told(package: Path) -> None:
    argv = [sys.executable, "-m", "mlpack", "verify", "--no-predict", str(package)]
    seen, status = _on_terminal([*argv, "--digest", "sha256:" + "0" * 64])
    assert status == 4
    assert seen.rfind("\x1b[?25h") < seen.index("error")
