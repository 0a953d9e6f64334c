"""The cache can be weighed, made smaller and checked, and no package notices."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from mlpack.core.digest import sha256_bytes
from mlpack.storage.blobs import Store
from tests.conftest import Mlpack

CONTENT = b"weights" * 1000
DIGEST = sha256_bytes(CONTENT)
LONG_AGO = time.time() - 90 * 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache with one of each: a blob that a package shares, an environment, and notes."""
    cache = tmp_path / "cache"
    store = Store(cache)
    with store.incoming() as incoming:
        (incoming / "download").write_bytes(CONTENT)
        store.adopt(incoming / "download", DIGEST, len(CONTENT))
    store.lay(DIGEST, tmp_path / "package/artifacts/weights")
    site = cache / "environments/abc/lib/python3.11/site-packages"
    (site / "leaf-1.0.dist-info").mkdir(parents=True)
    (site / "leaf-1.0.dist-info/RECORD").write_text("leaf-1.0.dist-info/RECORD,,\n")
    (cache / "environments/abc/mlpack-complete").write_text("")
    for name in ("indexes/a.json", "proofs/b.json", "builds/c.json", "locks/d.lock"):
        (cache / name).parent.mkdir(exist_ok=True)
        (cache / name).write_text("{}")
    return cache


@pytest.fixture
def caching(mlpack: Mlpack, folder: Path) -> Mlpack:
    def run(*args: str) -> object:
        return mlpack("cache", *args, env={"MLPACK_CACHE_DIR": str(folder)})

    return run


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_where_it_is(caching: Mlpack, folder: Path) -> None:
    assert caching("dir").stdout == f"{folder}\n"


def test_what_it_holds(caching: Mlpack, folder: Path) -> None:
    told = caching("size").stdout
    assert told.splitlines()[0].startswith(f"{folder} uses ")
    assert "  1 artifact: 7.0 kB" in told
    assert "  1 environment: " in told
    report = json.loads(caching("size", "--format", "json").stdout)
    shelves = {shelf["name"]: shelf for shelf in report["cache"]["shelves"]}
    assert shelves["artifacts"]["count"] == 1
    assert shelves["artifacts"]["size"] == len(CONTENT)
    shared = (folder.parent / "package/artifacts/weights").stat().st_nlink > 1
    assert shelves["artifacts"]["own"] == (0 if shared else len(CONTENT))


def test_what_is_in_use_stays(caching: Mlpack, folder: Path) -> None:
    before = files(folder)
    assert "has nothing to remove" in caching("prune").stdout
    assert files(folder) == before


def test_what_is_old_goes(caching: Mlpack, folder: Path) -> None:
    os.utime(folder / "environments/abc/mlpack-complete", (LONG_AGO, LONG_AGO))
    os.utime(folder / "proofs/b.json", (LONG_AGO, LONG_AGO))
    told = caching("prune").stdout
    assert "shrank by " in told
    assert "1 environment" in told
    assert "1 proof" in told
    assert not (folder / "environments/abc").exists()
    assert not (folder / "proofs/b.json").exists()
    assert Store(folder).find(DIGEST)
    assert (folder / "builds/c.json").exists()


def test_days_say_what_is_old(caching: Mlpack, folder: Path) -> None:
    last_week = time.time() - 7 * 86_400
    os.utime(folder / "proofs/b.json", (last_week, last_week))
    assert "has nothing to remove" in caching("prune", "--days", "8").stdout
    assert "1 proof" in caching("prune", "--days", "6").stdout
    assert not (folder / "proofs/b.json").exists()


def test_everything_goes_when_asked_but_packages_and_locks(caching: Mlpack, folder: Path) -> None:
    assert caching("prune", "--all").returncode == 0
    left = {name for name in files(folder) if not name.endswith(".lock")}
    assert left == {"digests-1.sqlite"}
    assert (folder / "locks/d.lock").exists()
    assert (folder.parent / "package/artifacts/weights").read_bytes() == CONTENT


def test_an_environment_at_work_is_not_dropped(caching: Mlpack, folder: Path) -> None:
    from filelock import FileLock

    with FileLock(folder / "environments/abc.lock"):
        assert "environments" not in caching("prune", "--all").stdout
    assert (folder / "environments/abc/mlpack-complete").exists()


def test_a_whole_cache_is_said_to_be_whole(caching: Mlpack) -> None:
    done = caching("verify")
    assert done.returncode == 0
    assert "verified" in done.stdout


def test_damage_is_found_whatever_is_remembered_and_dropped(caching: Mlpack, folder: Path) -> None:
    blob = Store(folder).path(DIGEST)
    before = blob.stat()
    blob.write_bytes(CONTENT[::-1])
    os.utime(blob, ns=(before.st_atime_ns, before.st_mtime_ns))
    site = folder / "environments/abc/lib/python3.11/site-packages"
    (site / "added.py").write_text("")
    done = caching("verify")
    assert done.returncode == 4
    assert "removed damaged content from the cache: 2 entries" in done.stderr
    assert str(blob) in done.stderr
    assert not blob.exists()
    assert not (folder / "environments/abc").exists()
    assert caching("verify").returncode == 0


def test_an_empty_cache_holds_nothing(mlpack: Mlpack, tmp_path: Path) -> None:
    for action in ("size", "prune", "verify"):
        done = mlpack("cache", action, env={"MLPACK_CACHE_DIR": str(tmp_path / "none")})
        assert done.returncode == 0, done.stderr


def test_uvs_cache_is_weighed_and_only_goes_with_all(caching: Mlpack, folder: Path) -> None:
    (folder / "uv/archive-v0").mkdir(parents=True)
    (folder / "uv/archive-v0/leaf.py").write_text("x" * 2000)
    os.utime(folder / "uv", (LONG_AGO, LONG_AGO))
    assert "1 package cache: 2.0 kB" in caching("size").stdout
    caching("prune", "--days", "1")
    assert (folder / "uv/archive-v0/leaf.py").is_file()
    assert "1 package cache: 2.0 kB" in caching("prune", "--all").stdout
    assert not (folder / "uv").exists()
