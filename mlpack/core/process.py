"""Run one child process and everything that it starts: a time to live, a log, its peak memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE = 2.0
"""Seconds between the request to end (SIGTERM) and the end (SIGKILL)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a child ended; ``status`` is its exit status, or minus the number of a signal."""

    status: int
    timed_out: bool
    seconds: float
    peak_memory: int
    """Bytes that the child, or one that it waited for, held resident at most."""

    @property
    def signal_name(self) -> str | None:
        """``SIGSEGV`` and the like, where a signal ended the child."""
        if self.status >= 0:
            return None
        try:
            return signal.Signals(-self.status).name
        except ValueError:
            return f"signal {-self.status}"


def run_child(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path, timeout: float
) -> Ended:
    """Run ``argv`` with nothing to read, its output in ``log``, for ``timeout`` seconds at most.

    The child leads a process group of its own; nothing of that group outlives this call, not even
    when it is interrupted. Raises ``OSError`` where the program cannot be started.
    """
    started = time.monotonic()
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o022,
        )
    guard = Guard(child.pid, timeout)
    try:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    except BaseException:
        signal_group(child.pid, signal.SIGKILL)
        raise
    finally:
        guard.stand_down()
    signal_group(child.pid, signal.SIGKILL)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(
        status=child.returncode,
        timed_out=guard.struck,
        seconds=time.monotonic() - started,
        peak_memory=usage.ru_maxrss * unit,
    )


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Guard:
    """Ends a process group when its time is up, unless told to stand down before."""

    def __init__(self, group: int, timeout: float) -> None:
        self.struck = False
        self._group = group
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(timeout,), daemon=True)
        self._thread.start()

    def _watch(self, timeout: float) -> None:
        # Event.wait overflows on absurdly long times; a year is for ever.
        if self._over.wait(min(timeout, 31_536_000.0)):
            return
        self.struck = True
        signal_group(self._group, signal.SIGTERM)
        if not self._over.wait(GRACE):
            signal_group(self._group, signal.SIGKILL)

    def stand_down(self) -> None:
        """Let the group live on."""
        self._over.set()
        self._thread.join()


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to every process of a group, if there is still one."""
    # macOS answers EPERM for a group of zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
