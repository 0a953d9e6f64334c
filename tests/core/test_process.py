"""Children end when they should, with everything that they started, and leave their words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlpack.core.process import Ended, run_child

ROOT = Path(__file__).resolve().parent.parent.parent


def run(tmp_path: Path, code: str, *, timeout: float = 30) -> tuple[Ended, str]:
    log = tmp_path / "log.txt"
    ended = run_child(
        [sys.executable, "-c", code],
        env={"PATH": os.defpath, "ONLY": "this"},
        cwd=tmp_path,
        log=log,
        timeout=timeout,
    )
    return ended, log.read_text()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has waited for is dead as well.
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    """Tell whether ``pid`` ends soon."""
    for _ in range(100):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


SPAWN = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "open('pid', 'w').write(str(child.pid))\n"
)


def test_output_and_status_are_kept(tmp_path: Path) -> None:
    ended, output = run(
        tmp_path, "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    )
    assert (ended.status, ended.signal_name, ended.timed_out) == (3, None, False)
    assert output == "out\nerr\n"


def test_a_child_sees_only_what_it_is_given(tmp_path: Path) -> None:
    _, output = run(
        tmp_path,
        "import os, sys; print(os.environ.get('ONLY'), 'HOME' in os.environ,"
        " repr(sys.stdin.read()),"
        " os.getcwd(), oct(os.umask(0)), os.getpid() == os.getsid(0))",
    )
    assert output == f"this False '' {tmp_path} 0o22 True\n"


def test_a_signal_is_named(tmp_path: Path) -> None:
    ended, _ = run(tmp_path, "import os; os.kill(os.getpid(), 11)")
    assert ended.signal_name == "SIGSEGV"


MEASURE = """
import os, sys
from pathlib import Path
from mlpack.core.process import run_child
for code in ("pass", "x = bytearray(b'x' * 200_000_000)"):
    argv = [sys.executable, "-c", code]
    ended = run_child(argv, env={}, cwd=Path.cwd(), log=Path("log.txt"), timeout=30)
    print(ended.peak_memory)
"""


def test_peak_memory_is_measured(tmp_path: Path) -> None:
    # Of a fresh parent: a child's peak is never told as less than what its parent held.
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    small, large = map(int, done.stdout.split())
    assert large - small > 150_000_000


def test_time_is_up_for_the_whole_group(tmp_path: Path) -> None:
    ended, _ = run(tmp_path, SPAWN + "import time; time.sleep(600)", timeout=1)
    assert ended.timed_out
    assert ended.seconds < 10
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_child_deaf_to_sigterm_ends_all_the_same(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
    ended, _ = run(tmp_path, code, timeout=1)
    assert (ended.timed_out, ended.signal_name) == (True, "SIGKILL")


def test_nothing_outlives_a_child_that_ends_by_itself(tmp_path: Path) -> None:
    ended, _ = run(tmp_path, SPAWN)
    assert ended.status == 0
    assert gone(int((tmp_path / "pid").read_text()))


def test_an_interrupt_ends_the_child(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom mlpack.core.process import run_child\n"
        f"run_child([sys.executable, '-c', {SPAWN + 'import time; time.sleep(600)'!r}], env={{}}, "
        f"cwd=Path({str(tmp_path)!r}), log=Path({str(tmp_path / 'log')!r}), timeout=600)\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )
    for _ in range(200):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            break
        time.sleep(0.05)
    caller.send_signal(signal.SIGINT)
    _, error = caller.communicate(timeout=20)
    assert b"KeyboardInterrupt" in error
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_program_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_child(["/nowhere/python"], env={}, cwd=tmp_path, log=tmp_path / "log", timeout=1)
