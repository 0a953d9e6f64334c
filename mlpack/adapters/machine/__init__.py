"""What this machine offers a build: uv, interpreters, disk, network, GPU, the right time."""

from mlpack.adapters.machine.checks import (
    absent_uv,
    check_cache,
    check_disk,
    check_gpu,
    check_interpreters,
    check_package_cache,
    check_temporary,
    check_uv,
)
from mlpack.adapters.machine.network import IndexCheck, check_clock

__all__ = [
    "IndexCheck",
    "absent_uv",
    "check_cache",
    "check_clock",
    "check_disk",
    "check_gpu",
    "check_interpreters",
    "check_package_cache",
    "check_temporary",
    "check_uv",
]
