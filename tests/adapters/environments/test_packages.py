"""Packages that are fetched ahead: enough for an offline install from a copy of the cache."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlpack.adapters.environments import UvEnvironments, UvPackages
from mlpack.adapters.uv import find_uv
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.ports import EnvironmentRequest
from tests.adapters.environments.test_environments import asked, line, said
from tests.indexes import Index, surroundings

MAC = "aarch64-apple-darwin"


def packages(index: Index, cache: Path) -> UvPackages:
    """Return what the program composes where ``MLPACK_CACHE_DIR`` is all that is set."""
    environ = surroundings(index, cache, MLPACK_CACHE_DIR=str(cache), UV_CACHE_DIR="")
    return UvPackages(uv=find_uv(environ), cache=cache)


@pytest.fixture
def request_(index: Index) -> EnvironmentRequest:
    """A package with a wheel for each of two platforms, and one that has to be built."""
    index.wheel("leaf", "1.0", tag="py3-none-macosx_11_0_arm64")
    here = index.wheel("leaf", "1.0", tag="py3-none-manylinux_2_17_x86_64")
    both = " ".join(f"--hash=sha256:{held.stated}" for held in index.projects["leaf"])
    return asked(f"leaf=={here.filename.split('-')[1]} {both}", line(index.sdist("stem", "2.0")))


def test_a_copied_cache_is_enough_without_an_index(
    index: Index, request_: EnvironmentRequest, tmp_path: Path
) -> None:
    first = packages(index, tmp_path / "first")
    first.fetch(request_)
    asked_once = list(index.asked)
    first.fetch(request_)
    assert index.asked == asked_once
    shutil.move(tmp_path / "first", tmp_path / "second")
    index.projects.clear()
    before = list(index.asked)
    cache = tmp_path / "second"
    environments = UvEnvironments(uv=packages(index, cache).uv, cache=cache)
    made = environments.provide(request_, offline=True)
    assert said(made, "import leaf, stem; print(leaf.VERSION, stem.VERSION)") == "1.0 2.0"
    assert index.asked == before


def test_another_platforms_packages_are_its_own(
    index: Index, request_: EnvironmentRequest, tmp_path: Path
) -> None:
    packages(index, tmp_path / "first").fetch(request_, platform=MAC)
    assert [path for path in index.asked if path.endswith("x86_64.whl")] == []
    shutil.move(tmp_path / "first", tmp_path / "second")
    copied = packages(index, tmp_path / "second")
    copied.fetch(request_, platform=MAC, offline=True)
    with pytest.raises(OutsideError, match="not available offline") as refused:
        copied.fetch(request_, offline=True)
    assert "run `mlpack fetch` while online" in (refused.value.hint or "")
    assert sorted(path.name for path in copied.cache.iterdir()) == ["uv"]


def test_another_file_than_the_locked_one_is_refused(index: Index, tmp_path: Path) -> None:
    held = index.wheel("leaf", "1.0")
    wrong = line(held).replace(held.stated, "0" * 64)
    with pytest.raises(IntegrityError):
        packages(index, tmp_path / "cache").fetch(asked(wrong))


def test_an_environment_that_was_copied_is_made_again(index: Index, tmp_path: Path) -> None:
    request = asked(line(index.wheel("leaf", "1.0")))
    first, second = (
        UvEnvironments(uv=packages(index, cache).uv, cache=cache)
        for cache in (tmp_path / "first", tmp_path / "second")
    )
    made = first.provide(request)
    shutil.copytree(first.cache, second.cache, symlinks=True)
    assert second.kept_at(request) is None
    again = second.provide(request, offline=True)
    assert again.made
    assert again.python.is_relative_to(second.cache)
    assert not first.provide(request).made
    (made.python).unlink()
    assert first.provide(request).made
