"""A file system that shares blocks, where one can be made."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sharing_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that shares blocks: Btrfs or XFS, in a file."""
    makers = [name for name in ("mkfs.xfs", "mkfs.btrfs") if shutil.which(name)]
    if not makers or os.geteuid() != 0:
        pytest.skip("only root can mount a disk, and it takes mkfs.xfs or mkfs.btrfs to make one")
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(400 << 20)
    subprocess.run([makers[0], "-q", image], check=True, capture_output=True)
    mount = ["mount", "-o", "loop", image, folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk in a file cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
