"""What this machine offers a build: uv, interpreters, disk, network, GPU, the right time."""

from mlpack.diagnosis.hardware import check_gpu
from mlpack.diagnosis.network import IndexCheck, check_clock
from mlpack.diagnosis.places import check_cache, check_disk
from mlpack.diagnosis.tools import absent_uv, check_interpreters, check_uv

__all__ = [
    "IndexCheck",
    "absent_uv",
    "check_cache",
    "check_clock",
    "check_disk",
    "check_gpu",
    "check_interpreters",
    "check_uv",
]
