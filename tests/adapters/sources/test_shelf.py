"""Unfinished downloads can be dropped, but not under the hands of who is at work on them."""

from __future__ import annotations

import os
from pathlib import Path

from mlpack.adapters.sources import DownloadShelf
from mlpack.storage.file_locks import exclusive


def test_a_download_is_dropped_whole_and_not_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "cas/downloads/abc"
    (folder / "content").mkdir(parents=True)
    (folder / "journal").write_text("x")
    (folder / "content/a.bin").write_text("x")
    for path in (folder, folder / "content", folder / "content/a.bin"):
        os.utime(path, (1, 1))
    shelf = DownloadShelf(cache=tmp_path)
    (item,) = shelf.items()
    assert item.last_used == (folder / "journal").stat().st_mtime
    with exclusive(folder, tmp_path / "locks"):
        assert not shelf.drop(item)
    assert (folder / "content/a.bin").exists()
    assert shelf.drop(item)
    assert list(shelf.items()) == []
