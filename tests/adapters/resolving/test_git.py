"""Git requirements: pinned by commit, without a hash."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpack.core.errors import OutsideError
from mlpack.lock.request import ResolveRequest
from mlpack.lock.requirements import install_lines, requirement_lines
from tests.adapters.resolving.conftest import Resolve, pins, resolver
from tests.gits import commit, served
from tests.indexes import Index, surroundings

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")

PROJECT = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
    'backend-path = ["."]\n[project]\nname = "leaf"\nversion = "1.0"\n'
    'dependencies = ["stem"]\n',
    "backend.py": "",
}


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The address of a repository, and its one commit."""
    made = commit(tmp_path / "gits" / "leaf", PROJECT)
    with served(tmp_path / "gits") as address:
        yield f"git+{address}/leaf", made


def test_a_git_requirement_is_pinned_by_its_commit(
    index: Index, resolve: Resolve, repository: tuple[str, str]
) -> None:
    address, made = repository
    index.wheel("stem", "1.0")
    found = resolve(f"leaf @ {address}@{made}", allow_unhashed=("leaf",))
    leaf, stem = found.packages
    assert leaf.url == f"{address}@{made}"
    assert leaf.sha256 == ()
    assert stem.sha256
    assert found.built == ("leaf",)


def test_the_packages_requirements_then_carry_no_hashes(
    index: Index, resolve: Resolve, repository: tuple[str, str]
) -> None:
    address, made = repository
    held = index.wheel("stem", "1.0")
    found = resolve(f"leaf @ {address}@{made}", allow_unhashed=("leaf",))
    # pip takes hashes for all or for none; mlpack's own environments hold to those there are.
    assert requirement_lines(found) == (f"leaf @ {address}@{made}", "stem==1.0")
    assert install_lines(found) == (
        f"leaf @ {address}@{made}",
        f"stem==1.0 --hash=sha256:{held.stated}",
    )


def test_a_git_pin_says_what_it_requires_and_is_never_outdated(
    index: Index, resolve: Resolve, repository: tuple[str, str], tmp_path: Path
) -> None:
    address, made = repository
    index.wheel("stem", "1.0")
    line = f"leaf @ {address}@{made}"
    found = resolve(line, allow_unhashed=("leaf",))
    index.wheel("stem", "2.0")
    asked = resolver(surroundings(index, tmp_path), tmp_path)
    request = ResolveRequest(
        python="3.11", requirements=(line,), allow_unhashed=("leaf",), root=tmp_path
    )
    assert asked.requirers(request, found) == {"leaf": {""}, "stem": {"leaf"}}
    leaf, stem = asked.releases(request, found)
    assert (leaf.locked, leaf.compatible, leaf.latest) == (made[:12], made[:12], None)
    assert (stem.locked, stem.compatible, stem.latest) == ("1.0", "2.0", "2.0")


def test_a_git_pin_stays_when_others_move(
    index: Index, resolve: Resolve, repository: tuple[str, str]
) -> None:
    address, made = repository
    index.wheel("stem", "1.0")
    asked = f"leaf @ {address}@{made}"
    before = resolve(asked, allow_unhashed=("leaf",))
    index.wheel("stem", "2.0")
    assert pins(resolve(asked, allow_unhashed=("leaf",), previous=before))["stem"] == "1.0"
    after = resolve(asked, allow_unhashed=("leaf",), previous=before, upgrade="all")
    assert pins(after)["stem"] == "2.0"
    assert after.packages[0] == before.packages[0]


def test_a_commit_that_is_not_there_is_told(resolve: Resolve, repository: tuple[str, str]) -> None:
    address, _ = repository
    with pytest.raises(OutsideError, match="A git requirement cannot be fetched"):
        resolve(f"leaf @ {address}@{'0' * 40}", allow_unhashed=("leaf",))
