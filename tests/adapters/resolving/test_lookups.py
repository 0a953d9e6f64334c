"""What the resolver tells of pins that the lock does not: real uv, small indexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpack.adapters.resolving import UvResolver
from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import ResolveRequest
from tests.adapters.resolving.conftest import resolver
from tests.indexes import Index, surroundings

Ask = Callable[..., tuple[UvResolver, ResolveRequest, LockedEnvironment]]


@pytest.fixture
def locked(index: Index, tmp_path: Path) -> Ask:
    """Lock requirements; return who did, what was asked, and what came of it."""

    def lock(*requirements: str, **more: Any) -> tuple[UvResolver, ResolveRequest, Any]:
        request = ResolveRequest(python="3.11", requirements=requirements, root=tmp_path)
        request = replace(request, **more)
        asked = resolver(surroundings(index, tmp_path), tmp_path)
        return asked, request, asked.resolve(request)

    return lock


def test_a_requirer_counts_on_the_python_and_the_platforms_that_are_locked(
    index: Index, locked: Ask
) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("bud", "1.0", needs=["leaf; python_version >= '3.12'"])
    index.wheel("stem", "1.0", needs=["leaf; sys_platform == 'win32'"])
    index.wheel("root", "1.0", needs=["leaf; sys_platform == 'linux'"])
    wanted = ("bud", "stem", "root")
    universal, request, found = locked(*wanted)
    assert universal.requirers(request, found) == {
        "bud": {""}, "stem": {""}, "root": {""}, "leaf": {"stem", "root"},
    }  # fmt: skip
    linux, request, found = locked(*wanted, platforms=("linux",))
    assert linux.requirers(request, found)["leaf"] == {"root"}
    both, request, found = locked(*wanted, platforms=("linux", "windows"))
    assert both.requirers(request, found)["leaf"] == {"root", "stem"}


def test_a_package_may_be_asked_for_by_the_manifest_and_by_others(
    index: Index, locked: Ask
) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("stem", "1.0", needs=["leaf"])
    asked, request, found = locked("leaf", "stem", constraints=("leaf<3",))
    assert asked.requirers(request, found)["leaf"] == {"", "stem"}


def test_versions_of_several_platforms_are_one_package(index: Index, locked: Ask) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("leaf", "2.0")
    index.wheel("leaf", "3.0")
    wanted = ["leaf<2; sys_platform == 'win32'", "leaf<3,>=2; sys_platform != 'win32'"]
    asked, request, found = locked(*wanted)
    assert asked.requirers(request, found) == {"leaf": {""}}
    (release,) = asked.releases(request, found)
    assert (release.locked, release.compatible) == ("1.0, 2.0", "1.0, 2.0")
    assert release.latest == "3.0"


def test_yanked_and_pre_releases_are_not_the_latest(index: Index, locked: Ask) -> None:
    index.wheel("leaf", "1.0")
    index.wheel("stem", "2.0rc1")
    asked, request, found = locked("leaf", "stem==2.0rc1")
    index.wheel("leaf", "1.1").yanked = "broken"
    index.wheel("leaf", "2.0b1")
    index.wheel("stem", "2.0rc2")
    leaf, stem = asked.releases(request, found)
    assert leaf.latest == "1.0"
    # Who pins a pre-release wants to hear of the next one.
    assert (stem.latest, stem.why) == ("2.0rc2", "stem==2.0rc1 is required")


def test_what_may_not_be_built_is_said(index: Index, locked: Ask) -> None:
    index.wheel("leaf", "1.0")
    asked, request, found = locked("leaf")
    index.wheel("leaf", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    (leaf,) = asked.releases(request, found)
    assert (leaf.compatible, leaf.latest) == ("1.0", "2.0")
    assert leaf.why == "requires Python 3.12 (by its wheels)"


def test_what_a_folder_of_the_project_has_is_known_too(
    index: Index, locked: Ask, tmp_path: Path
) -> None:
    held = index.wheel("leaf", "1.0", needs=["stem"])
    index.sdist("stem", "1.0")
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / held.filename).write_bytes(held.content)
    del index.projects["leaf"]
    asked, request, found = locked("leaf", find_links=("wheels",))
    index.wheel("stem", "1.1")
    assert asked.requirers(request, found) == {"leaf": {""}, "stem": {"leaf"}}
    leaf, stem = asked.releases(request, found)
    assert (leaf.compatible, leaf.latest) == ("1.0", "1.0")
    assert (stem.locked, stem.compatible, stem.latest) == ("1.0", "1.1", "1.1")
