"""The clocks of file systems: how long after a change another one would leave the same time."""

from __future__ import annotations

# File systems stamp files by the kernel's tick (10 ms at the most), some by the second or two.
_TICK = 20_000_000
_COARSE_TICK = 2_100_000_000
_COARSE = 1_000_000


def is_settled(newest: int, now: int) -> bool:
    """Tell whether a file system's clock has moved on since its stamp ``newest`` (both in ns)."""
    return newest + (_COARSE_TICK if newest % _COARSE == 0 else _TICK) < now
